"""Shared by the image datasets."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

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
