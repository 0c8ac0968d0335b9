"""Figure 3: the aggregate posterior of every model on images, coloured by class.

All data have one colour if they have no classes, or more classes than there are colours.
"""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from coupled_vae.config.params import Figure3 as Settings
from coupled_vae.config.section import parse
from coupled_vae.data import dataset as datasets
from coupled_vae.pipeline.draws import Draws
from coupled_vae.reporting import labels
from coupled_vae.reporting.figures import _style as style
from coupled_vae.reporting.needs import Needs
from coupled_vae.reporting.rows import FigureInput
from coupled_vae.runtime.errors import UserError

Points = NDArray[np.floating[Any]]
Labels = NDArray[np.int64]

# Found by annealing: the smallest distance of two colours in OKLab, in the worst of normal, protan,
# deutan and tritan vision, is 0.11 (tab10: 0.01), and no two are equally light. Classes that models
# confuse (4 and 9, 3 and 5, ...) have the pairs that are furthest apart.
COLOURS = (
    *("#175f08", "#e693fd", "#dade06", "#0f6de2", "#a4761d"),
    *("#fc8a00", "#8d92b2", "#6f3d9f", "#b22560", "#01e7bd"),
)
PLAIN = "#0f6de2"  # of data without classes
PANEL, PITCH = 1.72, 1.82  # inches
LEFT, BOTTOM, TOP = 0.42, 0.58, 0.24
# Numerals are placed by smoothed densities; a numeral keeps others off by so many bins.
BINS, SMOOTHING, APART = 70, 2.0, 5

NEEDS = Needs(of="images", each="dataset")


def draw(given: FigureInput) -> None:
    """Draw the figure from its settings and from what the plan gives it.

    The panels show of each run's ``draws.npz`` the array ``code``, one draw z ~ q(z|x) of every
    datum, shape ``(n, 2)``.

    Raises:
        UserError: The latent space is no plane, or the draws are not of this data.
    """
    settings = parse(Settings, given.settings, "params.yaml: figures.figure3")
    (shown,) = given.datasets
    label = datasets.load(shown.data).label
    panels = [(title, _codes(path, len(label))) for title, path in shown.runs]
    with rc_context(style.STYLE):
        figure = _draw(panels, label, settings.extent)
    style.save(figure, given.out, given.name, style.title_of("figure3", shown.name))


def _codes(path: Path, n: int) -> Points:
    code = Draws(path).code
    if code.shape != (n, 2):
        raise UserError(
            f"{path}: code has shape {code.shape}; Figure 3 needs ({n}, 2), one point of a "
            "two-dimensional latent space for every datum"
        )
    return code


def _draw(panels: list[tuple[str, Points]], label: Labels, extent: float) -> Figure:
    width, height = LEFT + len(panels) * PITCH, BOTTOM + PANEL + TOP
    figure = Figure(figsize=(width, height))
    lefts = [LEFT + column * PITCH for column in range(len(panels))]
    (row,) = style.panels(figure, lefts, [BOTTOM], PANEL, PANEL)
    with_classes = label.min() >= 0 and label.max() < len(COLOURS)
    colours = np.array(COLOURS)[label] if with_classes else np.full(len(label), PLAIN)
    for column, (axes, (title, code)) in enumerate(zip(row, panels, strict=True)):
        _points(axes, code, colours)
        if with_classes:
            _numerals(axes, code, label, extent)
        _note(axes, code, extent)
        axes.set(xlim=(-extent, extent), ylim=(-extent, extent))
        axes.set(xticks=(-2, 0, 2), yticks=(-2, 0, 2))
        axes.tick_params(labelleft=column == 0)
        axes.set_xlabel("$z_1$", labelpad=1)
        axes.set_title(labels.plot(title), fontweight="bold", pad=4)
    figure.axes[0].set_ylabel("$z_2$", labelpad=1)
    if with_classes:
        _legend(figure, np.unique(label), (LEFT + width - PITCH + PANEL) / 2 / width)
    return figure


def _points(axes: Axes, code: Points, colours: NDArray[np.str_]) -> None:
    for radius in (1, 2, 3):  # standard deviations of the prior N(0, I)
        axes.add_patch(Circle((0, 0), radius, fill=False, ec="0.75", lw=0.5, zorder=0))
    # In random order, else the last class would lie on top of all others.
    order = np.random.default_rng(0).permutation(len(code))
    z1, z2 = code[order].T
    axes.scatter(z1, z2, s=2.6, c=colours[order], alpha=0.9, linewidths=0, rasterized=True)


def _numerals(axes: Axes, code: Points, label: Labels, extent: float) -> None:
    halo = [withStroke(linewidth=1.6, foreground="white")]
    for digit, (z1, z2) in _places(code, label, extent).items():
        text = axes.text(z1, z2, str(digit), fontsize=7, weight="bold", path_effects=halo)
        text.set(ha="center", va="center")


def _note(axes: Axes, code: Points, extent: float) -> None:
    # Written so that a code that is not a number counts as outside.
    outside = int((~(np.abs(code) <= extent).all(axis=1)).sum())
    if outside:
        text = axes.text(0.98, 0.015, f"{outside} outside", fontsize=6, transform=axes.transAxes)
        text.set(ha="right", color="0.35")


def _places(code: Points, label: Labels, extent: float) -> dict[int, tuple[float, float]]:
    """Where the numeral of each class stands: where it is dense and has the place to itself.

    A mean would lie in a neighbour's region, or in a hole, when a class is bent or in pieces.
    """
    edges = np.linspace(-extent, extent, BINS + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    densities = {}
    for digit in np.unique(label):
        z1, z2 = code[label == digit].T
        counts, _, _ = np.histogram2d(z1, z2, bins=[edges, edges])
        if counts.any():
            densities[int(digit)] = gaussian_filter(counts, SMOOTHING, mode="constant")
    all_classes = np.maximum(sum(densities.values()), 1e-12)
    places = {}
    taken = np.zeros((BINS, BINS), bool)
    for digit, density in densities.items():
        merit = np.where(taken, -1, density * density / all_classes)  # density times share
        first, second = np.unravel_index(merit.argmax(), merit.shape)
        places[digit] = (float(middles[first]), float(middles[second]))
        taken[max(0, first - APART) :, max(0, second - APART) :][: 2 * APART, : 2 * APART] = True
    return places


def _legend(figure: Figure, classes: Labels, middle: float) -> None:
    handles = [
        Line2D([], [], ls="", marker="o", ms=5, mew=0, color=COLOURS[digit], label=str(digit))
        for digit in classes
    ]
    figure.legend(
        handles=handles,
        loc="lower center",
        bbox_to_anchor=(middle, 0),
        borderaxespad=0.1,
        ncols=len(handles),
        columnspacing=1.2 if len(figure.axes) > 2 else 0.4,
        handletextpad=0,
        frameon=False,
    )
