"""Images of any layout as flat data, in the order height, width, channel."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coupled_vae.data.contract import Notes, described, require_finite, require_rows
from coupled_vae.runtime.errors import UserError

Array = NDArray[Any]
CHANNELS = (1, 3)
LEAST_SIDE = 4


def channels_last(array: Array, source: str) -> tuple[Array, Notes]:
    """Images with their channels as the last axis, ``(n, h, w, c)``.

    Args:
        array: Shape ``(n, h, w)``, ``(n, h, w, c)`` or ``(n, c, h, w)``, with c one or three.
        source: The file that they come from, for messages.

    Raises:
        UserError: The shape is none of these, or a side is too small.
    """
    shape, notes = described(array), Notes()
    if array.ndim == 3:
        array = array[..., None]
    if array.shape[3] not in CHANNELS:
        if array.shape[1] not in CHANNELS:
            raise UserError(
                f"{source}: {shape}; images are (n, h, w), (n, h, w, c) or (n, c, h, w) with one "
                "or three channels c, and points (n, d); leave transparency out, or take the mean "
                "of the channels"
            )
        notes.append(f"channels read from the second axis of {shape}")
        array = np.moveaxis(array, 1, 3)
    if min(array.shape[1:3]) < LEAST_SIDE:
        raise UserError(
            f"{source}: {shape} are images by their shape, and an image has {LEAST_SIDE} pixels or "
            "more on a side; enlarge them, or give points of shape (n, d)"
        )
    return array, notes


def intensities(array: Array, source: str) -> int:
    """The intensity of a pixel that is always on: 1 for real numbers and for 0 and 1, else 255.

    Args:
        array: Images of real numbers, of any shape ``(n, ...)``.
        source: The file that they come from, for messages.

    Raises:
        UserError: There are too few images, or values out of range.
    """
    require_rows(array, source)
    require_finite(array, source)
    low, high = float(array.min()), float(array.max())
    maximum = 255 if array.dtype.kind in "iu" and high > 1 else 1
    if low < 0 or high > maximum:
        raise UserError(
            f"{source}: {described(array)} are images by their shape, with values in {low:g} to "
            f"{high:g}; give whole numbers in 0..255 or real ones in 0..1, or points of shape "
            "(n, d)"
        )
    return maximum


def scaled(array: Array, maximum: int) -> NDArray[np.float32]:
    """Intensities in [0, 1] as flat rows ``(n, h * w * c)``."""
    flat = np.asarray(array, np.float32).reshape(len(array), -1)
    return flat / np.float32(maximum)
