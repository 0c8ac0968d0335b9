"""Snakemake and DVC as processes: started, told of, and stopped with all their jobs."""

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

from coupled_vae.run import guard, slurm
from coupled_vae.run.story import Story
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.project import TOP

PROFILE = "SNAKEMAKE_PROFILE"
OPTIONS = "COUPLED_VAE_SNAKEMAKE"  # of Snakemake's, added to every call of a run
BUILT_IN = ("local", "dryrun", "touch")  # executors of Snakemake's own
STOPPING_SECONDS = 120
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def started(command: list[str], *, reading: bool) -> Iterator[subprocess.Popen[str]]:
    """A process in a group of its own, interrupted as a whole when this one is told to stop.

    Args:
        command: The program and its arguments.
        reading: Whether its output comes back, both kinds together.

    Raises:
        KeyboardInterrupt: It was interrupted, and has ended.
    """
    told: list[int] = []
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE if reading else None,
        stderr=subprocess.STDOUT if reading else None,
        text=True,
        errors="replace",
        start_new_session=True,
        # A shell starts what runs in its background without interrupts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )

    def stop(number: int, _: FrameType | None) -> None:
        # Whatever the signal: only an interrupt makes Snakemake stop its jobs, also SLURM's.
        told.append(number)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)

    # What was to be ignored from the start, as by nohup, still is.
    heard = [n for n in STOPPING if signal.getsignal(n) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in heard}
    try:
        yield process
        process.wait()
    except BaseException:  # whatever ends this process must not leave the child at work
        stop(signal.SIGINT, None)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOPPING_SECONDS)
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        slurm.cancel(guard.SLURM_JOBS)
    if told:
        raise KeyboardInterrupt


def snakemake(targets: list[str], *options: str, show: bool = True) -> tuple[int, Story]:
    """Run Snakemake in the present folder, on the profile in ``SNAKEMAKE_PROFILE``.

    Returns:
        Its exit status, and what it told.

    Raises:
        KeyboardInterrupt: It was interrupted; its jobs have been stopped.
        UserError: The profile needs a plugin that is not installed.
    """
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(TOP / "Snakefile")]
    command += ["--workflow-profile", "none", "--profile", str(_profile())]
    command += [*options, *shlex.split(os.environ.get(OPTIONS, ""))]
    story = Story()
    with started([*command, "--", *targets], reading=True) as process:
        assert process.stdout is not None  # where a dry run tells its plan
        for line in story.tell(process.stdout):
            if show:
                print(line, file=sys.stderr, flush=True)
    return process.returncode, story


def _profile() -> Path:
    """The folder of the profile asked for."""
    name = os.environ.get(PROFILE, "default")
    folder = TOP / "profiles" / name
    folder = folder if folder.is_dir() else Path(name)
    config = folder / "config.yaml"
    text = config.read_text(encoding="utf-8") if config.exists() else ""
    executor = re.search(r"^executor: *[\"']?([\w-]+)", text, re.MULTILINE)
    plugin = f"snakemake-executor-plugin-{executor[1]}" if executor else ""
    if executor and executor[1] not in BUILT_IN and not find_spec(plugin.replace("-", "_")):
        how = f"pip install {plugin}"
        if executor[1] == "slurm":
            how = "pip install --no-deps -r requirements-slurm.lock, which make PROFILE=... does"
        raise UserError(f"{config}: the executor {executor[1]} needs a plugin; {how}")
    return folder
