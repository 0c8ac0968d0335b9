"""The frame of record as the tables read it: one row per model and seed, one column per metric."""

import math
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coupled_vae.metrics import catalogue
from coupled_vae.runtime import frames
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import AGAIN
from coupled_vae.runtime.frames import Columns, Text
from coupled_vae.runtime.ranges import Number

KEY = ["dataset", "model", "seed", "metric"]
COLUMNS: Columns = {
    "experiment": Text(),
    "dataset": Text(),
    "model": Text(),
    "seed": Number(low=0, whole=True),
    "metric": Text(choices=tuple(catalogue.METRICS)),
}
VALUES = {"value": Number(undefined=True), "resampling_std": Number(low=0, empty=True)}

Names = list[tuple[str, str]]  # pairs of a model's name and its label, in the order of the rows


@dataclass(frozen=True)
class Results:
    """Values of one dataset, indexed by model and seed; a column per metric.

    The statistics below are over the seeds of one model, and undefined (nan) as soon as one of
    the values is: a missing number must not make a model look better.
    """

    frame: pd.DataFrame

    def of(self, model: str, metric: str) -> NDArray[np.float64]:
        """Values of all seeds, shape ``(n,)``."""
        values: NDArray[np.float64] = self.frame.loc[[model], metric].to_numpy(float)
        return values

    def mean(self, model: str, metric: str) -> float:
        """Mean over the seeds."""
        return float(self.of(model, metric).mean())

    def std(self, model: str, metric: str) -> float:
        """Standard deviation from seed to seed (n - 1); nan of a single seed."""
        values = self.of(model, metric)
        return float(values.std(ddof=1)) if len(values) > 1 else float("nan")

    def error(self, model: str, metric: str) -> float:
        """Standard error of the mean over the seeds; nan of a single seed."""
        return self.std(model, metric) / math.sqrt(len(self.of(model, metric)))

    def spread(self, model: str, metric: str) -> dict[str, float]:
        """The columns ``{metric}_mean`` and ``{metric}_seed_std`` of a table."""
        return {
            f"{metric}_mean": self.mean(model, metric),
            f"{metric}_seed_std": self.std(model, metric),
        }

    def min(self, model: str, metric: str) -> float:
        """Smallest over the seeds."""
        return float(self.of(model, metric).min())


def read(path: Path, column: str, dataset: str, models: list[str], metrics: list[str]) -> Results:
    """Read ``metrics.csv`` (column ``value``) or ``resampling.csv`` (``resampling_std``).

    A value may be nan, of what could not be measured; statistics of it are then nan too.

    Raises:
        UserError: The file is missing or damaged, lacks a model, a seed or a metric, or has a value
            that its metric cannot have.
    """
    frame = frames.read(path, "frame of metrics", {**COLUMNS, column: VALUES[column]}, key=KEY)
    if column == "value":
        _check_values(path, frame)
    frame = frame[(frame["dataset"] == dataset) & frame["model"].isin(models)]
    _check_complete(path, frame, dataset, models, metrics)
    # Not pivot_table: of a cell that stands twice it would silently take the mean.
    return Results(frame.pivot(index=["model", "seed"], columns="metric", values=column))  # noqa: PD010


def _check_values(path: Path, frame: pd.DataFrame) -> None:
    for metric, value in zip(frame["metric"], frame["value"], strict=True):
        if flaw := catalogue.flaw(metric, value, failed=True):
            raise UserError(f"{path}: not a frame of metrics ({metric} {value:g} {flaw}); {AGAIN}")


def _check_complete(
    path: Path, frame: pd.DataFrame, dataset: str, models: list[str], metrics: list[str]
) -> None:
    """Every model has the same seeds, and each of them every metric."""
    present = set(frame[["model", "seed", "metric"]].itertuples(index=False, name=None))
    seeds = sorted(set(frame["seed"])) or ["any"]
    wanted = list(product(models, seeds, metrics))
    missing = [key for key in wanted if key not in present]
    if missing:
        names = ", ".join(f"({dataset}, {m}, seed {s}, {metric})" for m, s, metric in missing[:8])
        raise UserError(
            f"{path} lacks {len(missing)} of {len(wanted)} cells: {names}"
            f"{', ...' if len(missing) > 8 else ''}; run make reproduce to compute them"
        )
