"""The frame of record as the tables read it: one row per model and seed, one column per metric."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coupled_vae.errors import UserError

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

    Raises:
        UserError: The file is missing or damaged, or lacks a model or a metric.
    """
    try:
        frame = pd.read_csv(path)
        frame = frame[(frame["dataset"] == dataset) & frame["model"].isin(models)]
        # Not pivot_table: of a cell that stands twice it would silently take the mean.
        wide = frame.pivot(index=["model", "seed"], columns="metric", values=column)  # noqa: PD010
    except FileNotFoundError:
        raise UserError(
            f"{path}: no such file; run the rule that makes it (make reproduce)"
        ) from None
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(
            f"{path}: not a frame of metrics ({reason}); delete it and run again"
        ) from None
    there = set(zip(frame["model"], frame["metric"], strict=True))
    missing = [(m, metric) for m in models for metric in metrics if (m, metric) not in there]
    if missing:
        names = ", ".join(f"({dataset}, {m}, {metric})" for m, metric in missing[:8])
        raise UserError(
            f"{path} lacks {len(missing)} of {len(models) * len(metrics)} cells: {names}"
            f"{', ...' if len(missing) > 8 else ''}; run make reproduce to compute them"
        )
    return Results(wide)
