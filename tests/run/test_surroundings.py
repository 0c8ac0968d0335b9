"""Folders that cannot be written to are replaced, or told in one line."""

import errno
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from small import TOP

from coupled_vae.run import surroundings
from coupled_vae.runtime.errors import UserError

CACHES = ["XDG_CACHE_HOME", "PIP_CACHE_DIR", "MPLCONFIGDIR", "DVC_SITE_CACHE_DIR"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that works; what a test changes in the environment is undone."""
    for name in [*CACHES, "XDG_CONFIG_HOME", "TMPDIR", "HOME"]:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "dvc"))
    (tmp_path / "run").mkdir()
    return tmp_path / "home"


def test_what_works_is_left_alone(home, tmp_path, capsys):
    before = dict(os.environ)
    surroundings.prepare(tmp_path / "run")
    assert dict(os.environ) == before
    assert capsys.readouterr().err == ""
    assert not (tmp_path / "run/.snakemake/home").exists()


@pytest.mark.parametrize("value", ["/dev/null", "/dev/null/x", "/nowhere/at/all", "relative"])
def test_a_home_that_is_none_is_replaced(home, tmp_path, monkeypatch, capsys, value):
    monkeypatch.setenv("HOME", value)
    surroundings.prepare(tmp_path / "run")
    assert capsys.readouterr().err.count("\n") == 1
    assert Path(os.environ["HOME"]) == tmp_path / "run/.snakemake/home"
    surroundings.prepare(tmp_path / "run")  # as in a stage's command
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("unset", [True, False])
def test_no_home_is_the_users_or_ours(home, tmp_path, monkeypatch, unset):
    monkeypatch.delenv("HOME") if unset else monkeypatch.setenv("HOME", "")
    monkeypatch.setattr(surroundings.os.path, "expanduser", lambda path: path)  # a user in no list
    surroundings.prepare(tmp_path / "run")
    assert Path(os.environ["HOME"]) == tmp_path / "run/.snakemake/home"


def test_a_home_that_can_only_be_read_is_kept_and_its_caches_are_not(home, tmp_path, monkeypatch):
    # A file in a folder's place fails for root too.
    (home / ".cache").touch()
    (home / ".config").touch()
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", "/dev/null/dvc")
    surroundings.prepare(tmp_path / "run")
    assert os.environ["HOME"] == str(home)
    for name in CACHES:
        folder = Path(os.environ[name])
        assert folder.is_relative_to(tmp_path / "run/.snakemake")
        assert not surroundings.unwritable(folder, create=False)


def full(monkeypatch: pytest.MonkeyPatch, *folders: str) -> None:
    real = surroundings.unwritable

    def unwritable(folder: Path, *, create: bool = True) -> str:
        if str(folder) in folders:
            return "No space left on device"
        return real(folder, create=create)

    monkeypatch.setattr(surroundings, "unwritable", unwritable)


@pytest.mark.parametrize("value", ["/nowhere/tmp", "/dev/null", "FULL"])
def test_a_folder_of_temporary_files_that_fails_is_replaced(
    home, tmp_path, monkeypatch, capsys, value
):
    full(monkeypatch, "/FULL")
    monkeypatch.chdir("/")
    monkeypatch.setenv("TMPDIR", value)
    surroundings.prepare(tmp_path / "run")
    assert os.environ["TMPDIR"] in ("/tmp", "/var/tmp")
    assert capsys.readouterr().err.count("\n") == 1


def test_a_relative_one_is_found_from_everywhere(home, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", "run")
    surroundings.prepare(tmp_path / "run")
    assert os.environ["TMPDIR"] == str(tmp_path / "run")


def test_where_all_are_full_the_runs_own_is_taken_and_then_one_line_says_it(
    home, tmp_path, monkeypatch
):
    own = str(tmp_path / "run/.snakemake/tmp")
    full(monkeypatch, "/tmp", "/var/tmp")
    surroundings.prepare(tmp_path / "run")
    assert os.environ["TMPDIR"] == own
    full(monkeypatch, "/tmp", "/var/tmp", own)
    with pytest.raises(UserError, match=r"/tmp \(No space left on device\).*set TMPDIR"):
        surroundings.prepare(tmp_path / "run")


def test_a_full_file_system_is_noticed():
    """/dev/full stands for one: it is opened, and takes nothing."""
    assert surroundings.unwritable(Path("/dev/full"))
    code = (
        "import resource, signal; from pathlib import Path;"
        "from coupled_vae.run import surroundings;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100));"
        "print(surroundings.unwritable(Path('.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=TOP, capture_output=True, text=True)
    assert "too large" in done.stdout, done.stderr


@pytest.mark.parametrize("place", ["file", "state", "nowhere"])
def test_a_folder_that_cannot_be_written_to_is_one_line(home, tmp_path, place):
    (tmp_path / "file").touch()
    (tmp_path / "state").mkdir()
    (tmp_path / "state/.snakemake").touch()
    with pytest.raises(UserError, match=r"cannot be written to|no such folder") as error:
        surroundings.prepare(tmp_path / place)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("door", ["run", "run.environment", "run.dvc_ready"])
def test_every_door_prepares(door, tmp_path):
    """Where no folder takes more than a few bytes, each ends in one line."""
    code = (
        "import resource, runpy, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100));"
        f"sys.argv = ['{door}', 'paper'];"
        f"runpy.run_module('coupled_vae.{door}', run_name='__main__')"
    )
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=TOP, capture_output=True, text=True, env=env
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "cannot be written to" in done.stderr


def test_a_full_folder_of_temporary_files_is_one_line(home, tmp_path, monkeypatch, capsys):
    """A really full file system, where one can be mounted; else its error."""
    full = tmp_path / "full"
    full.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(full)]
    mounted = subprocess.run(mount, capture_output=True).returncode == 0
    if mounted:
        with suppress(OSError):
            (full / "filler").write_bytes(bytes(2**16))
    else:
        really = surroundings.unwritable
        monkeypatch.setattr(
            surroundings,
            "unwritable",
            lambda folder, **more: (
                os.strerror(errno.ENOSPC) if folder == full else really(folder, **more)
            ),
        )
    monkeypatch.setenv("TMPDIR", str(full))
    try:
        surroundings.prepare(tmp_path / "run")
    finally:
        if mounted:
            subprocess.run(["umount", str(full)], check=True)
    (line,) = capsys.readouterr().err.splitlines()
    assert f"not to {full} (No space left on device)" in line
    assert os.environ["TMPDIR"] != str(full)
