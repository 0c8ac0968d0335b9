"""How data of any dimension are shown in a panel, and which colour each datum has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from coupled_vae.reporting.figures import _style as style

Points = NDArray[np.floating[Any]]
PLANE = 2  # coordinates that a panel shows
STEPS = [1, 2, 5, 10]  # between the numbers of an axis, times a power of ten
SHARE = "share"  # vertical axis of a histogram
MARGIN = 0.08  # of the range, on both sides
ALIKE = 3.0  # ranges that differ by at most this factor have one scale
# Of classes; the first six are Okabe and Ito's.
CLASSES = (
    *("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00"),
    *("#56b4e9", "#6f3d9f", "#a4761d", "#175f08", "#7f7f7f"),
)


@dataclass(frozen=True, kw_only=True)
class View:
    """What a panel shows of points with d coordinates: the points themselves, or two components.

    Attributes:
        middle: Subtracted from points, shape ``(d,)``.
        axes: Directions that are shown, shape ``(k, d)``, with k of one or two.
        names: Of the axes.
        limits: Lowest and highest value of each axis, shape ``(k, 2)``; of the data with a margin.
    """

    middle: NDArray[np.float64]
    axes: NDArray[np.float64]
    names: Sequence[str]
    limits: NDArray[np.float64]

    def of(self, points: Points) -> NDArray[np.float64]:
        """The shown coordinates of points, ``(n, d)`` to ``(n, k)``."""
        shown: NDArray[np.float64] = (points - self.middle) @ self.axes.T
        return shown


def view_of(x: Points) -> View:
    """The view of some data: of more than two coordinates the two leading principal components."""
    x = x.astype(np.float64)
    d = x.shape[1]
    if d <= PLANE:
        middle, axes, names = np.zeros(d), np.eye(d), [f"$x_{i + 1}$" for i in range(d)]
    else:
        from sklearn.decomposition import PCA

        found = PCA(n_components=PLANE, random_state=0).fit(x)
        middle, axes = found.mean_, found.components_
        shares = np.nan_to_num(found.explained_variance_ratio_)
        names = [f"component {i + 1} ({share:.0%})" for i, share in enumerate(shares)]
    return View(middle=middle, axes=axes, names=names, limits=_limits((x - middle) @ axes.T))


def _limits(shown: Points) -> NDArray[np.float64]:
    """The range of each axis with a margin; both axes have one scale if their ranges are alike."""
    low, high = shown.min(axis=0), shown.max(axis=0)
    half = (high - low) / 2
    half[half == 0] = half.max() or np.maximum(np.abs(high), 1)[half == 0]
    if half.max() <= ALIKE * half.min():
        half[:] = half.max()
    reach = (1 + 2 * MARGIN) * half
    return np.stack([(low + high) / 2 - reach, (low + high) / 2 + reach], axis=1)


def colours_of(shown: Points, label: NDArray[np.int64]) -> tuple[NDArray[Any], dict[int, str]]:
    """A colour of each datum, by its class or else by where it lies.

    Args:
        shown: Coordinates of the data in a panel, shape ``(n, k)``.
        label: Their classes; below zero where there is none.

    Returns:
        The colours, and those of the classes by class; none if there are too many classes, a
        single one, or if a datum has none.
    """
    classes = [int(found) for found in np.unique(label)]
    if classes[0] < 0 or not 1 < len(classes) <= len(CLASSES):
        plane = shown if shown.shape[1] > 1 else np.hstack([shown, np.zeros_like(shown)])
        return style.colours_by_place(plane), {}
    key = dict(zip(classes, CLASSES, strict=False))
    return np.array([key[int(own)] for own in label]), key


def data_axes(axes: Axes, view: View) -> None:
    """Limits, names and a few numbers of a panel of data."""
    axes.set(xlim=view.limits[0], xlabel=view.names[0])
    axes.xaxis.labelpad = 1
    axes.xaxis.set_major_locator(MaxNLocator(3, steps=STEPS))
    if len(view.names) == 1:
        axes.set(yticks=[], ylabel=SHARE)
        return
    axes.set(ylim=view.limits[1], ylabel=view.names[1])
    axes.yaxis.labelpad = 1
    axes.yaxis.set_major_locator(MaxNLocator(3, steps=STEPS))


def latent_axes(axes: Axes, extent: float, dim: int) -> None:
    """The same of a panel of a latent space of some dimension."""
    axes.set(xlim=(-extent, extent), xlabel="$z_1$")
    axes.xaxis.labelpad = 1
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=STEPS))
    if dim == 1:
        axes.set(yticks=[], ylabel=SHARE)
        return
    axes.set(ylim=(-extent, extent), ylabel="$z_2$")
    axes.yaxis.labelpad = 0
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=STEPS))
