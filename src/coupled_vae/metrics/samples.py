"""Shared by the metrics: checks of samples, squared distances, and an estimate with its error.

A sample with fewer than two points, or with a coordinate that is not finite, cannot be measured:
its metrics are nan. Otherwise a model whose samples overflow could get the best value.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
LEAST = 2  # smallest number of points in a sample


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A metric's value and its resampling error, over samples redrawn from one trained model.

    Attributes:
        value: The value, in the metric's unit.
        error: One standard deviation in the same unit; None where it is not estimated.
    """

    value: float
    error: float | None


def is_measurable(*samples: Array) -> bool:
    """Whether every sample has enough points, all of them finite."""
    return all(len(sample) >= LEAST and bool(np.isfinite(sample).all()) for sample in samples)


def squared_distances(a: Array, b: Array) -> Array:
    """Squared distances ``(m, n)``, from differences: products would cancel at small distances."""
    squares = np.zeros((len(a), len(b)), np.result_type(a, b))
    with np.errstate(over="ignore", invalid="ignore"):  # an overflow gives an infinite distance
        for x, y in zip(a.T, b.T, strict=True):
            difference = x[:, None] - y
            squares += np.multiply(difference, difference, out=difference)
    return squares
