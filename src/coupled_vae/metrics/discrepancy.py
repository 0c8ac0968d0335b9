"""The maximum mean discrepancy (MMD) of two samples, in blocks, with its standard error."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from coupled_vae.metrics.samples import Array, Estimate, is_measurable, squared_distances

Kernel = Callable[[Array], Array]
IMQ_SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
BLOCK = 256  # two blocks of 256 x 256 float32 stay in a core's second-level cache


def rbf(squares: Array) -> Array:
    """exp(-||d||^2 / 4) of squared distances: InfoVAE's kernel at two latent dimensions."""
    values: Array = np.exp(-0.25 * squares)
    return values


def imq(squares: Array) -> Array:
    """Sum of inverse multiquadrics 4 s / (4 s + ||d||^2), WAE's kernel at two dimensions."""
    total, term = np.zeros_like(squares), np.empty_like(squares)
    for s in IMQ_SCALES:
        np.add(squares, 4 * s, out=term)
        total += np.divide(4 * s, term, out=term)
    return total


def mmd(a: Array, b: Array, kernels: Sequence[Kernel]) -> list[Estimate]:
    r"""Unbiased squared MMD (Gretton et al. 2012, eq. 3), not rooted, with its standard error.

    .. math:: \frac{\sum_{i \ne j} k(a_i, a_j)}{m(m-1)} + \frac{\sum_{i \ne j} k(b_i, b_j)}{n(n-1)}
              - \frac{2 \sum_{ij} k(a_i, b_j)}{mn}

    The error is that of the Hoeffding projections
    :math:`h(a_i) = 2 (\bar k_{j \ne i}(a_i, a_j) - \bar k_j(a_i, b_j))` and likewise of b:
    :math:`\sqrt{\mathrm{var}\,h(a)/m + \mathrm{var}\,h(b)/n}`. It is too large by at most a factor
    of :math:`\sqrt 2`, which it reaches where both distributions are equal.

    Args:
        a: Sample, shape ``(m, d)``.
        b: Sample, shape ``(n, d)``.
        kernels: Functions of the squared distances, which are computed once for all kernels.

    Returns:
        One estimate for each kernel. Kernels are evaluated in the samples' precision and summed in
        double precision.
    """
    m, n = len(a), len(b)
    if not is_measurable(a, b):
        return [Estimate(value=math.nan, error=math.nan) for _ in kernels]
    between_a, between_b = _sums_between(a, b, kernels)
    estimates = []
    for within_a, within_b, cross_a, cross_b in zip(
        _sums_within(a, kernels), _sums_within(b, kernels), between_a, between_b, strict=True
    ):
        project_a = 2 * (within_a / (m - 1) - cross_a / n)
        project_b = 2 * (within_b / (n - 1) - cross_b / m)
        error = np.sqrt(project_a.var(ddof=1) / m + project_b.var(ddof=1) / n)
        value = (project_a.mean() + project_b.mean()) / 2
        estimates.append(Estimate(value=float(value), error=float(error)))
    return estimates


def _sums_between(a: Array, b: Array, kernels: Sequence[Kernel]) -> tuple[Array, Array]:
    """Sums of k(a_i, b_j) over j, ``(kernels, m)``, and over i, ``(kernels, n)``."""
    rows, columns = np.zeros((len(kernels), len(a))), np.zeros((len(kernels), len(b)))
    for i in range(0, len(a), BLOCK):
        for j in range(0, len(b), BLOCK):
            squares = squared_distances(a[i : i + BLOCK], b[j : j + BLOCK])
            for k, kernel in enumerate(kernels):
                values = kernel(squares)
                rows[k, i : i + BLOCK] += values.sum(axis=1, dtype=np.float64)
                columns[k, j : j + BLOCK] += values.sum(axis=0, dtype=np.float64)
    return rows, columns


def _sums_within(a: Array, kernels: Sequence[Kernel]) -> Array:
    """Sums of k(a_i, a_j) over all j except i, shape ``(kernels, m)``."""
    sums = np.zeros((len(kernels), len(a)))
    for i in range(0, len(a), BLOCK):
        one, rest = a[i : i + BLOCK], a[i + BLOCK :]
        across, back = _sums_between(one, rest, kernels)
        for k, kernel in enumerate(kernels):
            inside = kernel(squared_distances(one, one))
            np.fill_diagonal(inside, 0)
            sums[k, i : i + BLOCK] += inside.sum(axis=1, dtype=np.float64) + across[k]
        sums[:, i + BLOCK :] += back
    return sums
