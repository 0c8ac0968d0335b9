"""The front door: locks that are not to be had, signals that were ignored, memory, broken pipes."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from small import TOP

from coupled_vae.run import engine, guard
from coupled_vae.runtime.errors import UserError, exit_status, is_out_of_memory

PATHS = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TOP), str(TOP / "src")])}


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_warned_of_once(tmp_path, monkeypatch, capsys, number):
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(guard.TOKEN, raising=False)
    monkeypatch.setattr(guard.fcntl, "flock", refuse)
    guard.hold_lock()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"warning: the file system of {tmp_path} has no locks")
    assert os.environ[guard.TOKEN]
    monkeypatch.delenv(guard.TOKEN)


def test_a_folder_that_cannot_be_written_to_is_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(guard.TOKEN, raising=False)
    (tmp_path / ".snakemake").write_text("a file in its place")
    with pytest.raises(UserError, match="cannot be written to"):
        guard.hold_lock()


CHILD = "import signal, time; print('up', flush=True); time.sleep(60)"
DOOR = f"""
import sys
from coupled_vae.run.engine import started
from coupled_vae.runtime.errors import exit_status

def action():
    with started([sys.executable, "-c", {CHILD!r}], reading=True) as process:
        print(process.stdout.readline().strip(), process.pid, flush=True)
        {{then}}
    return process.returncode

sys.exit(exit_status(action))
"""


def door(then: str, **more: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", DOOR.format(then=then)],
        env=PATHS,
        cwd=more.pop("cwd"),  # type: ignore[call-overload]
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_an_ignored_hangup_stays_ignored_and_another_signal_stops(tmp_path):
    ignored = {"preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)}
    process = door("process.wait()", cwd=tmp_path, **ignored)
    _, child = process.stdout.readline().split()
    process.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    assert process.poll() is None
    assert is_alive(int(child))
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 130
    assert not is_alive(int(child))


def test_a_hangup_that_nobody_ignored_stops(tmp_path):
    heard = {"preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL)}
    process = door("process.wait()", cwd=tmp_path, **heard)
    _, child = process.stdout.readline().split()
    process.send_signal(signal.SIGHUP)
    assert process.wait(20) == 130
    assert not is_alive(int(child))


@pytest.mark.parametrize(
    ("then", "status"),
    [
        ("raise BrokenPipeError", 141),
        ("raise MemoryError", 1),
        ("raise ZeroDivisionError", 1),
        ("sys.exit(7)", 7),
    ],
)
def test_whatever_ends_the_parent_stops_the_child(tmp_path, then, status):
    process = door(then, cwd=tmp_path)
    _, child = process.stdout.readline().split()
    assert process.wait(20) == status
    assert not is_alive(int(child))


def test_nobody_reads(tmp_path):
    """As with ``| head -1``: the next line that is written finds no reader."""
    then = "[print('more', flush=True) for _ in iter(int, 1)]"
    process = door(then, cwd=tmp_path)
    _, child = process.stdout.readline().split()
    process.stdout.close()
    assert process.wait(20) == 141
    assert "Traceback" not in process.stderr.read()
    assert not is_alive(int(child))


def allocate_numpy():
    np.empty(2**62, np.uint8)


def allocate_torch():
    torch.empty(2**60, dtype=torch.uint8)


def allocate_nothing():
    raise OSError(errno.ENOMEM, "Cannot allocate memory")


@pytest.mark.parametrize("allocate", [allocate_numpy, allocate_torch, allocate_nothing])
def test_too_little_memory_is_one_line(capsys, allocate):
    assert exit_status(allocate) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: out of memory; ")


def test_other_errors_are_not_taken_for_memory():
    for error in (RuntimeError("shape mismatch"), OSError(errno.ENOSPC, "No space left")):
        assert not is_out_of_memory(error)
        with pytest.raises(type(error)):
            exit_status(lambda error=error: (_ for _ in ()).throw(error))


def test_a_profile_without_its_plugin_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "config.yaml").write_text("executor: no-such-thing\njobs: 1\n")
    monkeypatch.setenv(engine.PROFILE, str(tmp_path))
    with pytest.raises(UserError, match="pip install snakemake-executor-plugin-no-such-thing"):
        engine._profile()


def test_words_after_two_dashes_are_snakemakes():
    from coupled_vae.run.main import split

    assert split(["--dvc", "paper", "--", "-n", "--", "x"]) == (
        ["--dvc", "paper"],
        ["-n", "--", "x"],
    )
    assert split(["paper"]) == (["paper"], [])
