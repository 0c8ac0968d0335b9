"""Shared by the image datasets."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coupled_vae.data.contract import described, require_finite, require_rows
from coupled_vae.data.dataset import Float
from coupled_vae.runtime.errors import UserError


def binarised(intensity: NDArray[Any], maximum: int, rng: np.random.Generator) -> Float:
    """One fixed draw of ``x ~ Bernoulli(intensity / maximum)`` per pixel.

    The bits of image i do not depend on the number of images after it.

    Args:
        intensity: Images, shape ``(n, rows, cols)``, in ``0..maximum``.
        maximum: Intensity of a pixel that is always on.
        rng: The source of randomness.

    Returns:
        Zeros and ones, shape ``(n, rows * cols)``.
    """
    flat = intensity.reshape(len(intensity), -1)
    return (rng.random(flat.shape) < flat / maximum).astype(np.float32)


def check_count(place: str, wanted: int, available: int) -> None:
    """Raise a one-line ``UserError`` if more images are asked for than exist."""
    if wanted > available:
        raise UserError(
            f"{place} {wanted} is more than the {available} images there are; "
            "lower it in the dataset's args in params.yaml"
        )


def intensities(array: NDArray[Any], source: str) -> tuple[NDArray[Any], int]:
    """Images of one channel and the intensity of a pixel that is always on, 1 or 255.

    Args:
        array: Real numbers, shape ``(n, side, side)``, or with a channel, first or last.
        source: The file that they come from, for messages.

    Returns:
        Shape ``(n, side, side)``, and 1 for booleans, real numbers and whole numbers of 0 and 1.

    Raises:
        UserError: The images are not square, have several channels, or values out of range.
    """
    shape = described(array)
    if array.ndim == 4 and 1 in (array.shape[1], array.shape[3]):
        array = array.squeeze(3 if array.shape[3] == 1 else 1)
    if array.ndim != 3 or array.shape[1] != array.shape[2]:
        raise UserError(
            f"{source}: {shape}; points are (n, d) and images (n, side, side), square and of one "
            "channel; crop or pad them, or take the mean of the channels"
        )
    require_rows(array, source)
    require_finite(array, source)
    low, high = float(array.min()), float(array.max())
    maximum = 255 if array.dtype.kind in "iu" and high > 1 else 1
    if low < 0 or high > maximum:
        raise UserError(
            f"{source}: {shape} are images by their shape, with values in {low:g} to {high:g}; "
            "give whole numbers in 0..255 or real ones in 0..1, or points of shape (n, d)"
        )
    return array, maximum
