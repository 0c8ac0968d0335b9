"""Figure 1: what five models make of the mixture of Gaussians, in five columns."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from coupled_vae.config.evaluation import ModeSettings
from coupled_vae.config.params import Figure1 as Settings
from coupled_vae.config.section import parse
from coupled_vae.data import dataset as datasets
from coupled_vae.data.dataset import Dataset
from coupled_vae.metrics.modes import assign
from coupled_vae.pipeline.draws import Draws
from coupled_vae.reporting.figures import _planes as planes
from coupled_vae.reporting.figures import _style as style
from coupled_vae.reporting.needs import Needs
from coupled_vae.reporting.rows import FigureInput
from coupled_vae.runtime.errors import UserError

COLUMNS = (
    ("Random samples", "orange: off the modes"),
    ("Reconstructions", "coloured by mode"),
    ("Latent means", "coloured by mode"),
    ("Aggregate posterior", "density, one scale"),
    ("Posterior of ○", "root of the density, with a lens"),
)
MARGIN = 1.18  # of the panels of data, about the discs of the modes
PANEL, PITCH, APART = 1.45, 1.55, 0.36  # inches
LEFT, BOTTOM, TOP = 0.72, 0.36, 0.28

NEEDS = Needs(of="modes", each="first", planar=True, with_modes=True)


def draw(given: FigureInput) -> None:
    """Draw the figure from its settings and from what the plan gives it."""
    settings = parse(Settings, given.settings, "params.yaml: figures.figure1")
    (shown,) = given.datasets
    assert given.modes is not None
    figure1(shown.runs, shown.data, given.modes, settings, given.out)


def figure1(
    runs: list[tuple[str, Path]],
    data: Path,
    modes: ModeSettings,
    settings: Settings,
    out: Path,
) -> None:
    """Write ``figure1.png``, ``figure1.svg`` and ``figure1.pdf`` into a folder.

    Args:
        runs: Label and ``draws.npz`` of every row, from the top.
        data: The dataset's ``.npz``; two-dimensional, with known centres.
        modes: Radius of the modes, and which datum's posterior is shown.
        settings: Extent of the latent panels and number of bins.
        out: The folder.

    Raises:
        UserError: The data or the latent space is not a plane, or the centres are unknown.
    """
    dataset = datasets.load(data)
    if dataset.x.shape[1] != 2 or not len(dataset.centres):
        raise _no_plane(data)
    n = len(dataset.x)
    rows = [(label, Draws(path, n=n)) for label, path in runs]
    if any(draws.sample.shape[1] != 2 or draws.aggregate.shape[1] != 2 for _, draws in rows):
        raise _no_plane(data)
    _check(data, dataset, modes, [arrays.posterior_axis for _, arrays in rows])
    with rc_context(style.STYLE):
        figure = _draw(rows, dataset, modes, settings)
    style.save(figure, out, "figure1", style.title_of("figure1", ""))


def _no_plane(data: Path) -> UserError:
    return UserError(
        f"{data}: Figure 1 needs two-dimensional data with known centres and a "
        "two-dimensional latent space; choose such a dataset in experiments.paper.datasets"
    )


def _check(
    data: Path, dataset: Dataset, modes: ModeSettings, axes: list[NDArray[np.floating[Any]]]
) -> None:
    if modes.posterior_datum >= len(dataset.x):
        raise UserError(
            f"{data}: evaluation.posterior_datum {modes.posterior_datum} is not a datum; "
            f"choose from 0 to {len(dataset.x) - 1}"
        )
    if min(map(len, axes)) < 2:
        raise UserError(f"{data}: the draws of Figure 1 have no posterior density; draw them again")


def _draw(
    rows: list[tuple[str, Draws]], dataset: Dataset, modes: ModeSettings, settings: Settings
) -> Figure:
    extent, bins = settings.extent, settings.density_bins
    densities = [planes.density(arrays.aggregate, extent, bins) for _, arrays in rows]
    # The scale of all rows: a single narrow peak may saturate, the rest must stay readable.
    top = max(float(np.quantile(density, 0.995)) for density in densities)
    figure, grid = _panels(len(rows))
    for axes, (label, arrays), density in zip(grid, rows, densities, strict=True):
        _samples(axes[0], arrays.sample, dataset, modes)
        _reconstructions(axes[1], arrays.reconstruction, dataset, modes)
        _latent_means(axes[2], arrays.latent_mean, dataset)
        planes.image(axes[3], density, extent, top)
        planes.posterior(axes[4], arrays)
        style.name_row(axes[0], label)
    _decorate(grid, _data_limits(dataset, modes), extent)
    return figure


def _mode_discs(axes: Axes, dataset: Dataset, radius: float) -> None:
    size = 2 * radius * np.ones(len(dataset.centres))
    axes.add_collection(
        EllipseCollection(
            size,
            size,
            np.zeros_like(size),
            units="xy",
            offsets=dataset.centres,
            offset_transform=axes.transData,
            facecolor=style.FAINT,
            edgecolor="none",
            zorder=0,
        )
    )


def _samples(
    axes: Axes, points: NDArray[np.floating[Any]], dataset: Dataset, modes: ModeSettings
) -> None:
    radius = modes.high_density_radius * dataset.std
    inside = assign(points, dataset.centres, radius).high_density
    _mode_discs(axes, dataset, radius)
    planes.scatter(axes, points[inside], style.INK, 0.5)
    planes.scatter(axes, points[~inside], style.ALARM, 0.7)


def _reconstructions(
    axes: Axes, points: NDArray[np.floating[Any]], dataset: Dataset, modes: ModeSettings
) -> None:
    _mode_discs(axes, dataset, modes.high_density_radius * dataset.std)
    planes.scatter(axes, points, _colours(dataset), 0.6)
    axes.plot(*dataset.x[modes.posterior_datum], "o", ms=5, mfc="none", mec="black", mew=0.8)


def _colours(dataset: Dataset) -> NDArray[np.float64]:
    """Of each datum the colour of its nearest mode; a reader's labels may be of other classes."""
    nearest = assign(dataset.x, dataset.centres, np.inf).nearest
    return style.colours_by_place(dataset.centres)[nearest]


def _latent_means(axes: Axes, points: NDArray[np.floating[Any]], dataset: Dataset) -> None:
    # In random order, else the last mode would lie on top of all others.
    order = np.random.default_rng(0).permutation(len(points))
    colours = _colours(dataset)
    planes.scatter(axes, points[order], colours[order], 0.8)


def _panels(num_rows: int) -> tuple[Figure, NDArray[np.object_]]:
    """Square panels placed in inches, data and latent columns a little apart."""
    left = [LEFT + column * PITCH + (column >= 2) * APART for column in range(len(COLUMNS))]
    width, height = left[-1] + PANEL + 0.08, BOTTOM + num_rows * PITCH + TOP
    figure = Figure(figsize=(width, height))
    bottoms = [BOTTOM + row * PITCH for row in reversed(range(num_rows))]
    return figure, style.panels(figure, left, bottoms, PANEL, PANEL)


def _data_limits(dataset: Dataset, modes: ModeSettings) -> NDArray[np.float64]:
    """Lowest and highest value of both axes of a square about all modes, shape ``(2, 2)``."""
    low, high = dataset.centres.min(axis=0), dataset.centres.max(axis=0)
    half = (high - low).max() / 2 + modes.high_density_radius * dataset.std
    reach = float(f"{MARGIN * half:.2g}")
    middle = ((low + high) / 2).astype(np.float64)
    return np.stack([middle - reach, middle + reach], axis=1)


def _decorate(grid: NDArray[np.object_], data: NDArray[np.float64], extent: float) -> None:
    """Common axes of every column, titles above, numbers at the outer edges only."""
    latent = [(-extent, extent)] * 2
    for (row, column), axes in np.ndenumerate(grid):
        across, up = data if column < 2 else latent
        axes.set(xlim=across, ylim=up)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        letter = "x" if column < 2 else "z"
        style.label_outer(axes, letter, below=row == len(grid) - 1, left=column in (0, 2))
    for axes, (title, subtitle) in zip(grid[0], COLUMNS, strict=True):
        axes.set_title(title, pad=15)
        style.subtitle(axes, subtitle)
