"""What the image datasets share."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coupled_vae.dataset import Float
from coupled_vae.errors import UserError


def binarised(intensity: NDArray[Any], maximum: int, rng: np.random.Generator) -> Float:
    """One fixed draw of ``x ~ Bernoulli(intensity / maximum)`` per pixel.

    Image i gets the same bits however many images follow it.

    Args:
        intensity: Images, shape ``(n, rows, cols)``, in ``0..maximum``.
        maximum: Intensity of a pixel that is always on.
        rng: Source of the draw.

    Returns:
        Zeros and ones, shape ``(n, rows * cols)``.
    """
    flat = intensity.reshape(len(intensity), -1)
    return (rng.random(flat.shape) < flat / maximum).astype(np.float32)


def check_count(place: str, wanted: int, available: int) -> None:
    """Raise a one-line ``UserError`` if more images are asked for than there are."""
    if wanted > available:
        raise UserError(
            f"{place} {wanted} is more than the {available} images there are; "
            "lower it in the dataset's args in params.yaml"
        )
