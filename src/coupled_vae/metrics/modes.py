"""Metrics of the modes of a mixture with known centres.

As in the paper they follow Azadi et al. 2020: every sample belongs to its nearest centre, and is a
*high-density* sample if its distance from the centre is within a radius (four standard deviations).
A model that covers only one mode can have a high share of such samples; ``modes_covered`` and
``mode_mass_tv`` show that the other modes are missing.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coupled_vae.metrics.samples import LEAST, Array, squared_distances

COVERED_SHARE = 0.1


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """Samples assigned to their nearest centres.

    Attributes:
        nearest: Index of the nearest centre, shape ``(m,)``.
        squares: Squared distance to the nearest centre, shape ``(m,)``; nan or inf where the sample
            is not finite.
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
        """The assignment of the samples at ``index``, which may repeat."""
        return Assignment(
            nearest=self.nearest[index],
            squares=self.squares[index],
            high_density=self.high_density[index],
            num_modes=self.num_modes,
            dim=self.dim,
        )


Statistic = Callable[[Assignment], float]


def assign(sample: Array, centres: Array, radius: float) -> Assignment:
    """Assign samples ``(m, d)`` to centres ``(k, d)``; ``radius`` is in the unit of the data.

    Raises:
        ValueError: ``centres`` is empty.
    """
    if not len(centres):
        raise ValueError("centres is empty, so samples cannot be assigned")
    squares = squared_distances(sample.astype(np.float64), centres.astype(np.float64))
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

    Over the high-density samples only; nan without any.
    """
    count = modes.high_density.sum()
    if count == 0 or not modes.is_measurable:
        return math.nan
    return float(np.sqrt(modes.squares[modes.high_density].sum() / (count * modes.dim)))


def modes_covered(modes: Assignment) -> float:
    """Number of modes with at least a tenth of the expected count m / k of samples.

    Only high-density samples count. With a threshold of one sample, a few stray samples would cover
    a mode that the model has lost.
    """
    if not modes.is_measurable:
        return math.nan
    held = np.bincount(modes.nearest[modes.high_density], minlength=modes.num_modes)
    return int((held >= COVERED_SHARE * len(modes.nearest) / modes.num_modes).sum())


def mode_mass_tv(modes: Assignment) -> float:
    """Total-variation distance of the modes' masses from uniform, 0 to 1 - 1/k.

    A mode's mass is the share of all samples, of high density or not, whose nearest centre it is.
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

    nan if the metric is undefined for a resample, or with fewer than two resamples.
    """
    m = len(modes.nearest)
    if not modes.is_measurable or resamples < 2:
        return math.nan
    values = [statistic(modes.take(rng.integers(m, size=m))) for _ in range(resamples)]
    return float(np.std(values, ddof=1))
