"""What guards a run: valid parameters, one run at a time, no earlier results shown as its own."""

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import re
import signal
import sys
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from coupled_vae.config import registry
from coupled_vae.config.load import load
from coupled_vae.config.params import Params
from coupled_vae.data import fetch
from coupled_vae.data.raw_files import Source
from coupled_vae.run import cluster, slurm, surroundings
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.project import SOURCE

STATE = Path(".snakemake")  # in the folder a run works in
DIGESTS = STATE / "digests.json"  # of the files of results, kept from run to run
TOKEN = "COUPLED_VAE_RUN"  # in the environment of a run and of all its jobs
SLURM_JOBS = STATE / "slurm-jobs"  # the name of the jobs that a run gave to SLURM
CLUSTER_JOBS = STATE / "cluster"  # what profiles/cluster knows of its jobs
LINGERING_SECONDS = 10
NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP}  # as on Lustre, or on some NFS
TEMPORARY = re.compile(r"\..+\.[a-z0-9_]{8}\.[a-z]+")  # as coupled_vae.runtime.files names them
CODE = SOURCE / "coupled_vae"

_held: list[IO[str]] = []


def checked_params(path: Path) -> Params:
    """Load a parameter file and validate all of it.

    The arguments of models are checked by their own files, which import torch: seconds. So that is
    done in another process, and only if the file or the code has changed since it last passed.

    Raises:
        UserError: One line that names the key, its value and the choices.
    """
    loaded = load(path)
    key = hashlib.sha256(path.read_bytes() + code_digest().encode()).hexdigest()
    stamp = STATE / "params-checked"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != key:
        _check_args(path)
        with contextlib.suppress(OSError):  # a folder that is read-only is validated anew
            stamp.parent.mkdir(exist_ok=True)
            stamp.write_text(key, encoding="utf-8")
    return loaded


def code_digest() -> str:
    """SHA-256 of all that the package's files say, in hexadecimal."""
    files = (file for file in sorted(CODE.rglob("*.py")) if file.is_file())
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _check_args(path: Path) -> None:
    command = [sys.executable, "-m", "coupled_vae", "check", str(path)]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    # It must not outlive this process, so the module that stops processes starts it.
    from coupled_vae.run.engine import started  # which imports this module

    with started(command, reading=True, environment=environment) as process:
        assert process.stdout is not None
        lines = process.stdout.read().strip().splitlines()
    if process.returncode:
        last = (lines or ["its validation was stopped"])[-1]
        raise UserError(last.removeprefix("error: "))


def hold_lock() -> None:
    """Let no other run work in this folder until this process ends, however it ends.

    A process started by the holder shares its lock. Processes that outlived an earlier, killed run
    are stopped first, for they would write beside this one.

    Raises:
        UserError: Another run is at work.
    """
    try:
        STATE.mkdir(exist_ok=True)
        lock = (STATE / "run.lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise surroundings.cannot_write(Path.cwd(), error.strerror) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in NO_LOCKS:
            print(
                f"warning: the file system of {Path.cwd()} has no locks ({error.strerror}); see to "
                "it that only one run works here",
                file=sys.stderr,
            )
            os.environ.setdefault(TOKEN, uuid.uuid4().hex)
            return
        if error.errno not in (errno.EAGAIN, errno.EACCES):
            raise UserError(f"{STATE / 'run.lock'}: cannot be locked: {error.strerror}") from None
        holder = _holder(lock)
        if os.environ.get(TOKEN) == holder["token"]:
            return
        raise UserError(
            f"another run (process {holder['pid']}, since {holder['since']}) works in "
            f"{Path.cwd()}; wait for it or stop it, then run again"
        ) from None
    cancel_jobs()
    _stop_leftovers(_holder(lock)["token"])
    os.environ[TOKEN] = uuid.uuid4().hex
    holder = {"pid": str(os.getpid()), "since": time.strftime("%H:%M"), "token": os.environ[TOKEN]}
    lock.truncate(0)
    lock.write(json.dumps(holder))
    lock.flush()
    _held.append(lock)  # closing the file would give the lock back


def _holder(lock: IO[str]) -> dict[str, str]:
    lock.seek(0)
    try:
        return {"pid": "?", "since": "?", "token": "", **json.loads(lock.read())}
    except ValueError:  # never written, or just being written
        return {"pid": "?", "since": "?", "token": ""}


def _stop_leftovers(token: str) -> None:
    """Stop what an earlier run left behind, told by its token (where there is a /proc)."""
    ours, stopped = f"{TOKEN}={token}".encode(), list[Path]()
    for environment in Path("/proc").glob("[0-9]*/environ") if token else []:
        with contextlib.suppress(OSError):
            if ours in environment.read_bytes().split(b"\0"):
                os.kill(int(environment.parent.name), signal.SIGKILL)
                stopped.append(environment.parent)
    # DVC asks whether the process that held its lock is there, and a killed one may linger.
    give_up = time.monotonic() + LINGERING_SECONDS
    while any(process.exists() for process in stopped) and time.monotonic() < give_up:
        time.sleep(0.02)


def cancel_jobs() -> None:
    """Cancel what a run left in the queue of a scheduler.

    Raises:
        UserError: The scheduler cannot be reached, or a job does not stop.
    """
    slurm.cancel(SLURM_JOBS)
    cluster.cancel(CLUSTER_JOBS)


def slurm_jobs() -> str:
    """The name of this run's jobs in SLURM's queue, written down for whoever has to cancel them."""
    name = f"coupled-vae-{os.environ[TOKEN]}"
    SLURM_JOBS.write_text(name, encoding="utf-8")
    return name


def has_data(params: Params, dataset: str) -> bool:
    """Whether a dataset has been made, or can be from what is on this machine.

    Raises:
        UserError: A file it would be made from is damaged.
    """
    source = _source(params, dataset)
    made = [Path(f"results/data/{folder}{dataset}.npz") for folder in ("", "held_out/")]
    return (
        source is None
        or all(file.exists() for file in made)
        or fetch.local_folder(source) is not None
    )


def left_out(params: Params) -> list[str]:
    """The datasets that cannot be made from what is on this machine.

    Raises:
        UserError: A file that one would be made from is damaged.
    """
    return [name for name in params.datasets if not has_data(params, name)]


def fetch_data(params: Params, names: list[str]) -> list[str]:
    """Fetch what datasets are made from; a line on each that has to be left out, and why.

    Args:
        params: The parameters.
        names: The targets that are to be made.

    Raises:
        UserError: A file is damaged.
    """
    failed: dict[str, UserError] = {}
    notes = []
    for name in left_out(params):
        source = _source(params, name)
        if source and name in params.experiments.datasets(names):
            try:
                if source.name not in failed:
                    fetch.folder(source)
            except UserError as error:
                failed[source.name] = error
            if source.name in failed:
                notes.append(f"{params.datasets[name].label} is NOT RUN: {failed[source.name]}")
    return notes


def _source(params: Params, dataset: str) -> Source | None:
    module = registry.load("data", params.datasets[dataset].kind)
    source: Source | None = getattr(module, "SOURCE", None)
    return source


def sweep() -> None:
    """Delete what a killed job was writing: no other job is at work when a run starts."""
    for file in Path("results").rglob(".*"):
        if TEMPORARY.fullmatch(file.name) and file.is_file():
            file.unlink()


def withdraw(reports: Iterable[str]) -> list[str]:
    """Delete reports that are about to be out of date; returns those there were.

    Committed metrics, tables and figures stand in every clone. From the moment that what they rest
    on is computed anew they are of another run, and a run that fails half-way must not leave them.
    """
    found = sorted({report for report in reports if Path(report).is_file()})
    for report in found:
        Path(report).unlink()
    return found
