"""How many cells the paper's report is on, and those of which a metric could not be measured."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coupled_vae.metrics import catalogue
from coupled_vae.reporting import labels
from coupled_vae.reporting.rows import DatasetRows
from coupled_vae.reporting.tables._render import number
from coupled_vae.reporting.tables._results import read


@dataclass(frozen=True)
class Failed:
    """A cell with metrics that could not be measured."""

    data: str
    model: str
    seed: int
    metrics: str


def failed(datasets: list[DatasetRows], metrics: Path) -> list[Failed]:
    """The cells of which a metric is undefined that each cell of their data should have.

    Raises:
        UserError: The frame of metrics is missing, damaged or incomplete.
    """
    return [cell for own in datasets if own.run for cell in _failed(own, metrics)]


def _failed(own: DatasetRows, metrics: Path) -> Iterator[Failed]:
    wanted = [name for name in own.metrics if catalogue.flaw(name, math.nan)]
    values = read(metrics, "value", own.name, [name for name, _ in own.models], own.metrics)
    for name, label in own.models:
        seeds = [int(n) for n in values.frame.loc[[name]].index.get_level_values("seed")]
        undefined = {metric: np.isnan(values.of(name, metric)) for metric in wanted}
        for place, seed in enumerate(seeds):
            lost = ", ".join(metric for metric in wanted if undefined[metric][place])
            if lost:
                yield Failed(labels.clean(own.label), labels.clean(label), seed, lost)


def count(datasets: list[DatasetRows], seeds: int) -> str:
    """How many cells the report is on."""
    run = [own for own in datasets if own.run]
    cells = seeds * sum(len(own.models) for own in run)
    return number(cells, 0)
