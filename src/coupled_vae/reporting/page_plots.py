"""Geometry of the small plots of a page; the template draws it as SVG.

Coordinates are text with one decimal, so that equal numbers give equal bytes on every machine.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from coupled_vae.metrics.catalogue import Metric
from coupled_vae.reporting.tables._render import number
from coupled_vae.runtime import frames
from coupled_vae.runtime.files import read_text
from coupled_vae.runtime.ranges import Number

WIDTH, EDGE = 300, 8  # of a plot of seeds, in units of its drawing
ROW, TOP = 30, 4  # height of a model's row, space above the first
SIZE = (180, 90)  # of a curve


@dataclass(frozen=True)
class Dot:
    """One seed: where it is, and what it is."""

    x: str
    says: str


@dataclass(frozen=True)
class StripRow:
    """One model: label, mean, dots, and where the mean and the paper's number are, if at all."""

    label: str
    mean: str
    y: int
    dots: list[Dot]
    mean_x: str
    paper_x: str


@dataclass(frozen=True)
class Strip:
    """A metric: every seed of every model as a dot."""

    title: str
    meaning: str
    low: str
    high: str
    height: int
    rows: list[StripRow]


@dataclass(frozen=True)
class Curve:
    """A term of the loss during a training."""

    title: str
    points: str
    low: str
    high: str
    last: str


class Axis:
    """From values to coordinates between two edges; undefined values have none.

    Args:
        values: What must be inside.
        start: Coordinate of the smallest value.
        end: Coordinate of the largest value.
    """

    def __init__(self, values: Iterable[float], start: float, end: float) -> None:
        known = [value for value in values if math.isfinite(value)]
        self.low, self.high = (min(known), max(known)) if known else (math.nan, math.nan)
        self.start, self.end = start, end

    def at(self, value: float) -> str:
        """The coordinate; empty if the value is undefined. Equal values are in the middle."""
        if not math.isfinite(value):
            return ""
        span = self.high - self.low
        share = (value - self.low) / span if span else 0.5
        return f"{self.start + share * (self.end - self.start):.1f}"


def strip(
    title: str,
    metric: Metric,
    models: Sequence[tuple[str, dict[int, float]]],
    printed: Sequence[float],
) -> Strip:
    """The plot of a metric.

    Args:
        title: With the unit.
        metric: From the catalogue.
        models: Label, and value by seed, of each model.
        printed: The paper's number of each model; nan where it has none.
    """
    values = [value for _, seeds in models for value in seeds.values()]
    axis = Axis([*values, *printed], EDGE, WIDTH - EDGE)
    _, decimals, scale = metric.shown
    rows = [
        StripRow(
            label=label,
            mean=number(_mean(seeds.values()), decimals, scale),
            y=TOP + ROW * index,
            dots=[
                Dot(axis.at(value), f"seed {seed}: {number(value, decimals, scale)}")
                for seed, value in seeds.items()
                if math.isfinite(value)
            ],
            mean_x=axis.at(_mean(seeds.values())),
            paper_x=axis.at(paper),
        )
        for index, ((label, seeds), paper) in enumerate(zip(models, printed, strict=True))
    ]
    low, high = (number(value, decimals, scale) for value in (axis.low, axis.high))
    return Strip(title, metric.meaning, low, high, TOP + ROW * len(rows), rows)


def _mean(values: Iterable[float]) -> float:
    found = [*values]
    return math.fsum(found) / len(found)


def curves(path: Path) -> list[Curve]:
    """The curves of a ``history.csv``: one for each of its terms, over the iterations.

    Raises:
        UserError: The file is missing or damaged.
    """
    header = read_text(path).partition("\n")[0].split(",")
    columns = {name: Number() for name in (*header, "iteration")}
    frame = frames.read(path, "history", columns, key=["iteration"])
    steps = frame["iteration"].to_list()
    return [_curve(name, steps, frame[name].to_list()) for name in header if name != "iteration"]


def _curve(name: str, steps: list[float], values: list[float]) -> Curve:
    width, height = SIZE
    across, up = Axis(steps, 2, width - 2), Axis(values, height - 4, 4)
    points = " ".join(f"{across.at(x)},{up.at(y)}" for x, y in zip(steps, values, strict=True))
    low, high = f"{up.low:.4g}", f"{up.high:.4g}"
    return Curve(name.replace("_", " "), points, low, high, f"{across.high:g}")
