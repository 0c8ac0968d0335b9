"""The figure of a study: samples and latents of every row, and curves where a number varies."""

import re
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter
from numpy.typing import NDArray

from coupled_vae.data import dataset as datasets
from coupled_vae.metrics import catalogue
from coupled_vae.pipeline.draws import Draws
from coupled_vae.reporting import labels
from coupled_vae.reporting.figures import _style as style

Points = NDArray[np.floating[Any]]
Row = dict[str, Any]

PANEL, PITCH = 1.72, 2.16  # inches
LEFT, TOP, GAP, BOTTOM, CURVE = 0.58, 0.62, 0.42, 0.45, 1.5
CURVE_GAP, CURVE_BOTTOM, CURVE_TOP = 0.66, 0.42, 0.2  # between, below and above curves
HEADING, EDGE = 0.17, 0.1  # from the top to the heading's middle; at the right of all panels
LEGEND_LINE, LEGEND_MARGIN = 0.13, 0.1  # inches: one line of the legend, and below it
LEGEND: dict[str, Any] = {
    "fontsize": 6,
    "frameon": False,
    "handlelength": 2.4,
    "labelspacing": 0.4,
    "borderpad": 0,
    "borderaxespad": 0,
}
LINES = "--", ":", "-."  # of the rows without a number
CURVES = catalogue.shown("high_density_ratio", "in_mode_std", "hole_mass", "mmd_rbf")


def figure(title: str, rows: list[Row], draws: list[Draws], data: Path, out: Path) -> None:
    """Write ``figure.png``, ``figure.svg`` and ``figure.pdf`` into a folder.

    Args:
        title: Of the whole.
        rows: Rows of the study's table; where some have a number as ``value``, they make curves.
        draws: Of each row, from the run of its first seed: ``sample``, shape ``(m, 2)``, and
            ``code``, one draw z ~ q(z|x) of every datum, shape ``(n, latent_dim)``.
        data: The dataset's ``.npz``, points in a plane.
        out: The folder.
    """
    x = datasets.load(data).x
    with rc_context(style.STYLE):
        drawn = _draw(title, rows, draws, x)
    style.save(drawn, out, "figure", f"{labels.clean(title)}: samples and latents of every row")


def _draw(title: str, rows: list[Row], draws: list[Draws], x: Points) -> Figure:
    curves = any(row["value"] is not None for row in rows)
    width = LEFT + len(rows) * PITCH + EDGE
    gallery = TOP + 2 * PANEL + GAP + BOTTOM
    height = gallery + (CURVE_TOP + CURVE + CURVE_BOTTOM + _legend_height(rows) if curves else 0)
    page = Figure(figsize=(width, height))
    heading = page.text(LEFT / width, 1 - HEADING / height, labels.plot(title))
    heading.set(fontsize=10, fontweight="bold", va="center")
    colours = style.colours_by_place(x)
    lefts = [LEFT + column * PITCH for column in range(len(rows))]
    bottoms = [height - TOP - PANEL, height - TOP - 2 * PANEL - GAP]
    grid = style.panels(page, lefts, bottoms, PANEL, PANEL)
    for column, (row, arrays) in enumerate(zip(rows, draws, strict=True)):
        upper, lower = grid[:, column]
        upper.set_title(labels.plot(row["label"]), fontsize=8, pad=4)
        _samples(upper, arrays.sample, x)
        _latents(lower, arrays.code, colours)
        for axes, name in ((upper, "samples"), (lower, "aggregate posterior")):
            if column == 0:
                _name(axes, name)
    if curves:
        _curves(page, rows, width, height)
    return page


def _name(axes: Axes, name: str) -> None:
    """Name of a row of panels, at the left of the first one's axis label."""
    text = axes.annotate(name, (0, 0.5), (-30, 0), "axes fraction", "offset points", rotation=90)
    text.set(ha="center", va="center", fontsize=8)


def _samples(axes: Axes, sample: Points, x: Points) -> None:
    low, high = x.min(axis=0), x.max(axis=0)
    margin = 0.08 * (high - low)
    axes.scatter(
        sample[:, 0], sample[:, 1], s=0.6, c=style.INK, alpha=0.5, linewidths=0, rasterized=True
    )
    axes.set(xlim=(low[0] - margin[0], high[0] + margin[0]), xticks=[])
    axes.set(ylim=(low[1] - margin[1], high[1] + margin[1]), yticks=[])
    _axis_names(axes, "x")
    axes.set_aspect("equal")


def _latents(axes: Axes, code: Points, colours: Points) -> None:
    """Codes in their plane, coloured by where their datum lies; of an atomic prior, each atom."""
    if code.shape[1] > 3:
        _atoms(axes, code, colours)
        return
    if code.shape[1] == 3:  # shares that sum to one: the triangle they lie in
        corners = np.array([[-1, -np.sqrt(1 / 3)], [1, -np.sqrt(1 / 3)], [0, np.sqrt(4 / 3)]])
        code = code @ corners
    order = np.random.default_rng(0).permutation(len(code))
    z1, z2 = code[order].T
    axes.scatter(z1, z2, s=1.2, c=colours[order], linewidths=0, rasterized=True)
    reach = np.abs(code).max() * 1.05
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach))
    axes.set_aspect("equal")
    axes.tick_params(labelsize=6)
    _axis_names(axes, "z")


def _axis_names(axes: Axes, letter: str) -> None:
    axes.set_xlabel(f"${letter}_1$", labelpad=1, fontsize=7)
    axes.set_ylabel(f"${letter}_2$", labelpad=0, fontsize=7)


def _atoms(axes: Axes, code: Points, colours: Points) -> None:
    """Mass of each code under the aggregate posterior, in the mean colour of its data."""
    owner = code.argmax(axis=1)
    counts = np.bincount(owner, minlength=code.shape[1])
    order = np.argsort(-counts, kind="stable")
    sums = np.zeros((code.shape[1], 3))
    np.add.at(sums, owner, colours)
    mean = sums / np.maximum(counts, 1)[:, None]
    share = 100 * counts[order] / len(code)
    axes.bar(np.arange(len(order)), share, width=1.0, color=mean[order])
    axes.axhline(100 / code.shape[1], color=style.ALARM, lw=0.8)
    axes.set(xticks=[], xlim=(-1, len(order)))
    axes.tick_params(labelsize=6)
    axes.set_xlabel("codes", labelpad=2)
    axes.set_ylabel("mass of each code (%)", labelpad=0, fontsize=7)


def _levels(rows: list[Row]) -> list[tuple[Row, str]]:
    """Rows without a number, each with its line style: horizontal lines beside the curves."""
    return list(zip((row for row in rows if row["value"] is None), LINES, strict=False))


def _legend_lines(rows: list[Row]) -> list[tuple[str, str]]:
    """Label and line style of each horizontal line that has a label."""
    named = ((labels.plot(row["label"]), line) for row, line in _levels(rows))
    return [(name, line) for name, line in named if name.strip()]


def _legend_height(rows: list[Row]) -> float:
    """Inches below the panels for the legend, one line for each entry."""
    lines = len(_legend_lines(rows))
    return lines * LEGEND_LINE + LEGEND_MARGIN if lines else 0


def _curves(page: Figure, rows: list[Row], width: float, height: float) -> None:
    """One panel for each metric: a curve over the numbered rows, a line for each other row."""
    numbered = sorted((row for row in rows if row["value"] is not None), key=lambda r: r["value"])
    each = (width - LEFT - EDGE + CURVE_GAP) / len(CURVES)
    bottom = CURVE_BOTTOM + _legend_height(rows)
    lefts = [LEFT + place * each for place in range(len(CURVES))]
    (panels,) = style.panels(page, lefts, [bottom], each - CURVE_GAP, CURVE)
    name = _varied(numbered)
    for axes, (metric, (label, _, scale)) in zip(panels, CURVES.items(), strict=True):
        means, errors = (
            scale * np.array([row[f"{metric}_{kind}"] for row in numbered], float)
            for kind in ("mean", "seed_std")
        )
        values = [row["value"] for row in numbered]
        axes.errorbar(values, means, np.nan_to_num(errors), fmt="o-", color=style.INK, ms=3, lw=1)
        for row, line in _levels(rows):
            axes.axhline(scale * row[f"{metric}_mean"], ls=line, color=style.ALARM, lw=1)
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(10))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xlabel(name, labelpad=1)
        axes.set_ylabel(label, labelpad=2)
        axes.margins(y=0.15)
    _legend(page, rows, width, height)


def _varied(rows: list[Row]) -> str:
    """Name of the number that varies, which stands in the labels of most rows: "eps = 0.1"."""
    names = [row["label"].partition("=")[0].strip() for row in rows if "=" in row["label"]]
    return labels.plot(max(names, key=names.count)) if names else "value of the row"


def _legend(page: Figure, rows: list[Row], width: float, height: float) -> None:
    """Names of the horizontal lines, below all panels: a panel of a short study is too narrow."""
    # matplotlib leaves a label with an underscore in front out of the legend.
    handles = [
        Line2D([], [], ls=line, color=style.ALARM, lw=1, label=re.sub("^_", " _", name))
        for name, line in _legend_lines(rows)
    ]
    if handles:
        page.legend(
            handles=handles,
            loc="lower left",
            bbox_to_anchor=(LEFT / width, LEGEND_MARGIN / 2 / height),
            **LEGEND,
        )
