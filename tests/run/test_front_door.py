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


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("can't start new thread"),
        ImportError("libx.so: failed to map segment from shared object"),
        ImportError("libx.so: cannot allocate memory in static TLS block"),
        MemoryError(),
    ],
)
def test_too_little_memory_for_an_import_or_a_thread_is_one_line(capsys, error):
    def fail() -> int:
        raise error

    assert exit_status(fail) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: out of memory; ")


def test_other_errors_are_not_taken_for_memory():
    path = FileNotFoundError(errno.ENOENT, "No such file", "/data/out of memory/x")
    others = RuntimeError("shape mismatch"), OSError(errno.ENOSPC, "No space left")
    for error in (*others, path, ImportError("no module named x")):
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


STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
below = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(below.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("then", ["process.wait()", "raise MemoryError"])
def test_what_does_not_stop_in_time_is_killed_with_its_group(tmp_path, then):
    code = DOOR.replace(repr(CHILD), repr(STUBBORN)).replace(
        "def action", "from coupled_vae.run import engine\nengine.STOPPING_SECONDS = 1\ndef action"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code.format(then=then)],
        env=PATHS,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    below, child = process.stdout.readline().split()
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == (130 if "wait" in then else 1)
    time.sleep(0.2)
    assert not is_alive(int(child))
    assert not is_alive(int(below))


FAKE = """
import os, signal, sys, time
print("a line", flush=True)
try:
    {then}
except KeyboardInterrupt:
    print("Traceback (most recent call last):", "a line", "KeyboardInterrupt", sep="\\n")
"""
INSTEAD = """
import sys
from coupled_vae.run import engine
from coupled_vae.runtime.errors import exit_status
engine._profile = lambda: "default"
really = engine.started
engine.started = lambda command, **more: really([sys.executable, "-c", {code!r}], **more)
sys.exit(exit_status(lambda: engine.snakemake(["x"])[0]))
"""


def instead_of_snakemake(then: str, cwd: Path) -> "subprocess.Popen[str]":
    """The front door, with a program in Snakemake's place that does something."""
    code = INSTEAD.format(code=FAKE.format(then=then))
    return subprocess.Popen(
        [sys.executable, "-c", code], env=PATHS, cwd=cwd, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_told_to_stop_shows_one_line(tmp_path, number):
    process = instead_of_snakemake("time.sleep(60)", tmp_path)
    assert process.stderr.readline() == "a line\n"
    process.send_signal(number)
    assert process.stderr.read() == "stopped; run again to resume\n"
    assert process.wait(20) == 130


def test_a_snakemake_that_was_killed_is_one_line(tmp_path):
    process = instead_of_snakemake("os.kill(os.getpid(), signal.SIGKILL)", tmp_path)
    _, line = process.stderr.read().splitlines()
    assert line.startswith("error: Snakemake was killed by signal 9, perhaps for its memory")
    assert process.wait(20) == 137


SLOW_IMPORT = "import os, signal\nos.kill(os.getpid(), signal.{name})\n"
POOR_IMPORT = "raise ImportError('libx.so: failed to map segment from shared object')\n"


@pytest.mark.parametrize(
    ("text", "line", "status"),
    [
        (SLOW_IMPORT.format(name="SIGINT"), "stopped; run again to resume", 130),
        (SLOW_IMPORT.format(name="SIGTERM"), "stopped; run again to resume", 130),
        (POOR_IMPORT, "error: out of memory", 1),
    ],
)
def test_a_signal_or_too_little_memory_while_python_imports(tmp_path, text, line, status):
    (tmp_path / "psutil.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "coupled_vae.run", "paper"],
        env={**PATHS, "PYTHONPATH": os.pathsep.join([str(tmp_path), PATHS["PYTHONPATH"]])},
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == status
    (shown,) = done.stderr.splitlines()
    assert shown.startswith(line)


@pytest.mark.parametrize("option", ["-n", "-np", "-nq", "-qn", "-Fn", "--dry-run", "--dryrun"])
def test_a_dry_run_is_known_by_each_spelling(option):
    assert engine.is_dry_run(["--cores", "1", option])


@pytest.mark.parametrize("options", [["-j4"], ["--drop-metadata"], ["-F"], ["-dnew"], ["--", "-n"]])
def test_other_options_are_no_dry_run(options):
    assert not engine.is_dry_run(options)


def test_a_dry_run_elsewhere_links_and_locks_nothing(tmp_path, monkeypatch):
    from coupled_vae.run import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(engine.OPTIONS, "")
    monkeypatch.setenv("PATH", os.environ["PATH"])
    monkeypatch.delenv(guard.TOKEN, raising=False)
    monkeypatch.setattr(main.surroundings, "prepare", lambda _: None)
    monkeypatch.setattr(main, "snakemake", lambda *_, **__: (0, None))
    assert main.main(["--directory", str(tmp_path), "paper", "--", "-np"]) == 0
    assert [*tmp_path.iterdir()] == []


def test_the_question_whether_there_is_more_to_do_has_no_options_of_the_users(monkeypatch):
    from coupled_vae.run import main

    seen = {}
    monkeypatch.setattr(main, "snakemake", lambda *_, **more: (seen.update(more), (1, None))[1])
    assert not main._nothing_to_do(["paper"])
    assert seen["asked"] is False


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.yaml", "'executor': no-such-thing\n"),
        ("config.yaml", "{jobs: 1, executor: no-such-thing}\n"),
        ("config.yaml", "executor:\n  no-such-thing\n"),
        ("config.v8+.yaml", "executor: no-such-thing\n"),
    ],
)
def test_an_executor_is_found_in_each_spelling(tmp_path, monkeypatch, name, text):
    (tmp_path / "config.yaml").write_text("jobs: 1\n")
    (tmp_path / "config.v99+.yaml").write_text("executor: of-a-later-one\n")
    (tmp_path / name).write_text(text)
    monkeypatch.setenv(engine.PROFILE, str(tmp_path))
    with pytest.raises(UserError, match="executor no-such-thing needs a plugin"):
        engine._profile()


@pytest.mark.parametrize("raw", [b"executor: \xff\xfe\n", b"executor: [\n", b"- executor\n"])
def test_a_broken_profile_is_one_line(tmp_path, monkeypatch, raw):
    (tmp_path / "config.yaml").write_bytes(raw)
    monkeypatch.setenv(engine.PROFILE, str(tmp_path))
    with pytest.raises(UserError, match=r"config\.yaml: the profile") as error:
        engine._profile()
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("held", [True, False])
def test_snakemake_needs_no_lock_where_the_run_holds_one(tmp_path, monkeypatch, held):
    seen = []

    def instead(command, **more):
        seen.extend(command)
        return really([sys.executable, "-c", ""], **more)

    really = engine.started
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(engine, "started", instead)
    monkeypatch.setattr(engine, "_profile", lambda: Path("default"))
    monkeypatch.setenv(guard.TOKEN, "a")
    if not held:
        monkeypatch.delenv(guard.TOKEN)
    assert engine.snakemake(["x"])[0] == 0
    assert ("--nolock" in seen) is held


def test_results_are_where_the_run_works(tmp_path, monkeypatch):
    from coupled_vae.run import main

    monkeypatch.chdir(TOP)
    assert main._where("paper") == "results/tables and results/figures"
    monkeypatch.setattr(main, "TOP", tmp_path.resolve())
    (tmp_path / ".smoke").mkdir()
    monkeypatch.chdir(tmp_path / ".smoke")
    assert main._where("paper") == ".smoke/results/tables and .smoke/results/figures"
    monkeypatch.setattr(main, "TOP", tmp_path.resolve() / "elsewhere")
    assert main._where("train") == str(tmp_path.resolve() / ".smoke/results/runs")


def test_the_end_of_a_run_is_at_most_eight_lines(monkeypatch, capsys):
    from coupled_vae.run import main
    from coupled_vae.run.story import Story

    monkeypatch.delenv("DVC_ROOT", raising=False)
    story = Story(failed=[{"rule": "train_cell", "log": f"logs/{i}.log"} for i in range(40)])
    monkeypatch.setattr(main, "snakemake", lambda _: (1, story))
    assert main.run(["paper"], 0.0) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) <= 8
    assert lines[-2].startswith("and 35 more")
    assert lines[-1].startswith("paper: 40 jobs failed")


CHECK = """
import sys
from pathlib import Path
from coupled_vae.run import guard
from coupled_vae.runtime.errors import exit_status
guard.SOURCE = Path.cwd() / "fake"
sys.exit(exit_status(lambda: guard._check_args(Path("params.yaml")) or 0))
"""


def test_the_check_of_the_parameters_does_not_outlive_its_parent(tmp_path):
    (tmp_path / "fake/coupled_vae").mkdir(parents=True)
    (tmp_path / "fake/coupled_vae/__init__.py").touch()
    (tmp_path / "fake/coupled_vae/__main__.py").write_text(
        "import os, time\nopen('part', 'w').write(str(os.getpid()))\n"
        "os.rename('part', 'pid')\ntime.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", CHECK], env=PATHS, cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    give_up = time.monotonic() + 20
    while not (tmp_path / "pid").exists() and time.monotonic() < give_up:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    assert process.stderr.read() == "stopped; run again to resume\n"
    assert process.wait(20) == 130
    assert not is_alive(int((tmp_path / "pid").read_text()))
