"""Damaged artifacts: each reader gives equal content or one line, whatever the bytes are."""

import io
import os
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from small import small_params

from coupled_vae.data.kinds import mog
from coupled_vae.pipeline import loop as training
from coupled_vae.pipeline.cell import Cell, Spec
from coupled_vae.pipeline.loop import fit
from coupled_vae.pipeline.training_report import marginal_error
from coupled_vae.pipeline.weights import build, load_weights, save_weights
from coupled_vae.runtime import files
from coupled_vae.runtime.errors import UserError

PARAMS = small_params()
CELL = Cell(dataset="mog", model="vae", seed=0)
DATASET = mog.generate(mog.Config(grid_side=2, spacing=1.0, std=0.05, points_per_mode=5, seed=1))
SPEC = Spec(problem=PARAMS.datasets["mog"].problem, kind="vae", args=PARAMS.args("vae", "mog"))
ARRAYS = {
    "x": np.arange(40, dtype=np.float32).reshape(20, 2),
    "label": np.arange(20),
    "std": np.float64(0.5),
    "sha256": np.array("0f"),
    "empty": np.empty((0, 2), np.float32),
}
REPORT = {"marginal_error": 0.25, "rounds": 12.5}


def model():
    return build(CELL, SPEC, DATASET)


def read_arrays(path):
    return {
        name: (a.shape, str(a.dtype), a.tobytes()) for name, a in files.read_arrays(path).items()
    }


def read_weights(path):
    fresh = model()
    load_weights(path, fresh, CELL)
    return {name: tensor.numpy().tobytes() for name, tensor in fresh.state_dict().items()}


def read_checkpoint(path):
    """Resumed after the last iteration: nothing is left to train."""
    resumed = model()
    result = fit(resumed, path, "mog/vae/0 abc", "me", 1e9)
    state = {name: tensor.numpy().tobytes() for name, tensor in resumed.state_dict().items()}
    return state | {"history": str(result.history), "rng": resumed.generator.get_state().tolist()}


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory):
    """One of each kind: its bytes and its reader."""
    folder = tmp_path_factory.mktemp("good")
    files.write_arrays(folder / "a.npz", ARRAYS)
    trained = model()
    fit(trained, folder / "c.pt", "mog/vae/0 abc", "me", 0.0)
    save_weights(folder / "w.pt", trained, "mog/vae/0 abc")
    files.write_json(folder / "report.json", REPORT)
    readers = {
        "a.npz": read_arrays,
        "w.pt": read_weights,
        "c.pt": read_checkpoint,
        "report.json": marginal_error,
    }
    return {name: ((folder / name).read_bytes(), read) for name, read in readers.items()}


def damaged(content, others, rng):
    """Bits flipped, cut, cut out, filled with zeros, swapped, doubled, or another artifact."""
    kind, place = rng.integers(8), int(rng.integers(len(content)))
    size = int(rng.integers(1, 200))
    if kind < 3:
        flipped = bytearray(content)
        for at in rng.integers(len(content), size=kind + 1):
            flipped[at] ^= 1 << rng.integers(8)
        return bytes(flipped)
    if kind == 3:
        return content[:place]
    if kind == 4:
        return content[:place] + content[place + size :]
    if kind == 5:
        return content[:place] + bytes(size) + content[place + size :]
    if kind == 6:
        return content[place:] + content[:place]
    return others[int(rng.integers(len(others)))]


def refusal(read, path):
    """The one line of a refusal; None if the file was read."""
    line, value = None, None
    try:
        value = read(path)
    except UserError as error:
        line = str(error)
    if line is not None:
        assert line.isprintable()
        assert line.startswith(str(path))
        assert len(line) < 500
    return line, value


@pytest.mark.parametrize("name", ["a.npz", "w.pt", "c.pt", "report.json"])
def test_a_damaged_artifact_is_refused_or_read_as_it_was(artifacts, tmp_path, name):
    content, read = artifacts[name]
    path, rng = tmp_path / name, np.random.default_rng(0)
    path.write_bytes(content)
    good = read(path)
    others = [b"", b"\0" * 100, b"{}", b"[]", b"null", b"PK\x03\x04", content[::-1]]
    others += [other for key, (other, _) in artifacts.items() if key != name]
    refused = 0
    for _ in range(120 if name == "c.pt" else 300):
        spoilt = damaged(content, others, rng)
        path.write_bytes(spoilt)
        line, value = refusal(read, path)
        refused += line is not None
        if line is None and name != "report.json":  # JSON has no checksum: a digit may change
            assert value == good
    assert refused > 60


@pytest.mark.parametrize("name", ["a.npz", "w.pt", "c.pt", "report.json"])
def test_what_is_no_plain_file_is_refused_at_once(artifacts, tmp_path, name):
    _, read = artifacts[name]
    path = tmp_path / name
    if name != "c.pt":  # a run without a checkpoint begins
        assert "no such file" in refusal(read, path)[0]
    path.mkdir()
    assert "it is a folder" in refusal(read, path)[0]
    path.rmdir()
    os.mkfifo(path)
    assert "not a plain file" in refusal(read, path)[0]
    path.unlink()
    if name != "c.pt":
        path.symlink_to(path)
        assert "cannot be read" in refusal(read, path)[0]
        path.unlink()
        (tmp_path / "file").touch()
        assert "cannot be read" in refusal(read, tmp_path / "file" / name)[0]


def npy(array, *, pickled=False):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=pickled)
    return buffer.getvalue()


def header(shape, descr="<f4", version=1):
    text = repr({"descr": descr, "fortran_order": False, "shape": shape}).encode() + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H", len(text)) + text


class Evil:
    def __reduce__(self):
        return (os.mkdir, ("pwned",))


MEMBERS = {
    "an object array": {"x.npy": npy(np.array([Evil()], object), pickled=True)},
    "a huge promise": {"x.npy": header((10**12,))},
    "a negative shape": {"x.npy": header((-4,)) + bytes(16)},
    "more than promised": {"x.npy": npy(np.zeros(3)) + b"more"},
    "less than promised": {"x.npy": npy(np.zeros(3))[:-1]},
    "no header": {"x.npy": b"zeros"},
    "an empty member": {"x.npy": b""},
    "code for a header": {"x.npy": header("__import__('os').mkdir('pwned')")},
    "an unknown type": {"x.npy": header((1,), "<q9") + bytes(9)},
    "another format": {"x.npy": header((1,), version=9) + bytes(4)},
    "no array": {"x.txt": b"text"},
    "nothing": {},
    "a path": {"../x.npy": npy(np.zeros(3))},
}


@pytest.mark.parametrize("case", MEMBERS)
def test_a_zip_of_something_else_is_no_artifact(tmp_path, monkeypatch, case):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in MEMBERS[case].items():
            archive.writestr(name, content)
    with pytest.raises(UserError, match=r"a\.npz: (damaged|lacks)") as error:
        files.read_arrays(path, "x")
    assert "\n" not in str(error.value)
    assert not Path("pwned").exists()


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    """Four megabytes of zeros against a bound of one; nothing is read of it."""
    monkeypatch.setattr(files, "LIMIT", 2**20)
    path = tmp_path / "a.npz"
    np.savez_compressed(path, x=np.zeros(2**19))
    monkeypatch.setattr(np.lib.format, "read_array", None)
    with pytest.raises(UserError, match=r"bytes unpacked, at most 1048576 are read"):
        files.read_arrays(path)
    with zipfile.ZipFile(tmp_path / "w.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("w/data.pkl", bytes(2**22))
    with pytest.raises(UserError, match="at most 1048576"):
        training.from_file(tmp_path / "w.pt", "again")


def test_a_bomb_that_lies_about_its_size_is_refused(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, x=np.zeros(2**19, np.float32))
    content = bytearray(path.read_bytes())
    # The central directory promises what one number takes; so does the header of the array.
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 132)
    path.write_bytes(bytes(content))
    with pytest.raises(UserError, match="damaged"):
        files.read_arrays(path)


def test_an_encrypted_archive_an_other_compression_and_a_name_twice(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, x=np.zeros(3))
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    path.write_bytes(bytes(content))
    with pytest.raises(UserError, match=r"\(encrypted\)"):
        files.read_arrays(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("x.npy", npy(np.zeros(3)))
    with pytest.raises(UserError, match="compressed in another way"):
        files.read_arrays(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", npy(np.zeros(3)))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("x.npy", npy(np.ones(3)))
    with pytest.raises(UserError, match="a name stands twice"):
        files.read_arrays(path)


@pytest.mark.parametrize("array", [np.zeros(3), np.array([Evil()], object)])
def test_a_bare_array_in_place_of_an_archive(tmp_path, monkeypatch, array):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.npz").write_bytes(npy(array, pickled=True))
    with pytest.raises(UserError, match=r"damaged or not an \.npz archive"):
        files.read_arrays(tmp_path / "a.npz")
    assert not Path("pwned").exists()


WEIGHTS = {
    "a list": [1, 2],
    "a tensor": torch.zeros(3),
    "nothing": {},
    "no state": {"identity": "mog/vae/0 abc"},
    "a list as the state": {"identity": "mog/vae/0 abc", "state": [torch.zeros(3)]},
    "text in the state": {"identity": "mog/vae/0 abc", "state": {"decoder": "weights"}},
    "no identity": {"state": {}},
    "an odd identity": {"identity": ["mog/vae/0"], "state": {}},
    "an endless identity": {"identity": "x" * 9999, "state": {}},
    "an old format": "legacy",
}


@pytest.mark.parametrize("case", WEIGHTS)
def test_weights_that_are_none_are_one_line(tmp_path, case):
    path = tmp_path / "w.pt"
    torch.save(WEIGHTS[case], path, _use_new_zipfile_serialization=case != "an old format")
    line, _ = refusal(read_weights, path)
    assert line.endswith("delete it and run again, that cell is then trained anew")


REPORTS = [
    "", "{", "[]", "3", "null", '"x"', '{"marginal_error": null}', '{"marginal_error": "3"}',
    '{"marginal_error": true}', '{"marginal_error": -1}', '{"marginal_error": NaN}',
    '{"marginal_error": Infinity}', '{"marginal_error": 1e400}', '{"marginal_error": [1]}',
    '{"marginal_error": 1', '{"marginal_error": 1}}', '{"marginal_error": ' + "9" * 5000 + "}",
    "[" * 100_000, '{"x": 1, "marginal_error": -Infinity}',
]  # fmt: skip


@pytest.mark.parametrize("text", REPORTS)
def test_a_report_that_is_none_is_one_line(tmp_path, text):
    (tmp_path / "report.json").write_text(text)
    line, _ = refusal(marginal_error, tmp_path / "report.json")
    assert "report.json: damaged (" in line
    assert line.endswith("delete it and run again")


def test_a_sound_report_is_read(tmp_path):
    files.write_json(tmp_path / "report.json", REPORT)
    assert marginal_error(tmp_path / "report.json") == 0.25
    (tmp_path / "report.json").write_text("{}")
    assert np.isnan(marginal_error(tmp_path / "report.json"))


def test_json_that_is_not_finite_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.write_json(tmp_path / "x.json", {"a": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_checksums_of_weights_are_compared(tmp_path, artifacts):
    """torch.load itself takes a weight with a flipped bit."""
    path, content = tmp_path / "w.pt", bytearray(artifacts["w.pt"][0])
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        largest = max(archive.infolist(), key=lambda member: member.file_size)
    content[largest.header_offset + 200 + largest.file_size // 2] ^= 1
    path.write_bytes(bytes(content))
    assert "checksum of " in refusal(read_weights, path)[0]
    assert zlib.crc32(bytes(content)) != zlib.crc32(artifacts["w.pt"][0])
