"""Many small images as one, on pixels and without matplotlib."""

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.floating[Any]]
Pixels = NDArray[np.uint8]
Colour = tuple[int, int, int]

PAGE: Colour = (255, 255, 255)
LINE: Colour = (205, 205, 205)


def ink(images: Grey, paper: Colour = PAGE) -> Pixels:
    """Black ink on paper: intensity 0 is bare, 1 black; shape ``(...)`` becomes ``(..., 3)``."""
    bare = 1 - np.clip(images, 0, 1)[..., None]
    return np.asarray(np.rint(bare * np.array(paper)), np.uint8)


def tile(
    images: Pixels,
    row: NDArray[np.integer[Any]],
    column: NDArray[np.integer[Any]],
    *,
    zoom: int = 1,
    line: int = 1,
    apart: int = 0,
    before: Collection[int] = (),
) -> Pixels:
    """Put every image into its cell of a table, in a thin frame that neighbours share.

    Args:
        images: Shape ``(k, side, side, 3)``.
        row: Row of each image, counted from 0 at the top, shape ``(k,)``.
        column: Column of each image, counted from 0 at the left, shape ``(k,)``.
        zoom: Pixels per pixel of an image.
        line: Width of the frames in pixels.
        apart: Additional distance in pixels ...
        before: ... before each of these columns.

    Returns:
        One image ``(height, width, 3)``; cells without an image have the page's colour.
    """
    size = images.shape[1] * zoom
    top = row * (size + line)
    left = column * (size + line) + apart * sum(column >= first for first in before)
    framed = size + 2 * line
    canvas = np.full((top.max() + framed, left.max() + framed, 3), PAGE, np.uint8)
    for image, y, x in zip(images, top, left, strict=True):
        canvas[y : y + framed, x : x + framed] = LINE
        y, x = y + line, x + line
        canvas[y : y + size, x : x + size] = image.repeat(zoom, 0).repeat(zoom, 1)
    return canvas
