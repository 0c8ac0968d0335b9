"""W2 between samples and data, in subsamples that exact transport can solve."""

import numpy as np

from coupled_vae.data.dataset import Dataset
from coupled_vae.metrics import modes as mode_metrics
from coupled_vae.metrics.samples import Array, Estimate
from coupled_vae.metrics.transport_distance import stratified_weights, w2
from coupled_vae.runtime.errors import UserError

MOST_BLOCKS = 10  # subsamples of draws that are compared with the held-out data


def w2_to_data(dataset: Dataset, sample: Array, size: int) -> Estimate:
    """Root mean square of W2 between disjoint subsamples of ``size`` draws and of ``size`` data.

    Where the modes are known, a subsample is post-stratified by mode: its weights give each mode
    its mass in the whole sample, and the subsample of the data has the label proportions of all
    data. Without this, random differences of the mode masses between two small subsamples would be
    most of the distance (docs/decisions).

    Args:
        dataset: The data.
        sample: Draws of the model, shape ``(m, d)``.
        size: Points of one subsample.

    Raises:
        UserError: ``size`` exceeds the number of data or of draws.
    """
    for count, what in ((len(dataset.x), "data"), (len(sample), "draws")):
        if size > count:
            raise UserError(
                f"params.yaml: evaluation.w2_subsample {size} exceeds the {count} {what}; lower it"
            )
    blocks = min(len(dataset.x), len(sample)) // size
    by_label = np.argsort(dataset.label, kind="stable")
    mode = (
        mode_metrics.assign(sample, dataset.centres, np.inf).nearest
        if len(dataset.centres)
        else None
    )
    squares = []
    for k in range(blocks):
        own = slice(k * size, (k + 1) * size)
        weights = None if mode is None else stratified_weights(mode[own], mode)
        part = by_label[k::blocks]
        # Evenly spaced, so that the omitted data come from every label.
        part = part[np.arange(size) * len(part) // size]
        squares.append(w2(sample[own], dataset.x[part], weights) ** 2)
    return _root_mean(squares)


def w2_to_held_out(x: Array, sample: Array, size: int) -> Estimate:
    """Root mean square of W2 between disjoint subsamples of draws and one of held-out data.

    Each has at most ``size`` points. The held-out data are evenly spaced in their order, so that a
    sorted file is represented as a whole.

    Args:
        x: Held-out data, shape ``(h, d)``.
        sample: Draws of the model, shape ``(m, d)``.
        size: Most points of one subsample.
    """
    part = x[np.arange(min(size, len(x))) * len(x) // min(size, len(x))]
    size = min(size, len(sample))
    return _root_mean(
        [
            w2(sample[k * size : (k + 1) * size], part) ** 2
            for k in range(min(len(sample) // size, MOST_BLOCKS))
        ]
    )


def _root_mean(squares: list[float]) -> Estimate:
    """Root of the mean of independent squares with its standard error."""
    value, blocks = float(np.sqrt(np.mean(squares))), len(squares)
    if blocks == 1 or not value > 0:
        return Estimate(value=value, error=None)
    return Estimate(
        value=value, error=float(np.std(squares, ddof=1) / np.sqrt(blocks) / (2 * value))
    )
