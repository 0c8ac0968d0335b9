r"""Metrics of draws from a trained model, in numpy: no torch, so evaluation starts at once.

The mode metrics follow Azadi et al. 2020, as the paper does: every sample belongs to its nearest
centre, and is a *high-density* sample if it lies within a radius of it (four standard deviations).
The share of those samples can be gamed by a model that sits on one mode; ``modes_covered``,
``mode_mass_tv`` and ``w2_to_data`` cannot.

What cannot be measured is nan, never a number: of a sample with fewer than two points, or with a
coordinate that is not finite. Else one overflow would make the best model.
"""

import math
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Kernel = Callable[[Array], Array]

IMQ_SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
COVERED_SHARE = 0.1
LEAST = 2  # points of a sample
PIVOTS = 100_000_000  # of the network simplex
BLOCK = 256  # two blocks of 256 x 256 float32 stay in a core's second-level cache


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A metric's value and its resampling error: that of redrawing from the one trained model.

    Attributes:
        value: In the metric's own unit.
        error: One standard deviation in the same unit; None where it is not estimated.
    """

    value: float
    error: float | None


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """Samples assigned to their nearest centres.

    Attributes:
        nearest: Index of the nearest centre, shape ``(m,)``.
        squares: Squared deviation from it, summed over coordinates, shape ``(m,)``; nan or inf
            where the sample is.
        high_density: Whether the sample lies within the radius, shape ``(m,)``.
        num_modes: Number k of centres.
        dim: Number d of coordinates.
    """

    nearest: NDArray[np.intp]
    squares: Array
    high_density: NDArray[np.bool_]
    num_modes: int
    dim: int

    @property
    def is_measurable(self) -> bool:
        """Whether there are enough samples, all of them finite."""
        return len(self.squares) >= LEAST and bool(np.isfinite(self.squares).all())

    def take(self, index: NDArray[np.intp]) -> "Assignment":
        """The same of some samples, repeated where ``index`` repeats them."""
        return Assignment(
            nearest=self.nearest[index],
            squares=self.squares[index],
            high_density=self.high_density[index],
            num_modes=self.num_modes,
            dim=self.dim,
        )


Statistic = Callable[[Assignment], float]


def assign(sample: Array, centres: Array, radius: float) -> Assignment:
    """Assign samples ``(m, d)`` to centres ``(k, d)``; ``radius`` in the unit of the data.

    Raises:
        ValueError: There is no centre.
    """
    if not len(centres):
        raise ValueError("there is no centre to assign samples to")
    squares = _squares(sample.astype(np.float64), centres.astype(np.float64))
    nearest = squares.argmin(axis=1)
    closest = squares[np.arange(len(sample)), nearest]
    return Assignment(
        nearest=nearest,
        squares=closest,
        high_density=closest <= radius**2,
        num_modes=len(centres),
        dim=sample.shape[1],
    )


def high_density_ratio(modes: Assignment) -> float:
    """Share of high-density samples, 0 to 1 (paper Table 1)."""
    if not modes.is_measurable:
        return math.nan
    return float(modes.high_density.mean())


def in_mode_std(modes: Assignment) -> float:
    """Standard deviation about the nearest centre, pooled over coordinates (paper Table 1).

    Over the high-density samples only; nan if there is none.
    """
    count = modes.high_density.sum()
    if count == 0 or not modes.is_measurable:
        return math.nan
    return float(np.sqrt(modes.squares[modes.high_density].sum() / (count * modes.dim)))


def modes_covered(modes: Assignment) -> float:
    """Number of modes that hold at least a tenth of their fair share m / k of all samples.

    Only high-density samples count. With one sample as the threshold, a handful of strays would
    cover a mode that the model has lost.
    """
    if not modes.is_measurable:
        return math.nan
    held = np.bincount(modes.nearest[modes.high_density], minlength=modes.num_modes)
    return int((held >= COVERED_SHARE * len(modes.nearest) / modes.num_modes).sum())


def mode_mass_tv(modes: Assignment) -> float:
    """Total-variation distance of the modes' masses from uniform, 0 to 1 - 1/k.

    A mode's mass is the share of all samples, of high density or not, that are nearest to it.
    """
    if not modes.is_measurable:
        return math.nan
    mass = np.bincount(modes.nearest, minlength=modes.num_modes) / len(modes.nearest)
    return float(0.5 * np.abs(mass - 1 / modes.num_modes).sum())


def bootstrap_std(
    statistic: Statistic,
    modes: Assignment,
    resamples: int,
    rng: np.random.Generator,
) -> float:
    """Standard deviation of a mode metric over samples redrawn with replacement (Efron 1979).

    nan if the metric is undefined of a resample, or if there are fewer than two of them.
    """
    m = len(modes.nearest)
    if not modes.is_measurable or resamples < 2:
        return math.nan
    values = [statistic(modes.take(rng.integers(m, size=m))) for _ in range(resamples)]
    return float(np.std(values, ddof=1))


def stratified_weights(part: NDArray[np.intp], whole: NDArray[np.intp]) -> NDArray[np.float64]:
    """Weights that give the strata of a part their shares of the whole; they sum to one.

    Args:
        part: Stratum of each point of the part, shape ``(m,)``.
        whole: Of each point of the whole. A stratum that the part lacks is left out.

    Raises:
        ValueError: One of them has no point, or they share no stratum.
    """
    if not (len(part) and len(whole) and np.isin(part, whole).any()):
        raise ValueError("the part and the whole have no stratum in common")
    strata = max(int(part.max()), int(whole.max())) + 1
    here, everywhere = np.bincount(part, minlength=strata), np.bincount(whole, minlength=strata)
    weights = everywhere[part] / here[part]
    return np.asarray(weights / weights.sum())


def w2(a: Array, b: Array, weights: NDArray[np.float64] | None = None) -> float:
    r"""2-Wasserstein distance of two samples, :math:`\sqrt{\min_\pi E_\pi\|a-b\|^2}`.

    Args:
        a: Sample, shape ``(m, d)``.
        b: Sample of equal weights, shape ``(n, d)``. The distance of equal distributions is not
            zero but falls with m and n.
        weights: Of a, shape ``(m,)``, summing to one; equal by default.

    Returns:
        Distance in the unit of the data, by exact optimal transport (POT); nan if the solver did
        not reach the optimum.
    """
    if not (is_measurable(a, b) and (weights is None or _are_weights(weights, len(a)))):
        return math.nan
    for backend in ("PYTORCH", "JAX", "CUPY", "TENSORFLOW"):  # else POT imports what it finds
        os.environ.setdefault(f"POT_BACKEND_DISABLE_{backend}", "1")
    import ot

    with np.errstate(over="ignore", invalid="ignore"):
        squares = ot.dist(a.astype(np.float64), b.astype(np.float64))
    if not np.isfinite(squares).all():
        return math.nan
    # POT's default of 100 000 pivots is too few for 2500 points. A failure is only a warning to it.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cost, log = ot.emd2(
            [] if weights is None else weights, [], squares, numItermax=PIVOTS, log=True
        )
    if log["warning"] is not None or not math.isfinite(cost):
        return math.nan
    return float(np.sqrt(max(float(cost), 0.0)))


def is_measurable(*samples: Array) -> bool:
    """Whether every sample has enough points, all of them finite."""
    return all(len(sample) >= LEAST and bool(np.isfinite(sample).all()) for sample in samples)


def _are_weights(weights: NDArray[np.float64], count: int) -> bool:
    """Whether there is a weight for each point, none negative and not all zero."""
    return (
        weights.shape == (count,)
        and bool(np.isfinite(weights).all())
        and bool((weights >= 0).all())
        and abs(float(weights.sum()) - 1) < 1e-6
    )


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
    :math:`\sqrt{\mathrm{var}\,h(a)/m + \mathrm{var}\,h(b)/n}`. It errs on the large side, by at
    most the factor :math:`\sqrt 2` that it has where both distributions are equal.

    Args:
        a: Sample, shape ``(m, d)``.
        b: Sample, shape ``(n, d)``.
        kernels: Functions of the squared distances, which all of them share.

    Returns:
        One estimate for each kernel. Kernels are evaluated in the samples' own precision and
        summed in double.
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
            squares = _squares(a[i : i + BLOCK], b[j : j + BLOCK])
            for k, kernel in enumerate(kernels):
                values = kernel(squares)
                rows[k, i : i + BLOCK] += values.sum(axis=1, dtype=np.float64)
                columns[k, j : j + BLOCK] += values.sum(axis=0, dtype=np.float64)
    return rows, columns


def _sums_within(a: Array, kernels: Sequence[Kernel]) -> Array:
    """Sums of k(a_i, a_j) over all j but i, shape ``(kernels, m)``."""
    sums = np.zeros((len(kernels), len(a)))
    for i in range(0, len(a), BLOCK):
        one, rest = a[i : i + BLOCK], a[i + BLOCK :]
        across, back = _sums_between(one, rest, kernels)
        for k, kernel in enumerate(kernels):
            inside = kernel(_squares(one, one))
            np.fill_diagonal(inside, 0)
            sums[k, i : i + BLOCK] += inside.sum(axis=1, dtype=np.float64) + across[k]
        sums[:, i + BLOCK :] += back
    return sums


def _squares(a: Array, b: Array) -> Array:
    """Squared distances ``(m, n)``, by differences: the product form loses the small ones."""
    squares = np.zeros((len(a), len(b)), np.result_type(a, b))
    with np.errstate(over="ignore", invalid="ignore"):  # an infinite distance is a large one
        for x, y in zip(a.T, b.T, strict=True):
            difference = x[:, None] - y
            squares += np.multiply(difference, difference, out=difference)
    return squares
