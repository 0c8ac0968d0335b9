"""The 2-Wasserstein distance of two samples, by exact optimal transport (POT)."""

import math
import warnings

import numpy as np
from numpy.typing import NDArray

from coupled_vae.metrics.samples import Array, is_measurable

PIVOTS = 100_000_000  # largest number of pivots of the network simplex


def stratified_weights(part: NDArray[np.intp], whole: NDArray[np.intp]) -> NDArray[np.float64]:
    """Weights of a subsample that give each stratum its share of the whole sample.

    Args:
        part: Stratum of each point of the subsample, shape ``(m,)``.
        whole: Stratum of each point of the whole sample, shape ``(n,)``. A stratum without points
            in the subsample is left out.

    Returns:
        Weights of the subsample, shape ``(m,)``, which sum to one.

    Raises:
        ValueError: One of the two is empty, or they have no stratum in common.
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
        b: Sample of equal weights, shape ``(n, d)``. Two samples of one distribution have a
            distance above zero, which falls as m and n grow.
        weights: Weights of a, shape ``(m,)``, which sum to one; equal by default.

    Returns:
        Distance in the unit of the data, by exact optimal transport (POT); nan if the solver did
        not reach the optimum.
    """
    if not (is_measurable(a, b) and (weights is None or _are_weights(weights, len(a)))):
        return math.nan
    import ot  # slow to import, so only when a distance is computed

    with np.errstate(over="ignore", invalid="ignore"):
        squares = ot.dist(a.astype(np.float64), b.astype(np.float64))
    if not np.isfinite(squares).all():
        return math.nan
    # POT's default of 100 000 pivots is too few for 2500 points, and POT only warns of a failure.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cost, log = ot.emd2(
            [] if weights is None else weights, [], squares, numItermax=PIVOTS, log=True
        )
    if log["warning"] is not None or not math.isfinite(cost):
        return math.nan
    return float(np.sqrt(max(float(cost), 0.0)))


def _are_weights(weights: NDArray[np.float64], count: int) -> bool:
    """Whether each point has a finite weight of zero or more, and the weights sum to one."""
    return (
        weights.shape == (count,)
        and bool(np.isfinite(weights).all())
        and bool((weights >= 0).all())
        and abs(float(weights.sum()) - 1) < 1e-6
    )
