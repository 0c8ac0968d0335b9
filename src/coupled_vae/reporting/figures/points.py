"""Points whose modes are not known: what every model makes of them, in four columns."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from coupled_vae.data import dataset as datasets
from coupled_vae.data.dataset import Dataset
from coupled_vae.pipeline.draws import Draws
from coupled_vae.reporting.figures import _planes as planes
from coupled_vae.reporting.figures import _style as style
from coupled_vae.reporting.figures._views import View, colours_of, data_axes, latent_axes, view_of
from coupled_vae.reporting.needs import Needs
from coupled_vae.reporting.rows import FigureInput
from coupled_vae.runtime.errors import UserError

Points = NDArray[np.floating[Any]]
# Of each column the title, and what is shown where there is a plane or else one coordinate.
TITLES = (
    ("Samples", "dark, on grey data", "dark, on grey data"),
    ("Latent means", "colours of the data", "histogram"),
    ("Aggregate posterior", "lines: 50 % and 95 % of the prior", "on the grey prior"),
    ("Posterior of ○", "root of the density, with a lens", ""),
)
MOST_DOT, FEW = 5.0, 2000  # largest size of a dot; so many data have the usual size
PANEL, PITCH, APART = 1.45, 1.55, 0.42  # inches
LEFT, RIGHT, BOTTOM, TOP = 0.82, 0.08, 0.42, 0.28
LINE_SMOOTHING = 2.0  # standard deviation of the kernel, in bins
BINS, GREY = 70, "0.72"
SHARES = (0.95, 0.5)  # of the prior's mass inside its lines

NEEDS = Needs(of="points", each="dataset", with_datum=True)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What all rows share.

    Attributes:
        x: The data in the view, shape ``(n, k)``.
        view: How data are shown.
        colours: Of the data.
        classes: Colours by class; empty if colours are by place.
        datum: Index of the datum that is marked.
        prior: Draws of the prior, shape ``(m, l)``.
        extent: Of the latent panels.
    """

    x: Points
    view: View
    colours: NDArray[Any]
    classes: dict[int, str]
    datum: int
    prior: Points
    extent: float

    @property
    def dot(self) -> float:
        """Size of a dot, larger where there are few."""
        return min(MOST_DOT, planes.DOT * math.sqrt(max(1.0, FEW / len(self.x))))

    @property
    def dim(self) -> int:
        """Dimension of the latent space."""
        return int(self.prior.shape[1])


def draw(given: FigureInput) -> None:
    """Write ``<name>.png``, ``<name>.svg`` and ``<name>.pdf`` of what the plan gives it.

    Raises:
        UserError: A file is missing or damaged, or the datum does not exist.
    """
    (own,) = given.datasets
    assert given.posterior_datum is not None
    dataset = datasets.load(own.data)
    if given.posterior_datum >= len(dataset.x):
        raise UserError(
            f"{own.data}: evaluation.posterior_datum {given.posterior_datum} is not a datum; "
            f"choose from 0 to {len(dataset.x) - 1}"
        )
    n, d = dataset.x.shape
    rows = [(label, Draws(path, n=n, d=d)) for label, path in own.runs]
    shown = _shown(dataset, [arrays for _, arrays in rows], given.posterior_datum)
    with rc_context(style.STYLE):
        figure = _draw(rows, shown)
    style.save(figure, given.out, given.name, style.title_of("points", own.name))


def _shown(dataset: Dataset, rows: Sequence[Draws], datum: int) -> Shown:
    view = view_of(dataset.x)
    x = view.of(dataset.x)
    colours, classes = colours_of(x, dataset.label)
    axis = rows[0].posterior_axis
    # The prior is that of all models, so that all their draws of it show it.
    prior = np.concatenate([draws for own in rows for draws in (own.prior, own.prior_other)])
    reach = np.quantile(np.abs(prior[:, :2]), 0.999) * 1.05
    return Shown(
        x=x,
        view=view,
        colours=colours,
        classes=classes,
        datum=datum,
        prior=prior,
        extent=float(axis[-1]) if len(axis) else float(reach),
    )


def _draw(rows: list[tuple[str, Draws]], shown: Shown) -> Figure:
    with_posterior = all(len(arrays.posterior_axis) for _, arrays in rows)
    columns = len(TITLES) if with_posterior else len(TITLES) - 1
    figure, grid = _panels(1 + len(rows), columns)
    densities = [_latent_density(arrays.aggregate, shown) for _, arrays in rows]
    # One scale for all rows: a single narrow peak may saturate, the rest must stay readable.
    top = max(float(np.quantile(density, 0.995)) for density in densities)
    _data_row(grid[0], shown, top)
    for axes, (label, arrays) in zip(grid[1:], rows, strict=True):
        _samples(axes[0], arrays.sample, shown)
        _latent_means(axes[1], arrays.latent_mean, shown)
        _aggregate(axes[2], arrays.aggregate, shown, top)
        if with_posterior:
            planes.posterior(axes[3], arrays)
        _name(axes[0], label)
    _decorate(grid, shown)
    return figure


def _name(axes: Axes, label: str) -> None:
    style.name_row(axes, label)


def _data_row(axes: Sequence[Axes], shown: Shown, top: float) -> None:
    """The data, the key of their colours, and the density of the prior."""
    _scatter_data(axes[0], shown, shown.colours, 0.8)
    if len(axes) == len(TITLES):
        _mark(axes[0], shown)
    _name(axes[0], "Data")
    _key(axes[1], shown)
    _aggregate(axes[2], shown.prior, shown, top)
    _corner(axes[2], "prior")
    for panel in axes[3:]:
        panel.set_axis_off()


def _corner(axes: Axes, text: str) -> None:
    shown = axes.text(0.03, 0.97, text, fontsize=6.5, color="0.25", transform=axes.transAxes)
    shown.set(va="top", zorder=5)


def _scatter_data(axes: Axes, shown: Shown, colour: Any, alpha: float) -> None:  # noqa: ANN401
    if shown.x.shape[1] == 1:
        _histogram(axes, shown.x[:, 0], shown.view.limits[0], fill=True)
    else:
        planes.scatter(axes, shown.x, colour, alpha, shown.dot)


def _histogram(axes: Axes, values: Points, limits: Sequence[float] | Points, *, fill: bool) -> None:
    colour = GREY if fill else style.INK
    edges = np.linspace(limits[0], limits[1], BINS // 2 + 1)
    shares = np.histogram(values, bins=edges)[0] / len(values)
    axes.stairs(shares, edges, fill=fill, color=colour, lw=1)


def _mark(axes: Axes, shown: Shown) -> None:
    place = shown.x[shown.datum]
    x, y = place if len(place) > 1 else (place[0], 0)
    axes.plot(x, y, "o", ms=5, mfc="none", mec="black", mew=0.8, clip_on=False)


def _key(axes: Axes, shown: Shown) -> None:
    axes.set_axis_off()
    handles = [
        Line2D([], [], ls="", marker="o", ms=4, mew=0, color=colour, label=f"class {name}")
        for name, colour in shown.classes.items()
    ]
    if handles:
        axes.legend(handles=handles, loc="center", frameon=False, fontsize=7, handletextpad=0.2)
    elif shown.dim > 1 and len(shown.view.names) > 1:
        note = "data are coloured\nby where they lie"
        axes.text(0.5, 0.5, note, ha="center", va="center", color="0.35", fontsize=7)


def _samples(axes: Axes, sample: Points, shown: Shown) -> None:
    """As many samples as data, so that the two are equally dense if they are of one law."""
    _scatter_data(axes, shown, GREY, 0.8)
    points = shown.view.of(sample[: len(shown.x)])
    if points.shape[1] == 1:
        _histogram(axes, points[:, 0], shown.view.limits[0], fill=False)
    else:
        planes.scatter(axes, points, style.INK, 0.6, shown.dot)
    _note_outside(axes, points, *shown.view.limits.T)


def _latent_means(axes: Axes, means: Points, shown: Shown) -> None:
    if shown.dim == 1:
        _histogram(axes, means[:, 0], (-shown.extent, shown.extent), fill=False)
        return
    # In random order, else the last class would lie on top of all others.
    order = np.random.default_rng(0).permutation(len(means))
    planes.scatter(axes, means[order][:, :2], shown.colours[order], 0.8, shown.dot)
    reach = np.full(2, shown.extent)
    _note_outside(axes, means[:, :2], -reach, reach)


def _note_outside(axes: Axes, points: Points, low: Points, high: Points) -> None:
    count = int(((points < low) | (points > high)).any(axis=1).sum())
    if count:
        text = axes.text(0.98, 0.02, f"{count} outside", transform=axes.transAxes)
        text.set(ha="right", color="0.35", fontsize=6)


def _latent_density(z: Points, shown: Shown) -> NDArray[np.float64]:
    plane = z[:, :2] if shown.dim > 1 else np.hstack([z, np.zeros_like(z)])
    return planes.density(plane, shown.extent, BINS)


def _aggregate(axes: Axes, z: Points, shown: Shown, top: float) -> None:
    """Density of z ~ q(z), with lines of the prior."""
    if shown.dim == 1:
        limits = (-shown.extent, shown.extent)
        _histogram(axes, shown.prior[:, 0], limits, fill=True)
        _histogram(axes, z[:, 0], limits, fill=False)
        return
    planes.image(axes, _latent_density(z, shown), shown.extent, top or 1.0)
    # Lines need more smoothing than a picture, or they are ragged.
    prior = gaussian_filter(_latent_density(shown.prior, shown), LINE_SMOOTHING, mode="constant")
    middles = (np.arange(BINS) + 0.5) * 2 * shown.extent / BINS - shown.extent
    levels = _levels(prior)
    if levels:
        axes.contour(middles, middles, prior, levels=levels, colors=style.ALARM, linewidths=0.6)


def _levels(density: NDArray[np.float64]) -> list[float]:
    """Densities whose level sets hold the shares of the mass, rising and distinct."""
    falling = np.sort(density, axis=None)[::-1]
    mass = np.cumsum(falling) / max(falling.sum(), 1e-300)
    found = {float(falling[min(np.searchsorted(mass, s), mass.size - 1)]) for s in SHARES}
    return sorted(level for level in found if 0 < level < falling[0])


def _panels(num_rows: int, num_columns: int) -> tuple[Figure, NDArray[np.object_]]:
    """Square panels placed in inches, the column of data a little apart."""
    left = [LEFT + column * PITCH + (column >= 1) * APART for column in range(num_columns)]
    width, height = left[-1] + PANEL + RIGHT, BOTTOM + num_rows * PITCH + TOP
    figure = Figure(figsize=(width, height))
    bottoms = [BOTTOM + row * PITCH for row in reversed(range(num_rows))]
    return figure, style.panels(figure, left, bottoms, PANEL, PANEL)


def _decorate(grid: NDArray[np.object_], shown: Shown) -> None:
    """Common axes of every column, titles above, numbers at the outer edges only."""
    for (row, column), axes in np.ndenumerate(grid):
        if column == 0:
            data_axes(axes, shown.view)
        else:
            latent_axes(axes, shown.extent, shown.dim)
            left = column == 1 or (row == 0 and column == 2)  # the key stands at the left of these
            axes.tick_params(labelleft=left)
            if not left:
                axes.set_ylabel("")
        axes.tick_params(labelbottom=row == len(grid) - 1)
        if row < len(grid) - 1:
            axes.set_xlabel("")
    for axes, (title, in_plane, on_line) in zip(grid[0], TITLES, strict=False):
        axes.set_title(title, pad=15)
        style.subtitle(axes, in_plane if shown.dim > 1 else on_line)
