"""What the paper's report shows beside its results, as far as it exists when the report is written.

The search is another experiment, and seconds are measurements: the report needs neither, so that a
fresh clone can write it. What does not exist is said to be missing.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coupled_vae.metrics import catalogue
from coupled_vae.reporting import labels
from coupled_vae.reporting.rows import CostRow, DatasetRows, SearchTables
from coupled_vae.reporting.tables._render import number, plus_minus
from coupled_vae.reporting.tables._results import read
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import read_json, read_text

NOT_MEASURED = "not measured here"


@dataclass(frozen=True)
class Searched:
    """Tables in Markdown of one part of the search, by file; none if it is not run."""

    heading: str
    tables: list[tuple[Path, str]]


@dataclass(frozen=True)
class Cost:
    """What training a model took, as shown; ``measured`` is whether anything is known."""

    data: str
    model: str
    seeds: str
    seconds: str
    memory: str
    machines: frozenset[str]


def searched(given: list[SearchTables]) -> list[Searched]:
    """The tables of the search that exist.

    Raises:
        UserError: A table cannot be read.
    """
    return [
        Searched(
            part.heading, [(file, read_text(file)) for file in sorted(part.folder.glob("*.md"))]
        )
        for part in given
    ]


def costs(given: list[CostRow]) -> list[Cost]:
    """CPU seconds and peak memory of every model, mean ± standard deviation between its seeds.

    Raises:
        UserError: A file of measurements is damaged.
    """
    return [_cost(row) for row in given]


def _cost(row: CostRow) -> Cost:
    found = [_measured(path) for path in row.files if path.is_file()]
    machines = frozenset(machine for _, _, machine in found)
    return Cost(
        data=labels.clean(row.data),
        model=labels.clean(row.model),
        seeds=str(len(found)) if found else "",
        seconds=_spread([seconds for seconds, _, _ in found]),
        memory=_spread([memory for _, memory, _ in found]),
        machines=machines,
    )


def _measured(path: Path) -> tuple[float, float, str]:
    """Seconds, megabytes (nan if unknown) and the machine of one training."""
    tree = read_json(path)
    try:
        memory = tree["peak_memory_mb"]
        machine = f"{tree['machine']}, {tree['device']}, torch {tree['torch']}"
        return float(tree["train_seconds"]), float("nan" if memory is None else memory), machine
    except (TypeError, KeyError, ValueError):
        raise UserError(f"{path}: no measurement of a training; delete it") from None


def _spread(values: Sequence[float]) -> str:
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return NOT_MEASURED
    error = float(np.std(known, ddof=1)) if len(known) > 1 else math.nan
    return plus_minus(float(np.mean(known)), error, 0)


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
    models = [*own.models, *own.beside]
    wanted = [name for name in own.metrics if catalogue.flaw(name, math.nan)]
    values = read(metrics, "value", own.name, [name for name, _ in models], own.metrics)
    for name, label in models:
        seeds = [int(n) for n in values.frame.loc[[name]].index.get_level_values("seed")]
        undefined = {metric: np.isnan(values.of(name, metric)) for metric in wanted}
        for place, seed in enumerate(seeds):
            lost = ", ".join(metric for metric in wanted if undefined[metric][place])
            if lost:
                yield Failed(labels.clean(own.label), labels.clean(label), seed, lost)


def count(datasets: list[DatasetRows], seeds: int) -> str:
    """How many cells the report is on."""
    run = [own for own in datasets if own.run]
    cells = seeds * sum(len(own.models) + len(own.beside) for own in run)
    return number(cells, 0)
