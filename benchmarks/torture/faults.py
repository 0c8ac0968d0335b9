"""Faults of the machine: disk, clock, memory, network."""

import contextlib
import os
import random
import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from place import Ended, Place
from tally import Tally

PROMISE = "it ends well or says why in plain lines, and the next run ends in the same bytes"
FILE_SIZES = (0, 4_096, 30_000)  # bytes
DISKS = ("64k", "512k")  # for results, which take more
MEMORY = (200, 800, 3000)  # megabytes of address space
YEAR = 365 * 86_400  # seconds


def faults(place: Place, rng: random.Random, *, few: bool) -> list[Tally]:
    """One tally for each part of the machine.

    Args:
        place: The tree's place.
        rng: For what is chosen at random.
        few: Whether one trial for each part is enough.
    """
    return [part(place, rng, few) for part in (disk, clock, memory, network)]


def _limit(kind: int, size: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(kind, (size, size))


def _judge(
    place: Place, path: Path, ended: Ended, tally: Tally, what: str, silent: str = ""
) -> None:
    """After trouble: was it told in plain lines, and does the next run end in the same bytes.

    Args:
        place: The tree's place.
        path: The tree.
        ended: The run that was in trouble.
        tally: Takes the trial.
        what: The trouble.
        silent: What the run should have said and has not; empty if nothing.
    """
    tally.count("runs that ended well in spite of it" if ended.status == 0 else "runs that failed")
    fault, after = place.fault_after(path)
    fault = ended.one_line or silent or fault
    tally.add(fault and f"{what}: {fault}", traceback=ended.traceback or after.traceback)


def disk(place: Place, _: random.Random, few: bool) -> Tally:
    """Files that cannot grow, and a disk that is full."""
    tally = Tally("full disk", PROMISE)
    for size in FILE_SIZES[1 : 2 if few else None]:
        path = place.empty("disk")
        ended = place.run(path, limit=_limit(resource.RLIMIT_FSIZE, size))
        _judge(place, path, ended, tally, f"files of at most {size} bytes")
    for space in () if few else DISKS:
        with small_disk(place.folder / "mounted", space) as folder:
            if folder is None:
                tally.left_out.append("a full disk of its own: this user may not mount one")
                break
            path = place.empty("disk")
            shutil.rmtree(path / "results", ignore_errors=True)
            (path / "results").symlink_to(folder)
            ended = place.run(path)
            (path / "results").unlink()
            shutil.copytree(folder, path / "results")
        _judge(place, path, ended, tally, f"a disk of {space}")
    return tally


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path | None]:
    """A file system in memory of a size as mount takes it; None where it cannot be mounted."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], capture_output=True)


def clock(place: Place, rng: random.Random, few: bool) -> Tally:
    """Time stamps of all files in the past, in the future, and in any order."""
    tally = Tally("wrong clock", PROMISE)
    shifts = {"past": -10 * YEAR, "future": 10 * YEAR, "any order": 0}
    for name, shift in [*shifts.items()][: 1 if few else None]:
        path = place.copy("clock")
        for file in (path / "results").rglob("*"):
            stamp = max(1.0, time.time() + (shift or rng.uniform(-YEAR, YEAR)))
            os.utime(file, (stamp, stamp))
        _judge(place, path, place.run(path), tally, f"time stamps in {name}")
    return tally


def memory(place: Place, _: random.Random, few: bool) -> Tally:
    """Processes that may not have more memory."""
    tally = Tally("too little memory", PROMISE)
    for size in MEMORY[1 : 2 if few else None]:
        path = place.empty("memory")
        ended = place.run(path, limit=_limit(resource.RLIMIT_AS, size * 2**20))
        _judge(place, path, ended, tally, f"{size} MB")
    return tally


def network(place: Place, _: random.Random, few: bool) -> Tally:
    """Mirrors that cannot be reached."""
    tally = Tally("no network", PROMISE)
    for proxy in ("http://127.0.0.1:9", "http://nowhere.invalid:1")[: 1 if few else 2]:
        path = place.empty("network")
        names = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        away = {"COUPLED_VAE_OFFLINE": "", **dict.fromkeys(names, proxy)}
        # The data of all datasets, also of one that has to be downloaded.
        ended = place.run(path, target="data", env=away)
        silent = "" if "NOT RUN" in ended.said else f"proxy {proxy}: a dataset is left out silently"
        _judge(place, path, ended, tally, f"proxy {proxy}", silent)
    return tally
