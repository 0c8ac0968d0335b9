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


def on_paper(images: Grey, paper: Colour, margin: int) -> Pixels:
    """Images as pixels, with a margin of paper around them.

    Args:
        images: Intensities, shape ``(..., h, w, c)``; of one channel they are ink on the paper, of
            three they are red, green and blue. What is outside of [0, 1] is clipped.
        paper: Colour of the paper.
        margin: Its width around each image, in pixels of the image.

    Returns:
        Shape ``(..., h + 2 * margin, w + 2 * margin, 3)``.
    """
    if images.shape[-1] == 1:
        around = [(0, 0)] * (images.ndim - 3) + [(margin, margin)] * 2
        return ink(np.pad(images[..., 0], around), paper)
    height, width, _ = images.shape[-3:]
    sizes = (height + 2 * margin, width + 2 * margin)
    framed = np.full((*images.shape[:-3], *sizes, 3), paper, np.uint8)
    colours = np.rint(255 * np.clip(images, 0, 1))
    framed[..., margin : margin + height, margin : margin + width, :] = colours
    return framed


def reduced(images: Grey, largest: int) -> Grey:
    """Images ``(..., h, w, c)`` whose sides are at most ``largest``, by means of square blocks."""
    factor = -(-max(images.shape[-3:-1]) // largest)
    if factor == 1:
        return images
    missing = [(0, -side % factor) for side in images.shape[-3:-1]]
    whole = np.pad(images, [(0, 0)] * (images.ndim - 3) + [*missing, (0, 0)], mode="edge")
    *others, height, width, channels = whole.shape
    blocks = whole.reshape(*others, height // factor, factor, width // factor, factor, channels)
    return np.asarray(blocks.mean(axis=(-4, -2)), images.dtype)


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
        images: Shape ``(k, h, w, 3)``.
        row: Row of each image, counted from 0 at the top, shape ``(k,)``.
        column: Column of each image, counted from 0 at the left, shape ``(k,)``.
        zoom: Pixels per pixel of an image.
        line: Width of the frames in pixels.
        apart: Additional distance in pixels ...
        before: ... before each of these columns.

    Returns:
        One image ``(height, width, 3)``; cells without an image have the page's colour.
    """
    height, width = (side * zoom for side in images.shape[1:3])
    top = row * (height + line)
    left = column * (width + line) + apart * sum(column >= first for first in before)
    tall, wide = height + 2 * line, width + 2 * line
    canvas = np.full((top.max() + tall, left.max() + wide, 3), PAGE, np.uint8)
    for image, y, x in zip(images, top, left, strict=True):
        canvas[y : y + tall, x : x + wide] = LINE
        y, x = y + line, x + line
        canvas[y : y + height, x : x + width] = image.repeat(zoom, 0).repeat(zoom, 1)
    return canvas
