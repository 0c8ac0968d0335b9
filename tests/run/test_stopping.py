"""Signals, closed pipes and whatever else ends the front door: nothing is left at work."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small import TOP

PATHS = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TOP), str(TOP / "src")])}

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
