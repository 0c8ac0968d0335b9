"""Snakemake and DVC as processes: started, and stopped with all their jobs."""

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

import yaml

from coupled_vae.run import guard, record, tracebacks
from coupled_vae.run.record import Record
from coupled_vae.runtime.errors import UserError, one_line
from coupled_vae.runtime.project import TOP

PROFILE = "SNAKEMAKE_PROFILE"
OPTIONS = "COUPLED_VAE_SNAKEMAKE"  # of Snakemake's, added to every call of a run
BUILT_IN = ("local", "dryrun", "touch")  # executors of Snakemake's own
# A bundle of short options without values that has an n in it; or the long one, also shortened.
DRY_RUN = re.compile(r"-[DFSaefhklpqtv]*n|--dry")
VERSIONED = re.compile(r"(?:profile|config)(?:\.v(\d+)\+)?\.yaml")
LOGGER = "coupled-vae"  # src/snakemake_logger_plugin_coupled_vae
PROFILE_LINE = "Using profile "  # printed by Snakemake before it has a logger
STOPPING_SECONDS = 120
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Child(subprocess.Popen[str]):
    """A process that knows whether it was told to stop."""

    stopping = False


@contextlib.contextmanager
def started(
    command: list[str], *, reading: bool, environment: dict[str, str] | None = None
) -> Iterator[Child]:
    """A process in a new group, interrupted as a whole when this one is told to stop.

    What is still at work ``STOPPING_SECONDS`` later is killed.

    Args:
        command: The program and its arguments.
        reading: Whether its output comes back, both kinds together.
        environment: Its environment variables, if they differ from those of this process.

    Raises:
        KeyboardInterrupt: It was interrupted, and has ended.
    """
    process = Child(
        command,
        stdout=subprocess.PIPE if reading else None,
        stderr=subprocess.STDOUT if reading else None,
        text=True,
        errors="replace",
        env=environment,
        start_new_session=True,
        # A shell starts what runs in its background without interrupts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )

    def stop(number: int, _: FrameType | None) -> None:
        # Whatever the signal: only an interrupt makes Snakemake stop its jobs, also SLURM's.
        last = number == signal.SIGALRM
        if not process.stopping:
            signal.setitimer(signal.ITIMER_REAL, STOPPING_SECONDS)
        process.stopping = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL if last else signal.SIGINT)

    # What was to be ignored from the start, as by nohup, still is.
    heard = [n for n in STOPPING if signal.getsignal(n) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in (*heard, signal.SIGALRM)}
    try:
        yield process
        process.wait()
    except BaseException:  # whatever ends this process must not leave the child at work
        stop(signal.SIGINT, None)
        with contextlib.suppress(subprocess.TimeoutExpired, ValueError):
            # Its output is read, for a full pipe would keep it from ending.
            process.communicate(timeout=STOPPING_SECONDS + 1)
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
    if process.stopping:
        raise KeyboardInterrupt


def status_of(process: Child, name: str) -> int:
    """The exit status of a process that has ended, as a shell gives it.

    A process that a signal ended has said nothing, so one line is printed for it.
    """
    if process.returncode >= 0:
        return process.returncode
    reason = ", perhaps for its memory" if process.returncode == -signal.SIGKILL else ""
    print(
        f"error: {name} was killed by signal {-process.returncode}{reason}; run again to resume",
        file=sys.stderr,
    )
    return 128 - process.returncode


def snakemake(
    targets: list[str], *options: str, show: bool = True, asked: bool = True
) -> tuple[int, Record]:
    """Run Snakemake in the present folder, on the profile in ``SNAKEMAKE_PROFILE``.

    Args:
        targets: What to make.
        options: Options of Snakemake's.
        show: Whether its lines are printed.
        asked: Whether the options that the user gave after ``--`` are added.

    Returns:
        Its exit status, and the jobs that it ran.

    Raises:
        KeyboardInterrupt: It was interrupted; its jobs have been stopped.
        UserError: The profile needs a plugin that is not installed.
    """
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(TOP / "Snakefile")]
    # Relative: plugins give its commands to a shell, which would split a path at its spaces.
    command += ["--workflow-profile", "none", "--profile", os.path.relpath(_profile())]
    command += ["--logger", LOGGER]
    command += [*options, *(shlex.split(os.environ.get(OPTIONS, "")) if asked else [])]
    if guard.TOKEN in os.environ:
        # This run holds the project's lock, so a lock of Snakemake's is one that a killed run left.
        command.append("--nolock")
    with tempfile.TemporaryDirectory(prefix="coupled-vae-") as folder:
        file = Path(folder) / "record.jsonl"
        try:
            status = _show_lines([*command, "--", *targets], file, show)
        finally:
            if guard.TOKEN in os.environ:  # else another run may be at work, whose jobs they are
                guard.cancel_jobs()
        return status, record.read(file)


def _show_lines(command: list[str], file: Path, show: bool) -> int:
    """Run Snakemake, whose logger plugin writes to ``file``; returns the exit status."""
    # Snakemake finds the plugin on Python's path.
    path = os.pathsep.join([str(TOP / "src"), os.environ.get("PYTHONPATH", "")]).strip(os.pathsep)
    environment = {**os.environ, record.RECORD: str(file), "PYTHONPATH": path}
    with started(command, reading=True, environment=environment) as process:
        assert process.stdout is not None  # where a dry run prints its plan
        for line in tracebacks.replaced(process.stdout, "Snakemake"):
            # What it prints when it is stopped is a traceback where it was planning.
            if show and not process.stopping and not line.startswith(PROFILE_LINE):
                print(line, end="", file=sys.stderr, flush=True)
    return status_of(process, "Snakemake")


def is_dry_run(options: list[str]) -> bool:
    """Whether options of Snakemake's ask for its plan alone, as ``-n`` and ``-np`` do."""
    before = options[: options.index("--")] if "--" in options else options
    return any(DRY_RUN.match(option) for option in before)


def _profile() -> Path:
    """The folder of the profile asked for."""
    name = os.environ.get(PROFILE, "default")
    folder = TOP / "profiles" / name
    folder = folder if folder.is_dir() else Path(name)
    config, executor = _executor(folder)
    plugin = f"snakemake-executor-plugin-{executor}"
    if executor and executor not in BUILT_IN and not find_spec(plugin.replace("-", "_")):
        how = f"pip install {plugin}"
        if (TOP / f"requirements-{executor}.lock").exists():
            lock = f"requirements-{executor}.lock"
            how = f"pip install --no-deps -r {lock}, which make PROFILE=... does"
        raise UserError(f"{config}: the executor {executor} needs a plugin; {how}")
    return folder


def _executor(folder: Path) -> tuple[Path, str]:
    """The file of a profile that Snakemake reads, and the executor it names, if any."""
    config = folder if folder.is_file() else folder / "config.yaml"
    present = int(version("snakemake").split(".")[0])
    newest = 0
    for file in folder.glob("*.yaml"):
        # As Snakemake does: the newest that is not of a later version.
        if (found := VERSIONED.fullmatch(file.name)) and newest <= int(found[1] or 0) <= present:
            config, newest = file, int(found[1] or 0)
    if not config.exists():
        return config, ""
    try:
        tree = yaml.safe_load(config.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = one_line(" ".join(str(error).split()), 200)
        raise UserError(f"{config}: the profile cannot be read ({reason}); mend the file") from None
    if tree is not None and not isinstance(tree, dict):
        raise UserError(f"{config}: the profile is no list of options with values; mend the file")
    return config, str((tree or {}).get("executor") or "")
