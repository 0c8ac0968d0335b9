"""Metrics of neighbourhoods, classes, and holes in a two-dimensional latent space.

A metric that cannot be computed is nan (see ``samples``).
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coupled_vae.metrics.samples import Array, is_measurable

BLOCK = 2048  # points whose distances to all others are in memory at once

Labels = NDArray[np.integer[Any]]


def hole_mass(draws: Array, prior: Array, cells: int, fraction: float) -> float:
    """Prior mass of the holes: cells where q(z) has less than a fraction of the prior's mass.

    The latent plane is divided into ``cells**2`` cells of equal prior mass: strips at quantiles of
    the first coordinate, and within each strip cells at quantiles of the second. If every posterior
    lies within one cell, n data leave a share of about ``exp(-n / cells**2)`` of the cells empty
    even when q(z) = p(z): this is the smallest value to expect.

    Args:
        draws: z ~ q(z), shape ``(m, l)``; m must be far above ``cells**2``, or cells are empty by
            chance.
        prior: Draws of the prior, shape ``(k, l)``, best evenly spread ones.
        cells: Number of cells along each axis.
        fraction: A cell is a hole if q(z) has less than this fraction of the prior's mass in it.

    Returns:
        The share, 0 to 1; nan if the latent space is no plane, or if a strip has no prior draw,
        since its quantiles are undefined.
    """
    if prior.shape[1] != 2 or not is_measurable(draws, prior):
        return math.nan
    inner = np.linspace(0, 1, cells + 1)[1:-1]
    edges = np.quantile(prior[:, 0], inner)
    strips, own = np.searchsorted(edges, draws[:, 0]), np.searchsorted(edges, prior[:, 0])
    if len(np.unique(own)) < cells:
        return math.nan
    held = 0
    for strip in range(cells):
        across = np.quantile(prior[own == strip, 1], inner)
        cell = np.searchsorted(across, draws[strips == strip, 1])
        counts = np.bincount(cell, minlength=cells)
        held += int((counts >= fraction * len(draws) / cells**2).sum())
    return 1 - held / cells**2


def encoder_std(draws: Array) -> float:
    """Square root of the mean variance of q(z|x) over data and coordinates.

    ``draws`` has k draws for each of n data, shape ``(k, n, latent_dim)``.
    """
    if not (is_measurable(draws) and draws.size):
        return math.nan
    with np.errstate(over="ignore"):
        std = float(np.sqrt(draws.astype(np.float64).var(axis=0, ddof=1).mean()))
    return std if math.isfinite(std) else math.nan


def class_recovery(
    codes: Array, labels: Labels, test_codes: Array, test_labels: Labels, neighbours: int
) -> float:
    """Accuracy of a nearest-neighbour classifier on held-out latent means, 0 to 1."""
    if not is_measurable(codes, test_codes) or math.isinf(_longest(codes, test_codes)):
        return math.nan
    from sklearn.neighbors import KNeighborsClassifier

    classifier = KNeighborsClassifier(n_neighbors=min(neighbours, len(codes)))
    return float(classifier.fit(codes, labels).score(test_codes, test_labels))


def manifold_scores(real: Array, fake: Array, neighbours: int) -> dict[str, float]:
    """Precision and recall (Kynkaanniemi et al. 2019), density and coverage (Naeem et al. 2020).

    Every point has an open ball whose radius is the distance to its k-th neighbour. The manifold of
    a set is the union of its balls. Precision: share of samples in the data's manifold. Recall:
    share of data in the samples' manifold. Density: mean number of the data's balls that contain a
    sample, divided by k; it can exceed one, and outliers of the data raise it less than precision.
    Coverage: share of the data's balls that contain a sample.

    Args:
        real: Data, shape ``(n, d)``.
        fake: Samples, shape ``(m, d)``.
        neighbours: Number k of neighbours.
    """
    if not (is_measurable(real, fake) and _are_comparable(real, fake)):
        return dict.fromkeys(("precision", "recall", "density", "coverage"), math.nan)
    reach, own = _reach(real, neighbours), _reach(fake, neighbours)
    balls = np.zeros(len(fake), np.int64)  # number of balls that contain each sample
    recalled = covered = 0
    for rows in _blocks(real):
        apart = _distances(real[rows], fake)
        inside = apart < reach[rows, None]
        balls += inside.sum(axis=0)
        covered += int(inside.any(axis=1).sum())
        recalled += int((apart < own).any(axis=1).sum())
    return {
        "precision": float((balls > 0).mean()),
        "recall": recalled / len(real),
        "density": float(balls.mean() / neighbours),
        "coverage": covered / len(real),
    }


def _are_comparable(real: Array, other: Array) -> bool:
    """Whether rounding leaves the distances from any point to the data distinct.

    The distances from a point very far away are all equal after rounding, or infinite. Such a point
    would be a neighbour of all others.
    """
    longest, typical = _longest(real, other), float(np.median((real**2).sum(1)) ** 0.5)
    precision = float(np.finfo(np.result_type(real, other, np.float16)).eps)
    return math.isfinite(longest) and longest * precision <= typical


def _longest(*samples: Array) -> float:
    """An upper bound of the distance between two points; infinite if its square overflows."""
    with np.errstate(over="ignore"):
        return max(2 * math.sqrt((points**2).sum(1).max()) for points in samples)


def _reach(points: Array, neighbours: int) -> Array:
    """Distance from each point to its k-th neighbour, without the point itself, shape ``(n,)``."""
    k = min(neighbours, len(points) - 1)
    return np.concatenate(
        [
            np.partition(_distances(points[rows], points), k, axis=1)[:, k].copy()
            for rows in _blocks(points)
        ]
    )


def _blocks(points: Array) -> Iterator[slice]:
    """Rows in blocks, to bound the memory that the distances take."""
    for start in range(0, len(points), BLOCK):
        yield slice(start, start + BLOCK)


def _distances(a: Array, b: Array) -> Array:
    """Euclidean distances ``(n, m)``; exact for binary images, whose products are integers."""
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    distances: Array = np.sqrt(np.maximum(squares, 0))
    return distances
