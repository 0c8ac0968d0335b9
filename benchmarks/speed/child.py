"""Run one side in a process of its own, which measures time and peak memory."""

import importlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from coupled_vae.reporting.performance import Row
from coupled_vae.runtime.project import SOURCE
from speed.race import OUTSIDE, Check, failed, missing, with_times

STATUS = Path("/proc/self/status")
WARM = 50  # points of the small run before the timed one
HERE = Path(__file__).resolve().parents[1]

Numbers = list[float]
Prepared = Callable[[], Numbers]


@dataclass(frozen=True)
class Measured:
    """One run.

    Attributes:
        seconds: Time on the clock.
        memory_mb: Peak memory beyond what the process had before.
        result: What was computed.
    """

    seconds: float
    memory_mb: float
    result: Numbers


@dataclass(frozen=True, kw_only=True)
class Apart:
    """Someone who computes the case in another process.

    Attributes:
        name: Shown name.
        prepare: A function of a module, which is found by its name. It takes the case's arguments,
            the number ``n`` of points among them, and returns what is timed.
        packages: Names of optional packages, as they are imported.
        refusal: Why the side cannot take part; empty if it can.
    """

    name: str
    prepare: Callable[..., Prepared]
    packages: Sequence[str] = ()
    refusal: str = ""


def compete_apart(
    row: Row,
    sides: Sequence[Apart],
    args: Mapping[str, Any],
    check: Callable[[Numbers, Numbers], Check],
    rounds: int,
    *,
    here: bool = False,
) -> list[Row]:
    """Run all sides in turn, each run in a new process, and compare them with the first.

    Args:
        row: Contest and case.
        sides: Ours first.
        args: Arguments of ``prepare``; JSON.
        check: Compares our result with another.
        rounds: Runs of each side.
        here: Whether to run in this process, as tests want it for its speed.
    """
    measured = measure_here if here else measure
    reasons = {side.name: side.refusal or missing(side.packages) for side in sides}
    found = dict[str, list[Measured]]()
    for _ in range(rounds):
        for side in (side for side in sides if not reasons[side.name]):
            try:
                found.setdefault(side.name, []).append(measured(side.prepare, args))
            except RuntimeError as error:  # a peer's fault must not end the contest
                if side is sides[0]:
                    raise
                reasons[side.name] = failed(error)
    first, rows = found[sides[0].name], list[Row]()
    for side in sides:
        own = replace(row, side=side.name)
        if reason := reasons[side.name]:
            rows.append(replace(own, note=f"not measured: {reason}"))
        elif side is sides[0]:
            rows.append(_row(own, first, []))
        else:
            apart = check(first[0].result, found[side.name][0].result)
            own = replace(own, check=str(apart), note="" if apart.passed else OUTSIDE)
            rows.append(_row(own, found[side.name], first) if apart.passed else own)
    return rows


def _row(row: Row, runs: Sequence[Measured], ours: Sequence[Measured]) -> Row:
    seconds = [run.seconds for run in runs]
    ratios = [run.seconds / own.seconds for run, own in zip(runs, ours, strict=False)]
    return replace(with_times(row, seconds, ratios), memory_mb=max(run.memory_mb for run in runs))


def measure(prepare: Callable[..., Prepared], args: Mapping[str, Any]) -> Measured:
    """One run of a side in a new process.

    Raises:
        RuntimeError: The process failed.
    """
    command = [sys.executable, "-m", "speed.child", prepare.__module__, prepare.__name__]
    path = os.pathsep.join([str(HERE), str(SOURCE), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [*command, json.dumps(args)],
        env={**os.environ, "PYTHONPATH": path.rstrip(os.pathsep)},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        reason = (done.stderr.strip() or f"status {done.returncode}").splitlines()[-1]
        raise RuntimeError(f"{prepare.__name__} failed: {reason}")
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def measure_here(prepare: Callable[..., Prepared], args: Mapping[str, Any]) -> Measured:
    """One run of a side in this process, after a small one that imports and fills caches."""
    prepare(**{**args, "n": WARM})()
    run = prepare(**args)
    before = memory_mb("VmRSS")
    start = time.perf_counter()
    result = run()
    seconds = time.perf_counter() - start
    return Measured(seconds, max(0.0, memory_mb("VmHWM") - before), result)


def memory_mb(name: str) -> float:
    """Present (``VmRSS``) or largest (``VmHWM``) memory of this process, in MB.

    Without Linux both are the largest. ``getrusage`` would serve on Linux too, but there it has
    the memory of the parent process in it.
    """
    if STATUS.exists():
        found = re.search(rf"^{name}:\s+(\d+) kB", STATUS.read_text(encoding="ascii"), re.M)
        return int(found[1]) / 1024 if found else 0.0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def main(module: str, function: str, args: str) -> None:
    """Run one side and print what was measured as JSON."""
    prepare = getattr(importlib.import_module(module), function)
    print(json.dumps(asdict(measure_here(prepare, json.loads(args)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
