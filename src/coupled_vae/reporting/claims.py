"""Claims as data, and the verdict on each from frames of metrics alone.

A claim orders sides, models or constants, by one metric: each pair is (smaller, larger). Of a pair
we take the difference larger - smaller on every seed, and its t interval at 95 %, paired by seed.
The claim holds of the pair where the interval lies above the effect that counts. A claim of
several pairs holds where all of them hold; the pair that decides is shown.
"""

import warnings
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

Side = str | float  # name of a model or of a study's row, or a constant
Pair = tuple[Side, Side]
Cells = dict[tuple[Hashable, ...], pd.Series]  # values by seed, of experiment to model
Values = NDArray[np.float64]
Verdict = Literal["reproduced", "not reproduced", "undecided", "not run", "to be seen"]

LEVEL = 0.95
NAN = float("nan")
# A claim of several pairs has the first of these verdicts that one of its pairs has.
WORST_FIRST: tuple[Verdict, ...] = ("not reproduced", "not run", "undecided", "reproduced")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What somebody says of the results, and how a frame can show it.

    Attributes:
        says: The claim, one sentence without a result.
        source: Where it is said: a part of the paper, or ``README``.
        experiment: The paper's grid or a study, as in the column of the frame.
        dataset: Its name.
        metric: By the catalogue's name; empty where no frame can show the claim.
        pairs: Pairs of sides, each (smaller, larger).
        effect: What larger - smaller must exceed, in the metric's unit. A negative one is a
            margin: the larger side may be smaller by so much.
        target: Compare distances of the values from this number, in place of the values.
        evidence: What to look at, where no frame can show the claim.
    """

    says: str
    source: str
    experiment: str
    dataset: str
    metric: str = ""
    pairs: tuple[Pair, ...] = ()
    effect: float = 0.0
    target: float | None = None
    evidence: str = ""

    def __post_init__(self) -> None:
        """Refuse a claim that neither a frame nor a reader can check."""
        if bool(self.metric) != bool(self.pairs) or bool(self.metric) == bool(self.evidence):
            raise ValueError(f"claim {self.says!r}: give a metric with pairs, or evidence")
        if any(str not in map(type, pair) for pair in self.pairs):
            raise ValueError(f"claim {self.says!r}: a pair is of two constants")


def order(*sides: Side) -> tuple[Pair, ...]:
    """Sides from the smallest to the largest, as pairs of neighbours."""
    return tuple(pairwise(sides))


def below(side: Side, *others: Side) -> tuple[Pair, ...]:
    """One side is smaller than each of the others."""
    return tuple((side, other) for other in others)


def above(side: Side, *others: Side) -> tuple[Pair, ...]:
    """One side is larger than each of the others."""
    return tuple((other, side) for other in others)


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One pair of a claim: verdict, means of both sides, difference with its interval, seeds."""

    verdict: Verdict
    smaller: str = ""
    larger: str = ""
    smaller_mean: float = NAN
    larger_mean: float = NAN
    difference: float = NAN
    low: float = NAN
    high: float = NAN
    seeds: int = 0


def verdicts(frames: Iterable[pd.DataFrame], claims: Sequence[Claim]) -> pd.DataFrame:
    """The verdict on each claim, one row each, in order.

    Args:
        frames: Frames of metrics: experiment, dataset, model, seed, metric, value. A cell may be
            in one of them only.
        claims: What to check.

    Returns:
        Columns of ``Claim`` and, of the pair that decides, of ``Compared``.

    Raises:
        ValueError: A cell has two values.
    """
    frame = pd.concat(list(frames), ignore_index=True)
    key = ["experiment", "dataset", "metric", "model", "seed"]
    if frame.duplicated(key).any():
        raise ValueError("frames of metrics: a cell has two values")
    values = {
        cell: rows["value"] for cell, rows in frame.set_index("seed").groupby(key[:-1], sort=False)
    }
    return pd.DataFrame([_row(claim, values) for claim in claims])


def records(found: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of ``verdicts``, column to value."""
    return [{str(name): value for name, value in row.items()} for row in found.to_dict("records")]


def _row(claim: Claim, values: Cells) -> dict[str, object]:
    compared = Compared(verdict="to be seen")
    if claim.metric:
        compared = min((_compare(claim, pair, values) for pair in claim.pairs), key=_decides)
    stated = {name: value for name, value in vars(claim).items() if name != "pairs"}
    return stated | vars(compared)


def _decides(compared: Compared) -> tuple[int, float]:
    """Sorts pairs: the worst verdict first, then the interval that reaches lowest."""
    low = -np.inf if np.isnan(compared.low) else compared.low
    return WORST_FIRST.index(compared.verdict), low


def _compare(claim: Claim, pair: Pair, values: Cells) -> Compared:
    first, second = map(str, pair)
    sides = [_values(claim, side, values) for side in pair]
    if any(side is not None and side.empty for side in sides):
        return Compared(verdict="not run", smaller=first, larger=second)
    smaller, larger = _filled(sides, pair)
    low, high = interval(smaller, larger)
    means = float(smaller.mean(skipna=False)), float(larger.mean(skipna=False))
    return Compared(
        verdict=_verdict(low - claim.effect, high - claim.effect),
        smaller=first,
        larger=second,
        smaller_mean=means[0],
        larger_mean=means[1],
        difference=means[1] - means[0],
        low=low,
        high=high,
        seeds=min(len(smaller), len(larger)),
    )


def _values(claim: Claim, side: Side, values: Cells) -> pd.Series | None:
    """A model's values, indexed by seed, or their distances from the target; none of a constant."""
    if not isinstance(side, str):
        return None
    found = values.get((claim.experiment, claim.dataset, claim.metric, side))
    if found is None:
        return pd.Series(dtype=float)
    return found if claim.target is None else (found - claim.target).abs()


def _filled(sides: list[pd.Series | None], pair: Pair) -> list[pd.Series]:
    """Both sides, a constant with the seeds of the other side."""
    seeds = next(side.index for side in sides if side is not None)
    return [
        pd.Series(float(constant), index=seeds) if side is None else side
        for side, constant in zip(sides, pair, strict=True)
    ]


def interval(smaller: pd.Series, larger: pd.Series) -> tuple[float, float]:
    """Interval at 95 % of the mean difference larger - smaller.

    Paired where both sides have the same seeds, else Welch's. Undefined (nan) of a single seed and
    where a value is undefined.
    """
    if set(smaller.index) == set(larger.index):
        return _t_interval((larger - smaller.reindex(larger.index)).to_numpy(float))
    with warnings.catch_warnings():  # of a single seed scipy warns; its interval is nan
        warnings.simplefilter("ignore", RuntimeWarning)
        test = stats.ttest_ind(larger.to_numpy(float), smaller.to_numpy(float), equal_var=False)
        found = test.confidence_interval(LEVEL)
    return float(found.low), float(found.high)


def _t_interval(differences: Values) -> tuple[float, float]:
    n = len(differences)
    if n < 2:
        return NAN, NAN
    half = stats.t.ppf((1 + LEVEL) / 2, n - 1) * differences.std(ddof=1) / np.sqrt(n)
    return float(differences.mean() - half), float(differences.mean() + half)


def _verdict(low: float, high: float) -> Verdict:
    if low > 0:
        return "reproduced"
    return "not reproduced" if high < 0 else "undecided"
