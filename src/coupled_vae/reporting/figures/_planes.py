"""Dots and densities in a plane, for every figure that shows a latent space."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from coupled_vae.pipeline.draws import Draws
from coupled_vae.reporting.figures import _style as style

Points = NDArray[np.floating[Any]]
DOT = 1.6  # size of a dot, in square points
LENS = 0.35  # half the side of what the lens shows
SMOOTHING = 1.4  # standard deviation of the kernel, in bins


def density(points: Points, extent: float, bins: int) -> NDArray[np.float64]:
    """Histogram smoothed by a Gaussian, indexed [z2, z1]; its integral is the share inside.

    Args:
        points: Points in a plane, shape ``(n, 2)``.
        extent: The square reaches from ``-extent`` to ``extent`` on both axes.
        bins: Of each axis.
    """
    edges = np.linspace(-extent, extent, bins + 1)
    counts, _, _ = np.histogram2d(points[:, 1], points[:, 0], bins=(edges, edges))
    area = (edges[1] - edges[0]) ** 2
    return np.asarray(gaussian_filter(counts / (len(points) * area), SMOOTHING, mode="constant"))


def scatter(axes: Axes, points: Points, colour: Any, alpha: float, size: float = DOT) -> None:  # noqa: ANN401
    """Dots of one colour, or of one colour each; their size in square points."""
    x, y = points[:, 0], points[:, 1]
    axes.scatter(x, y, s=size, c=colour, alpha=alpha, linewidths=0, rasterized=True)


def posterior(axes: Axes, arrays: Draws) -> None:
    """The density of one datum's posterior, with a lens on its highest peak."""
    density, axis = arrays.posterior_density, arrays.posterior_axis
    half = (axis[1] - axis[0]) / 2  # the axis has the pixels' centres, imshow wants the edges
    # The root keeps the lesser modes of a multimodal posterior visible beside a sharp one.
    for panel in (axes, _lens(axes, density, axis)):
        image(panel, np.sqrt(density), float(axis[-1] + half), float(density.max() ** 0.5) or 1.0)


def _lens(axes: Axes, density: Points, axis: Points) -> Axes:
    """Axes that magnify the highest peak, in the corner where they cover the least mass."""
    second, first = (axis[i] for i in np.unravel_index(density.argmax(), density.shape))
    half = len(axis) // 2
    masses = {
        (right, upper): density[half * upper :][:half, half * right :][:, :half].sum()
        for right in (0, 1)
        for upper in (0, 1)
    }
    right, upper = min(masses, key=lambda corner: float(masses[corner]))
    place = (0.59 * right + 0.02, 0.59 * upper + 0.02, 0.37, 0.37)
    lens = axes.inset_axes(place)
    lens.set(xlim=(first - LENS, first + LENS), ylim=(second - LENS, second + LENS))
    lens.set(xticks=(), yticks=())
    axes.indicate_inset_zoom(lens, edgecolor="0.4", linewidth=0.5, alpha=1)
    return lens


def image(axes: Axes, density: Points, extent: float, top: float) -> None:
    """A density on a square from ``-extent`` to ``extent``; ``top`` is the darkest value."""
    axes.imshow(
        density,
        cmap=style.density_map(),
        vmin=0,
        vmax=top,
        origin="lower",
        extent=(-extent, extent, -extent, extent),
        interpolation="bicubic",
    )
