"""What a page's explorer of a latent plane has of each dataset: codes, data and a decoded grid.

All is taken from the draws of the runs. Nobody decodes in a browser: it shows what the run decoded
at the point of a grid that is nearest to the pointer. A coordinate has 16 bits, a pixel has 8.
"""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from coupled_vae.data import dataset as datasets
from coupled_vae.data.dataset import Dataset
from coupled_vae.pipeline import draws as drawn
from coupled_vae.reporting import labels
from coupled_vae.reporting.figures._tiles import reduced
from coupled_vae.reporting.figures._views import colours_of, view_of
from coupled_vae.reporting.figures.figure4 import shape_of
from coupled_vae.reporting.rows import ExploredDataset

Points = NDArray[np.floating[Any]]
Shape = tuple[int, int, int]  # height, width, channels
ROOM = 3_000_000  # bytes of all explorers of a page
# Data of a dataset that are shown, evenly spread over their order, and the largest side of an image
# in pixels; larger ones are reduced. The first that has room is taken, or the last.
SIZES = ((4000, 28), (2000, 28), (2000, 14), (1000, 14), (500, 7), (250, 7))
LARGEST = np.iinfo(np.uint16).max


@dataclass(frozen=True)
class Sprite:
    """Images of one size as one PNG, in rows of ``columns``; the PNG as base64."""

    png: str
    columns: int
    width: int
    height: int


@dataclass(frozen=True)
class ExplorerModel:
    """A model in an explorer.

    Attributes:
        label: Of the model.
        codes: A code z ~ q(z|x) of every datum, two coordinates each, packed.
        means: Of points, the decoder's mean E[x|z] at the points of the grid, packed; else empty.
            Rows have rising z2, and within a row z1 rises.
        sprite: Of images, E[x|z] at these points in the same order, a row of the grid in a row.
    """

    label: str
    codes: str
    means: str = ""
    sprite: Sprite | None = None


@dataclass(frozen=True)
class Explorer:
    """A dataset in an explorer.

    Attributes:
        name: Of the dataset.
        label: Of the dataset.
        extent: The plane and its grid reach from ``-extent`` to ``extent`` on both axes.
        size: Points of the grid along each axis.
        colours: Red, green and blue of every datum, a byte each, packed.
        classes: Of every datum, a byte each, packed; empty if the data have none.
        limits: Lowest and highest value of the plane of points; empty of images.
        data: Points of a plane, packed; empty of images.
        sprite: The images of the data; None of points.
        models: With their codes.
    """

    name: str
    label: str
    extent: float
    size: int
    colours: str
    classes: str
    limits: list[float]
    data: str
    sprite: Sprite | None
    models: list[ExplorerModel]


def explorers(given: Sequence[ExploredDataset], room: int = ROOM) -> list[Explorer]:
    """What is shown of some datasets.

    Args:
        given: The datasets.
        room: Bytes that all may take together; where they need more, data and pixels are left out.

    Raises:
        UserError: A file is missing or damaged.
    """
    for most, side in SIZES:
        found = [explorer(own, most, side) for own in given]
        if sum(map(_bytes, found)) <= room:
            break
    return found


def explorer(given: ExploredDataset, most: int, side: int) -> Explorer:
    """What is shown of a dataset of images, or of points in a plane.

    Args:
        given: Its data, and the draws of its models.
        most: Data that are shown at most.
        side: Pixels of an image along an axis at most.

    Raises:
        UserError: A file is missing or damaged.
    """
    data = datasets.load(given.data)
    n, d = data.x.shape
    names = ("code", "plane_axis", "plane")
    runs = [(label, drawn.read(path, *names, n=n, d=d, l=2)) for label, path in given.runs]
    axis = runs[0][1]["plane_axis"]
    kept = np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(int))
    shape = shape_of(data, given.data) if given.images else None
    low, high = _square(data.x)
    return Explorer(
        name=given.name,
        label=labels.clean(given.label),
        extent=round(float(axis[-1]), 6),
        size=len(axis),
        **_colours(data, kept),
        limits=[] if shape else [low, high],
        data="" if shape else packed(data.x[kept], low, high),
        sprite=sprite_of(data.x[kept], shape, side) if shape else None,
        models=[
            ExplorerModel(
                label=labels.clean(label),
                codes=packed(arrays["code"][kept], -axis[-1], axis[-1]),
                means="" if shape else packed(arrays["plane"], low, high),
                sprite=sprite_of(_rows(arrays["plane"]), shape, side) if shape else None,
            )
            for label, arrays in runs
        ],
    )


def _rows(plane: Points) -> Points:
    return plane.reshape(-1, plane.shape[-1])


def _bytes(found: Explorer) -> int:
    """Bytes of all that is packed."""
    sprites = [found.sprite, *(model.sprite for model in found.models)]
    texts = [found.colours, found.classes, found.data]
    texts += [text for model in found.models for text in (model.codes, model.means)]
    return sum(map(len, [*texts, *(sprite.png for sprite in sprites if sprite)]))


def _colours(data: Dataset, kept: NDArray[np.intp]) -> dict[str, Any]:
    """Colours as in the figures: by class, or where a datum of two coordinates lies."""
    from matplotlib.colors import to_rgb

    colours, classes = colours_of(view_of(data.x).of(data.x)[kept], data.label[kept])
    rgb = np.array([to_rgb(colour) for colour in colours])
    shown = data.label[kept].astype(np.uint8).tobytes() if classes else b""
    return {
        "colours": _text(np.rint(255 * rgb).astype(np.uint8).tobytes()),
        "classes": _text(shown),
    }


def _square(x: Points) -> tuple[float, float]:
    """Limits of both axes that hold all data, with a margin."""
    low, high = float(x.min()), float(x.max())
    margin = 0.1 * (high - low) or 1.0
    return round(low - margin, 3), round(high + margin, 3)


def packed(values: Points, low: float, high: float) -> str:
    """Numbers as 16 bits each, little-endian, in base64; what is outside is at the edge."""
    share = np.clip((values.astype(np.float64) - low) / (high - low), 0, 1)
    return _text(np.rint(LARGEST * share).astype("<u2").tobytes())


def sprite_of(images: Points, shape: Shape, side: int) -> Sprite:
    """Images ``(k, d)`` as one PNG: ink on paper of one channel, else red, green and blue.

    A square number of images is a square, so a grid stays one. An image has at most ``side`` pixels
    along each axis.
    """
    tiles = reduced(images.reshape(-1, *shape), side)
    count, height, width, channels = tiles.shape
    columns = int(np.ceil(np.sqrt(count)))
    rows = -(-count // columns)
    sheet = np.zeros((rows * columns, height, width, channels))
    sheet[:count] = np.clip(tiles, 0, 1)
    sheet = sheet.reshape(rows, columns, height, width, channels).transpose(0, 2, 1, 3, 4)
    pixels = sheet.reshape(rows * height, columns * width, channels)
    return Sprite(_png(pixels), columns, width, height)


def _png(pixels: Points) -> str:
    """A PNG of as few bits as it needs; shape ``(h, w, channels)``, values 0 to 1."""
    grey = pixels.shape[2] == 1
    content = np.rint(255 * (1 - pixels[..., 0] if grey else pixels)).astype(np.uint8)
    image = Image.fromarray(content)
    if grey and not np.any((content > 0) & (content < 255)):
        image = image.convert("1", dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    image.save(buffer, "png", optimize=True)
    return _text(buffer.getvalue())


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
