"""Results taken from a folder, an archive, an address, a DVC remote; what is damaged is refused."""

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import archived_data as made
import pytest
from servers import serving

from coupled_vae.run import archive, crate, place, restore, unpack
from coupled_vae.runtime.errors import UserError


@pytest.fixture
def zipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive of the present folder, which has lost its results since."""
    made.committed(tmp_path / "project", monkeypatch)
    monkeypatch.setattr(crate, "metadata", lambda *_: {"@graph": []})
    archive.archive(tmp_path / "all.zip", ["data"], force=False)
    Path("results").rename(tmp_path / "kept")
    return tmp_path / "all.zip"


@pytest.fixture
def whole(zipped: Path) -> dict[str, bytes]:
    """The results that are to be restored."""
    kept = zipped.parent / "kept"
    return {
        f"results/{path.relative_to(kept)}": path.read_bytes()
        for path in sorted(kept.rglob("*"))
        if path.is_file()
    }


def refused(source: str | Path, reason: str) -> None:
    """It is refused by one line, and the tree is as it was before."""
    before = made.results()
    with pytest.raises(UserError, match=reason) as error:
        restore.restore(str(source))
    assert len(str(error.value).splitlines()) == 1
    assert made.results() == before
    assert not [*Path(".snakemake").glob("restore-*")]


def test_an_archive_a_folder_and_a_clone_give_all_back(zipped, whole, tmp_path, capsys):
    shutil.copytree(tmp_path / "kept", tmp_path / "clone/results")
    for source in (zipped, tmp_path / "kept", tmp_path / "clone"):
        assert restore.restore(str(source)) == 0
        assert made.results() == whole
        assert f"{len(whole)} files restored, 0 replaced, 0 as before" in capsys.readouterr().out
        made.empty_results()


def test_a_second_time_nothing_changes(zipped, whole, capsys):
    restore.restore(str(zipped))
    restore.restore(str(zipped))
    assert f"0 files restored, 0 replaced, {len(whole)} as before" in capsys.readouterr().out


def test_files_that_differ_are_replaced_by_those_that_are_asked_for(zipped, whole, capsys):
    restore.restore(str(zipped))
    Path("results/data/mog.npz").write_bytes(b"damaged")
    restore.restore(str(zipped))
    assert "0 files restored, 1 replaced" in capsys.readouterr().out.splitlines()[-2]
    assert made.results() == whole


def test_results_of_other_parameters_are_left_out(zipped, tmp_path, capsys):
    text = Path("params.yaml").read_text()
    other = text.replace("spacing: ", "spacing: 1", 1)
    assert other != text
    Path("params.yaml").write_text(other)
    restore.restore(str(zipped))
    assert "4 left out, of other parameters or code" in capsys.readouterr().out
    assert not Path("results/data/mog.npz").exists()
    assert Path("results/data/digits.npz").exists()


@pytest.mark.parametrize("place_of_cut", [0.1, 0.5, 0.99])
def test_a_truncated_archive(zipped, tmp_path, place_of_cut):
    content = zipped.read_bytes()
    cut = tmp_path / "cut.zip"
    cut.write_bytes(content[: int(len(content) * place_of_cut)])
    refused(cut, "damaged or no archive")


def test_a_changed_byte(zipped, tmp_path):
    content = bytearray(zipped.read_bytes())
    with zipfile.ZipFile(zipped) as found:
        info = found.getinfo("results/data/mog.npz")
    content[info.header_offset + 200] ^= 1
    (tmp_path / "bad.zip").write_bytes(content)
    refused(tmp_path / "bad.zip", "damaged or no archive")


OTHER = {"results/data/mog.npz": b"other"}
LEADS_OUT = "leads out of the folder"


@pytest.mark.parametrize(
    ("change", "listed", "reason"),
    [
        (OTHER, False, "another sha256"),
        (OTHER, True, "mog.npz was changed or damaged"),
        ({"results/data/new.npz": b""}, False, "not those of"),
        ({"../escaped": b""}, True, LEADS_OUT),
        ({"results/../../escaped": b""}, True, LEADS_OUT),
        ({"/tmp/coupled-vae-escaped": b""}, True, LEADS_OUT),
        ({"..\\escaped": b""}, True, LEADS_OUT),
    ],
)
def test_a_tampered_archive(zipped, tmp_path, change, listed, reason):
    def edit(members: dict[str, bytes]) -> None:
        members.update(change)
        lines = members[archive.MANIFEST].decode().splitlines(keepends=True)
        kept = [line for line in lines if line.rstrip("\n")[66:] not in change]
        for name, content in change.items() if listed else ():
            kept.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
        if listed:
            members[archive.MANIFEST] = "".join(kept).encode()

    refused(made.edited(zipped, edit, tmp_path / "bad.zip"), reason)
    assert not (tmp_path / "escaped").exists()
    assert not Path("/tmp/coupled-vae-escaped").exists()


def test_a_link_in_an_archive(zipped, tmp_path):
    bad = shutil.copy(zipped, tmp_path / "bad.zip")
    link = zipfile.ZipInfo("results/data/link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(bad, "a") as found:
        found.writestr(link, "/etc")
    refused(bad, "is a link")


@pytest.mark.parametrize("name", ["mog.npz", "mog.provenance.json"])
def test_a_damaged_file_of_a_folder(zipped, tmp_path, name):
    (tmp_path / "kept/data" / name).write_bytes(b"{}")
    refused(tmp_path / "kept", "mog")


def test_a_full_disk_while_unpacking_or_copying(zipped, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", full)
        refused(tmp_path / "kept", "No space left")
    with monkeypatch.context() as patch:
        patch.setattr(unpack, "_unpack", full)
        refused(zipped, "No space left")
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10))
    refused(zipped, r"MB are needed and 0 MB are free")


@pytest.mark.parametrize("stopped", [False, True])
def test_a_move_that_fails_half_way_is_undone(zipped, monkeypatch, stopped):
    restore.restore(str(zipped))
    Path("results/data/digits.npz").write_bytes(b"mine")
    Path("results/data/mog.npz").unlink()
    shutil.rmtree("results/data/held_out")
    move, count = place._move, []
    before = made.results()

    def failing(source: Path, target: Path) -> None:
        count.append(target)
        if len(count) == 4:
            if stopped:
                raise KeyboardInterrupt
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        move(source, target)

    monkeypatch.setattr(place, "_move", failing)
    if stopped:
        with pytest.raises(KeyboardInterrupt):
            restore.restore(str(zipped))
        assert made.results() == before
    else:
        refused(zipped, "No space left")
    assert len(count) > 4
    assert not Path("results/data/held_out").exists()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class Short(Quiet):
    """Promises more than it sends."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        self.wfile.write(b"PK")


def test_an_address(zipped, whole, tmp_path):
    digest = hashlib.sha256(zipped.read_bytes()).hexdigest()
    with serving(partial(Quiet, directory=str(tmp_path))) as host:
        refused(f"http://{host}/none.zip", "404")
        refused(f"http://{host}/all.zip#sha256={'0' * 64}", f"its sha256 is {digest}")
        refused(f"http://{host}/all.zip#md5=0", "sha256=")
        restore.restore(f"http://{host}/all.zip?download=1#sha256={digest}")
    assert made.results() == whole


def test_an_address_that_breaks_off_or_does_not_answer(zipped):
    with serving(Short) as host:
        refused(f"http://{host}/all.zip", "broke off")
    refused(f"http://{host}/all.zip", "refused")


def dvc(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "dvc", *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_dvc_remote_by_name_and_by_path(zipped, whole, tmp_path):
    restore.restore(str(zipped))
    stage = "stages:\n  data:\n    cmd: 'true'\n    outs: [results/data: {persist: true}]\n"
    Path("dvc.yaml").write_text(stage)
    dvc("init", "--quiet", "--no-scm")
    dvc("remote", "add", "here", str(tmp_path / "remote"))
    dvc("commit", "--quiet", "--force")
    dvc("push", "--quiet", "--remote", "here")
    for source in ("here", str(tmp_path / "remote")):
        shutil.rmtree(".dvc/cache", ignore_errors=True)
        made.empty_results()
        restore.restore(source)
        assert made.results() == whole
    made.empty_results()
    next(path for path in (tmp_path / "remote").rglob("*.dir")).unlink()
    shutil.rmtree(".dvc/cache", ignore_errors=True)
    refused("here", "DVC cannot pull")


def test_no_source_and_what_is_none(zipped):
    refused("", "no public store.*make reproduce")
    refused("nowhere", "'nowhere' is no folder, no archive, no address and no DVC remote")
    empty = zipped.parent / "empty"
    empty.mkdir()
    refused(empty, "none of its 0 files")
