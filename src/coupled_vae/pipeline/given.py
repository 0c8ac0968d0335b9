"""Checks of what a caller in Python gives a trained model: arrays, numbers of draws, seeds."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coupled_vae.data import contract
from coupled_vae.runtime.errors import InputError, UserError, one_line

Array = NDArray[np.float64]
Image = Sequence[int] | None


def data(values: ArrayLike, columns: int, image: Image, name: str = "x") -> Array:
    """Data as flat rows ``(b, columns)``.

    Args:
        values: Rows ``(b, columns)``; images also ``(b, h, w, c)``, and of one channel
            ``(b, h, w)``.
        columns: Number of values of a datum.
        image: Height, width and channels of images; None for points.
        name: Name of the argument, for messages.

    Raises:
        InputError: Another shape, no row, or values that are not finite numbers.
    """
    array, shapes = _finite(values, name), _shapes(columns, image)
    if array.ndim < 2 or array.shape[1:] not in shapes:
        choices = " or ".join(f"(b, {', '.join(map(str, shape))})" for shape in shapes)
        raise InputError(f"{name} has shape {array.shape}; give {choices}, one row for each datum")
    return array.reshape(len(array), columns)


def require_unit(values: Array, name: str = "x") -> None:
    """Refuse values outside 0 to 1, of which a Bernoulli likelihood has no probability.

    Raises:
        InputError: There are such values.
    """
    low, high = float(values.min()), float(values.max())
    if low < 0 or high > 1:
        raise InputError(
            f"{name} has values in {low:g} to {high:g}, and the model's data are 0 to 1; divide "
            "intensities by their largest possible value"
        )


def latents(values: ArrayLike, dim: int, name: str = "z") -> Array:
    """Latents ``(b, dim)``.

    Raises:
        InputError: Another shape, no row, or values that are not finite numbers.
    """
    return data(values, dim, None, name)


def datum(values: ArrayLike, columns: int, image: Image, name: str) -> Array:
    """One datum, flat or as an image, as a row ``(1, columns)``.

    Raises:
        InputError: As for ``data``.
    """
    array, shapes = _finite(values, name), _shapes(columns, image)
    if array.shape not in shapes:
        choices = " or ".join(map(str, shapes))
        raise InputError(f"{name} has shape {array.shape}; give one datum of shape {choices}")
    return array.reshape(1, columns)


def _shapes(columns: int, image: Image) -> list[tuple[int, ...]]:
    """The shapes that a datum may have."""
    shapes: list[tuple[int, ...]] = [(columns,)]
    if image:
        shapes.append(tuple(image))
        if image[2] == 1:
            shapes.append(tuple(image[:2]))
    return shapes


def _finite(values: ArrayLike, name: str) -> Array:
    try:
        array: NDArray[Any] = contract.numbers(values, name)
        if not array.size:
            raise InputError(f"{name} has shape {array.shape}, empty; give one row or more")
        array = array.astype(np.float64)
        contract.require_finite(array[None] if not array.ndim else array, name)
    except InputError:
        raise
    except UserError as error:
        raise InputError(str(error)) from None
    if (largest := float(np.abs(array).max())) > contract.LARGEST:
        raise InputError(
            f"{name} has values up to {largest:g}; give values within +-{contract.LARGEST:g}"
        )
    return array


def count(value: object, name: str, least: int = 1, most: int = 10**9) -> int:
    """A whole number within bounds.

    Raises:
        InputError: It is none.
    """
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if is_whole and least <= int(value) <= most:  # type: ignore[call-overload]
        return int(value)  # type: ignore[call-overload, no-any-return]
    raise InputError(one_line(f"{name} is {value!r}; give a whole number of {least} to {most}"))


def seed(value: object) -> int:
    """A seed of random draws.

    Raises:
        InputError: It is no whole number of zero or more.
    """
    return count(value, "seed", 0, 2**63 - 1)


def most_rows(columns: int, entries: int = 2**28) -> int:
    """Rows of an array of so many columns that has at most ``entries`` entries."""
    return max(1, math.floor(entries / columns))
