"""Time several sides of a case in turn, after a check that they compute the same."""

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Generic, TypeVar

import numpy as np

from coupled_vae.reporting.performance import Row
from coupled_vae.runtime.errors import one_line
from coupled_vae.runtime.files import first_line

T = TypeVar("T")
OUTSIDE = "not timed: outside the tolerance"


@dataclass(frozen=True)
class Check:
    """How far a side's result is from ours, or from the exact one.

    Attributes:
        what: Name of the distance.
        difference: The distance, zero or more.
        tolerance: Largest distance at which both have computed the same.
    """

    what: str
    difference: float
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether both have computed the same; false if the distance is nan."""
        return self.difference <= self.tolerance

    def __str__(self) -> str:
        return f"{self.what} {self.difference:.1g}, at most {self.tolerance:.1g}"


@dataclass(frozen=True, kw_only=True)
class Side(Generic[T]):
    """Someone who computes the case.

    Attributes:
        name: Shown name.
        build: Imports what is needed and moves the data; returns the function that is timed. It
            may return a text instead, which says why the side cannot take part.
        packages: Names of optional packages, as they are imported.
        check: Compares our result with the side's. None with our side.
        note: Remark beside the times.
    """

    name: str
    build: Callable[[], Callable[[], T] | str]
    packages: Sequence[str] = ()
    check: Callable[[T, T], Check] | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How long a case may take.

    Attributes:
        rounds: Timed runs of each side.
        budget: Seconds after which a side is not run again; it is timed at least once.
        repeats: Calls in one timed run, where a call is short.
    """

    rounds: int
    budget: float = math.inf
    repeats: int = 1


@dataclass
class _Runner(Generic[T]):
    """A side that takes part, and its times in seconds, nan where it was not run."""

    run: Callable[[], T]
    row: Row
    seconds: list[float]
    spent: float


def compete(contest: str, case: str, sides: Sequence[Side[T]], effort: Effort) -> list[Row]:
    """Run all sides of a case in turn and compare them with the first, which is ours.

    The first call of each side is not timed: it compiles and fills caches, and its result is
    compared with ours. A side with another result is not timed.
    """
    runners, rows = list[_Runner[T]](), dict[str, Row]()
    ours: T | None = None
    for side in sides:
        row = Row(contest=contest, case=case, side=side.name, note=side.note)
        first = _first_run(side) if side is sides[0] else _without_fault(side)
        if isinstance(first, str):
            rows[side.name] = replace(row, note=f"not measured: {first}")
            continue
        run, result, spent = first
        check = side.check(ours, result) if side.check and ours is not None else None
        ours = result if ours is None else ours
        rows[side.name] = row = _checked(row, check)
        if row.note != OUTSIDE:
            runners.append(_Runner(run, row, [], spent))
    _time(runners, effort)
    rows |= {runner.row.side: _with_times(runner, runners[0]) for runner in runners}
    return list(rows.values())


def _first_run(side: Side[T]) -> tuple[Callable[[], T], T, float] | str:
    """What is timed, its first result, and the seconds of the first run; or why there is none."""
    run = missing(side.packages) or side.build()
    if isinstance(run, str):
        return run
    start = time.perf_counter()
    result = run()
    return run, result, time.perf_counter() - start


def _without_fault(side: Side[T]) -> tuple[Callable[[], T], T, float] | str:
    """As ``_first_run``, for a peer: its fault must not end the contest."""
    try:
        return _first_run(side)
    except Exception as error:
        return failed(error)


def failed(error: Exception) -> str:
    """A peer's fault in one line."""
    return one_line(f"it failed, {type(error).__name__}: {first_line(error)}", 120)


def _checked(row: Row, check: Check | None) -> Row:
    if check is None or check.passed:
        return replace(row, check=str(check or ""))
    return replace(row, check=str(check), note=OUTSIDE)


def missing(packages: Sequence[str]) -> str:
    """Says which packages are not installed; empty if all are."""
    names = [name for name in packages if find_spec(name) is None]
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} not installed" if names else ""


def _time(runners: Sequence[_Runner[T]], effort: Effort) -> None:
    for _ in range(effort.rounds):
        for runner in runners:
            if runner.spent > effort.budget and runner.seconds:
                runner.seconds.append(math.nan)
                continue
            start = time.perf_counter()
            for _ in range(effort.repeats):
                runner.run()
            elapsed = time.perf_counter() - start
            runner.spent += elapsed
            runner.seconds.append(elapsed / effort.repeats)


def _with_times(runner: _Runner[T], ours: _Runner[T]) -> Row:
    pairs = zip(runner.seconds, ours.seconds, strict=True)
    ratios = [one / other for one, other in pairs]
    return with_times(runner.row, runner.seconds, [] if runner is ours else ratios)


def with_times(row: Row, seconds: Sequence[float], ratios: Sequence[float] = ()) -> Row:
    """A row with medians and quartiles of times and ratios; nan among them is left out."""
    low, middle, high = quartiles(seconds)
    ratio_low, ratio, ratio_high = quartiles(ratios)
    return replace(
        row,
        seconds=middle,
        low=low,
        high=high,
        rounds=sum(not math.isnan(value) for value in seconds),
        ratio=ratio,
        ratio_low=ratio_low,
        ratio_high=ratio_high,
    )


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Lower quartile, median, upper quartile of the numbers that are not nan."""
    kept = [value for value in values if not math.isnan(value)]
    if not kept:
        return math.nan, math.nan, math.nan
    low, high = np.quantile(kept, [0.25, 0.75])
    return float(low), statistics.median(kept), float(high)
