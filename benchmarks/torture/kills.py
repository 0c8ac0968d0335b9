"""kill -9 at random moments of a run."""

import os
import random
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil
from place import RECORD, Place, states
from tally import Tally

from coupled_vae.plan import provenance
from coupled_vae.runtime.errors import UserError

PROMISE = "the next run ends in the same bytes, and runs no finished job again"


def kills(place: Place, rng: random.Random, count: int) -> Tally:
    """Kill a run at random moments, each time followed by one that ends."""
    tally = Tally("killed runs", PROMISE)
    while tally.tried < count:
        path = begun(place, rng)
        everything = rng.random() < 0.5
        if not killed(place, path, rng.uniform(0.3, place.seconds), everything=everything):
            tally.count("runs that ended before their kill")
            continue
        finished, before = finished_files(path), states(path)
        fault, ended = place.fault_after(path)
        after = states(path)
        again = [name for name in finished if after.get(name) != before[name]]
        tally.count("files of finished jobs at the kill", len(finished))
        tally.count("files of finished jobs written again", len(again))
        tally.count("kills of all processes" if everything else "kills of the front door alone")
        lost = f"written again: {again[:3]}" if again else ""
        tally.add(fault or lost, traceback=ended.traceback)
    return tally


def begun(place: Place, rng: random.Random) -> Path:
    """A tree without results, or with some of them: of a model, of all measurements, of data."""
    if rng.random() < 0.5:
        return place.empty("killed")
    path = place.copy("killed")
    lost = path / "results" / rng.choice(["runs/mog/vae", "evaluations", "data"])
    shutil.rmtree(lost, ignore_errors=True)
    return path


def killed(place: Place, path: Path, seconds: float, *, everything: bool) -> bool:
    """Start a run and kill it after a while; whether it was still at work.

    Args:
        place: The tree's place.
        path: The tree.
        seconds: After how long.
        everything: Whether all its processes are killed, or the front door alone.
    """
    run = subprocess.Popen(
        place.command(),
        cwd=path,
        env=place.environment(COUPLED_VAE_CHECKPOINT_SECONDS="0"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    with suppress(subprocess.TimeoutExpired):
        run.wait(seconds)
        return False
    below = psutil.Process(run.pid).children(recursive=True) if everything else []
    with suppress(ProcessLookupError):
        os.killpg(run.pid, signal.SIGKILL)
    for process in below:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    run.wait()
    if everything:
        psutil.wait_procs(below, timeout=20)
    else:
        time.sleep(0.05)  # Snakemake works on: the next run has to stop it
    return True


def finished_files(path: Path) -> list[str]:
    """Files of jobs that were through: they have a record, which fits."""
    found = []
    for file in (path / "results").rglob(f"*{RECORD}"):
        folder = file.parent
        with suppress(UserError, OSError):
            record = provenance.read(file)
            if all(provenance.sha256(folder / n) == d for n, d in record.outputs.items()):
                found += [str((folder / name).relative_to(path)) for name in record.outputs]
    return [name for name in found if name in states(path)]
