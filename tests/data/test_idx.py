"""The reader of IDX files: the original array or one clear line, whatever the file."""

import gzip
import os
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from coupled_vae.data import idx
from coupled_vae.runtime.errors import UserError

IMAGES = np.random.default_rng(1).integers(0, 256, (7, 5, 4), np.uint8)


def content(array: np.ndarray) -> bytes:
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, idx.UNSIGNED_BYTE, array.ndim]) + sizes + array.tobytes()


def write(path: Path, raw: bytes) -> Path:
    path.write_bytes(gzip.compress(raw, mtime=0))
    return path


def refused(path: Path, dims: int = 3) -> str:
    with pytest.raises(UserError) as caught:
        idx.read(path, dims)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{path}: ")
    return message


@pytest.mark.parametrize("shape", [(1,), (300,), (1, 1, 1), (7, 5, 4), (2000, 9, 9)])
def test_round_trip(tmp_path: Path, shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    read = idx.read(write(tmp_path / "a.gz", content(array)), len(shape))
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, array)


GOOD = content(IMAGES)


@pytest.mark.parametrize("name", ["a.gz", "a", "a-idx3-ubyte", "A.IDX3-UBYTE"])
@pytest.mark.parametrize("packed", [True, False])
def test_packed_or_not_whatever_its_name(tmp_path: Path, name: str, packed: bool) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(GOOD) if packed else GOOD)
    array = idx.read(path, 3)
    np.testing.assert_array_equal(array, IMAGES)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 0


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "0 bytes are no IDX file"),
        (GOOD[:3], "3 bytes are no IDX file"),
        (GOOD[:11], "ends within its header, after 11 bytes"),
        (GOOD[:-1], "sizes 7 x 5 x 4 are 140 bytes, the file has 139"),
        (GOOD + b"\0", "sizes 7 x 5 x 4 are 140 bytes, the file has more"),
        (b"\1" + GOOD[1:], "magic number 01000803 instead of 00000803"),
        (GOOD[:2] + b"\x0d" + GOOD[3:], "magic number 00000d03"),
        (content(IMAGES[0]), "magic number 00000802 instead of 00000803"),
        (GOOD[:4] + bytes(4) + GOOD[8:], "sizes 0 x 5 x 4 leave no entry"),
        (GOOD[:4] + b"\xff" * 12 + GOOD[16:], "are 79228162458924105385300197375 bytes"),
    ],
)
def test_a_wrong_content_is_named(tmp_path: Path, raw: bytes, words: str) -> None:
    assert words in refused(write(tmp_path / "a.gz", raw))
    (tmp_path / "plain").write_bytes(raw)
    assert words in refused(tmp_path / "plain")


def test_labels_are_not_images(tmp_path: Path) -> None:
    assert "00000801 instead of 00000803" in refused(
        write(tmp_path / "a.gz", content(IMAGES[:, 0, 0]))
    )
    assert "00000803 instead of 00000801" in refused(write(tmp_path / "b.gz", GOOD), dims=1)


def test_damaged_gzip(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    packed = gzip.compress(GOOD, mtime=0)
    for cut in range(len(packed)):
        path.write_bytes(packed[:cut])
        refused(path)
    path.write_bytes(packed + b"\0")
    assert "1 bytes follow the end" in refused(path)
    path.write_bytes(packed + packed)
    assert "follow the end" in refused(path)
    path.write_bytes(packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:])
    assert "incorrect data check" in refused(path)
    path.write_bytes(packed[:2] + b"\0" + packed[3:])
    assert "unknown compression method" in refused(path)


@pytest.mark.parametrize("sizes", [GOOD[4:16], b"\xff" * 12], ids=["header small", "header huge"])
def test_memory_follows_neither_header_nor_bomb(tmp_path: Path, sizes: bytes) -> None:
    """A header may promise more than any memory, or a few bytes may unpack to many."""
    tail = bytes(2**24 if sizes == GOOD[4:16] else 9)
    path = write(tmp_path / "a.gz", GOOD[:4] + sizes + tail)
    tracemalloc.start()
    refused(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


def test_no_file(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "a.gz")
    assert "it is a folder" in refused(tmp_path)
    (tmp_path / "link.gz").symlink_to(tmp_path / "gone")
    assert "No such file" in refused(tmp_path / "link.gz")


def mutated(packed: bytes, rng: np.random.Generator) -> bytes:
    """One to three damages: bytes flipped, cut off, appended, moved, or set at the start."""
    out = bytearray(packed)
    for _ in range(rng.integers(1, 4)):
        at = int(rng.integers(0, max(1, len(out))))
        noise = rng.bytes(int(rng.integers(1, 9)))
        damage = rng.integers(0, 6)
        if damage == 0 and out:
            out[at] ^= 1 << int(rng.integers(0, 8))
        elif damage == 1:
            del out[at:]
        elif damage == 2:
            out += noise
        elif damage == 3:
            out[at:at] = noise
        elif damage == 4:
            del out[at : at + len(noise)]
        else:
            start = int(rng.integers(0, 16))
            out[start : start + len(noise)] = noise
    return bytes(out)


def outcome(path: Path) -> np.ndarray | str:
    try:
        return idx.read(path, 3)
    except UserError as error:
        return str(error)


@pytest.mark.parametrize("inside", [True, False], ids=["inside gzip", "gzip"])
def test_fuzz(tmp_path: Path, inside: bool) -> None:
    """The array of the file, or one line. Only inside gzip can a damage make another valid file."""
    rng = np.random.default_rng(2)
    path = tmp_path / "a.gz"
    packed = gzip.compress(GOOD, mtime=0)
    refusals = 0
    for _ in range(250):
        raw = mutated(GOOD if inside else packed, rng)
        path.write_bytes(gzip.compress(raw, 1, mtime=0) if inside else raw)
        found = outcome(path)
        if isinstance(found, str):
            refusals += 1
            assert "\n" not in found
            assert found.startswith(f"{path}: ")
        else:
            assert content(found) == (raw if inside else GOOD)
    assert 125 < refusals < 250


def test_a_read_array_cannot_be_edited(tmp_path: Path) -> None:
    array = idx.read(write(tmp_path / "a.gz", GOOD), 3)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 0


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.gz")
    assert "not a plain file" in refused(tmp_path / "a.gz")


def test_memory_is_bounded_whatever_the_stream_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A header that promises what the stream keeps, a thousand times the file."""
    monkeypatch.setattr(idx, "LIMIT", 1000)
    path = write(tmp_path / "a.gz", content(np.zeros(10**6, np.uint8)))
    assert "are 1000000 bytes, the file has 1000" in refused(path, 1)
