"""What a page's explorer of a latent plane has of each dataset: codes, data and decoded images.

All is taken from the draws of the runs. Nobody decodes in a browser: it shows the code that is
nearest to the pointer with what was drawn there. Numbers are sent as 16 bits a coordinate.
"""

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
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
from coupled_vae.runtime.files import Arrays

Points = NDArray[np.floating[Any]]
Shape = tuple[int, int, int]  # height, width, channels
MOST = 4000  # data of a dataset that are shown, evenly spread over their order
BUDGET = 3_200_000  # bytes that the images of a dataset have before they are compressed
SIDE = 28  # largest side of an image, in pixels; larger ones are reduced
LARGEST = np.iinfo(np.uint16).max
COVERED = 0.99  # share of the codes inside the plane that is shown
IMAGES = ("code", "latent_mean", "posterior_draws", "shown", "shown_reconstruction", "pairs")


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
        means: Of points, the decoder's mean E[x|z] at each code, packed; else empty.
        decoded: Of images, the latent points of ``sprite``, packed; else empty.
        sprite: Images E[x|z] at these points.
    """

    label: str
    codes: str
    means: str = ""
    decoded: str = ""
    sprite: Sprite | None = None


@dataclass(frozen=True)
class Explorer:
    """A dataset in an explorer.

    Attributes:
        name: Of the dataset.
        label: Of the dataset.
        extent: The plane reaches from ``-extent`` to ``extent`` on both axes.
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
    colours: str
    classes: str
    limits: list[float]
    data: str
    sprite: Sprite | None
    models: list[ExplorerModel]


def explorer(given: ExploredDataset) -> Explorer:
    """What is shown of a dataset of images, or of points in a plane.

    Raises:
        UserError: A file is missing or damaged.
    """
    data = datasets.load(given.data)
    names = (*IMAGES, "interpolation") if given.images else ("code", "reconstruction")
    n, d = data.x.shape
    runs = [(label, drawn.read(path, *names, n=n, d=d, l=2)) for label, path in given.runs]
    most = min(n, MOST, BUDGET // _bytes(data, given.data)) if given.images else min(n, MOST)
    kept = np.unique(np.linspace(0, n - 1, most).round().astype(int))
    every = np.abs(np.concatenate([arrays["code"][kept] for _, arrays in runs]))
    extent = round(float(np.quantile(every, COVERED)) * 1.05, 1) or 1.0
    of_kind = _of_images if given.images else _of_points
    return Explorer(
        name=given.name,
        label=labels.clean(given.label),
        extent=extent,
        **_colours(data, kept),
        **of_kind(given.data, data, kept, extent, runs),
    )


def _bytes(data: Dataset, path: Path) -> int:
    """Bytes of one image as it is shown."""
    return int(reduced(data.x[:1].reshape(1, *shape_of(data, path)), SIDE).size)


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


def _of_points(
    _: Path, data: Dataset, kept: NDArray[np.intp], extent: float, runs: list[tuple[str, Arrays]]
) -> dict[str, Any]:
    low, high = _square(data.x)
    return {
        "limits": [low, high],
        "data": packed(data.x[kept], low, high),
        "sprite": None,
        "models": [
            ExplorerModel(
                label=labels.clean(label),
                codes=packed(arrays["code"][kept], -extent, extent),
                means=packed(arrays["reconstruction"][kept], low, high),
            )
            for label, arrays in runs
        ],
    }


def _square(x: Points) -> tuple[float, float]:
    """Limits of both axes that hold all data, with a margin."""
    low, high = float(x.min()), float(x.max())
    margin = 0.1 * (high - low) or 1.0
    return round(low - margin, 3), round(high + margin, 3)


def _of_images(
    path: Path, data: Dataset, kept: NDArray[np.intp], extent: float, runs: list[tuple[str, Arrays]]
) -> dict[str, Any]:
    shape = shape_of(data, path)
    return {
        "limits": [],
        "data": "",
        "sprite": sprite_of(data.x[kept], shape),
        "models": [_with_images(label, arrays, shape, kept, extent) for label, arrays in runs],
    }


def _with_images(
    label: str, arrays: Arrays, shape: Shape, kept: NDArray[np.intp], extent: float
) -> ExplorerModel:
    """Codes of the data, and the images that were decoded at known points of the plane."""
    places, images = zip(*_decoded(arrays), strict=True)
    return ExplorerModel(
        label=labels.clean(label),
        codes=packed(arrays["code"][kept], -extent, extent),
        decoded=packed(np.concatenate(places), -extent, extent),
        sprite=sprite_of(np.concatenate(images), shape),
    )


def _decoded(arrays: Arrays) -> Iterator[tuple[Points, Points]]:
    """Points of the latent plane, and E[x|z] there: of shown data, and between pairs of data."""
    yield arrays["posterior_draws"][0][arrays["shown"]], arrays["shown_reconstruction"]
    steps = np.linspace(0, 1, arrays["interpolation"].shape[1])[:, None]
    for (first, second), images in zip(arrays["pairs"], arrays["interpolation"], strict=True):
        start, end = (arrays["latent_mean"][index] for index in (first, second))
        yield start + steps * (end - start), images


def packed(values: Points, low: float, high: float) -> str:
    """Numbers as 16 bits each, little-endian, in base64; what is outside is at the edge."""
    share = np.clip((values.astype(np.float64) - low) / (high - low), 0, 1)
    return _text(np.rint(LARGEST * share).astype("<u2").tobytes())


def sprite_of(images: Points, shape: Shape) -> Sprite:
    """Images ``(k, d)`` as one PNG: ink on paper of one channel, else red, green and blue."""
    tiles = reduced(images.reshape(-1, *shape), SIDE)
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
