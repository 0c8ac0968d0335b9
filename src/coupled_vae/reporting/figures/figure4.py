"""Figure 4: samples, reconstructions and interpolations of every model on images."""

from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from numpy.typing import NDArray

from coupled_vae.config.params import Figure4 as Settings
from coupled_vae.config.section import parse
from coupled_vae.data import dataset as datasets
from coupled_vae.pipeline.draws import Draws
from coupled_vae.reporting import labels
from coupled_vae.reporting.figures import _style as style
from coupled_vae.reporting.figures._tiles import PAGE, Colour, Grey, Pixels, on_paper, reduced, tile
from coupled_vae.reporting.needs import Needs
from coupled_vae.reporting.rows import FigureInput
from coupled_vae.runtime.errors import UserError

Shape = tuple[int, int, int]
Index = NDArray[np.integer[Any]]

COLUMNS = (
    ("Samples", "decoder mean at draws of the prior"),
    ("Reconstructions", "each below its datum (tinted)"),
    ("Interpolations", "decoder mean between the latent means of two data"),
)
DATA_PAPER: Colour = (255, 235, 204)  # data are on tinted paper, images of a model on white
# Everything is laid out in pixels of the PNG, so that no image is resampled in it.
TILE, LINE, APART = 60, 2, 12
LARGEST = 2 * TILE  # of an image's sides; larger images are reduced
MARGIN = 1  # of an image, in pixels of the image
LEFT, RIGHT, TOP, BOTTOM = 46, 4, 72, 4
BETWEEN_ROWS, BETWEEN_BLOCKS = 22, 40

NEEDS = Needs(of="images", each="dataset")


def draw(given: FigureInput) -> None:
    """Draw the figure from its settings and from what the plan gives it.

    Of each run's ``draws.npz`` it shows the arrays ``sample_mean`` ``(m, d)``, E[x|z] at z ~ p(z);
    ``shown`` ``(k,)``, indices of data, and ``shown_reconstruction`` ``(k, d)``; ``pairs``
    ``(p, 2)``, indices of data, and ``interpolation`` ``(p, steps, d)``, E[x|z] on the line between
    their latent means.

    Raises:
        UserError: The data are no images, or the runs are too small, of other data, or show
            different data.
    """
    settings = parse(Settings, given.settings, "params.yaml: figures.figure4")
    (dataset,) = given.datasets
    data = datasets.load(dataset.data)
    n, d = data.x.shape
    shape = shape_of(data, dataset.data)
    draws = [(path, Draws(path, n=n, d=d)) for _, path in dataset.runs]
    for path, arrays in draws:
        _check(path, arrays, settings)
        first = draws[0][1]
        of_data = {"shown": (arrays.shown, first.shown), "pairs": (arrays.pairs, first.pairs)}
        for shared, (own, others) in of_data.items():
            if not np.array_equal(own, others):
                raise UserError(
                    f"{path}: {shared} differs from {draws[0][0]}; the models of Figure 4 show "
                    "the same data, delete both and run again"
                )
    blocks = [_blocks(arrays, data.x, settings.samples, shape) for _, arrays in draws]
    with rc_context(style.STYLE):
        figure = _draw([title for title, _ in dataset.runs], blocks)
    style.save(figure, given.out, given.name, style.title_of("figure4", dataset.name))


def shape_of(data: datasets.Dataset, path: Path) -> Shape:
    """Height, width and channels of the images.

    Raises:
        UserError: The data say none, and are not square.
    """
    if data.image:
        height, width, channels = data.image
        return height, width, channels
    side = isqrt(data.x.shape[1])
    if side**2 != data.x.shape[1]:
        raise UserError(
            f"{path}: {data.x.shape[1]} values a datum are no square image; Figure 4 needs images"
        )
    return side, side, 1


def _check(path: Path, arrays: Draws, settings: Settings) -> None:
    """Refuse draws that are too few, or of data unlike ``x``."""
    if len(arrays.sample_mean) < settings.samples:
        raise UserError(
            f"{path}: sample_mean has {len(arrays.sample_mean)} images, but params.yaml: "
            f"figures.figure4.samples is {settings.samples}; lower it"
        )


def _blocks(arrays: Draws, x: Grey, num_samples: int, shape: Shape) -> list[Pixels]:
    """Samples, reconstructions and interpolations of one model, as many rows in each."""
    shown, pairs = arrays.shown, arrays.pairs
    num_pairs, steps, _ = arrays.interpolation.shape
    num_rows = max(2, num_pairs + num_pairs % 2)

    row, column = divmod(np.arange(num_samples), -(-num_samples // num_rows))
    samples = _tile(_images(arrays.sample_mean[:num_samples], shape), row, column)

    row, column = divmod(np.arange(len(shown)), -(-len(shown) // (num_rows // 2)))
    both = [_images(x[shown], shape, DATA_PAPER), _images(arrays.shown_reconstruction, shape)]
    rows, columns = np.append(2 * row, 2 * row + 1), np.append(column, column)
    reconstructions = _tile(np.concatenate(both), rows, columns)

    row, column = np.indices((num_pairs, steps + 2))
    ends, between = _images(x[pairs], shape, DATA_PAPER), _images(arrays.interpolation, shape)
    lines = np.concatenate([ends[:, :1], between, ends[:, 1:]], axis=1)
    lines = lines.reshape(-1, *lines.shape[2:])
    before = (1, steps + 1)
    interpolations = _tile(lines, row.ravel(), column.ravel(), apart=APART, before=before)
    return [samples, reconstructions, interpolations]


def _images(flat: Grey, shape: Shape, paper: Colour = PAGE) -> Pixels:
    """Images ``(..., h, w, 3)`` with a margin, so that their ink does not touch."""
    images = flat.reshape(*flat.shape[:-1], *shape)
    return on_paper(reduced(images, LARGEST), paper, MARGIN)


def _tile(images: Pixels, row: Index, column: Index, **options: Any) -> Pixels:  # noqa: ANN401
    zoom = max(1, round(TILE / max(images.shape[1:3])))
    return tile(images, row, column, zoom=zoom, line=LINE, **options)


def _draw(titles: list[str], rows: list[list[Pixels]]) -> Figure:
    """Rows of blocks, placed on whole pixels of the PNG."""
    widths = [max(block.shape[1] for block in column) for column in zip(*rows, strict=True)]
    heights = [max(len(block) for block in blocks) for blocks in rows]
    lefts = LEFT + np.cumsum([0, *widths[:-1]]) + BETWEEN_BLOCKS * np.arange(len(widths))
    tops = TOP + np.cumsum([0, *heights[:-1]]) + BETWEEN_ROWS * np.arange(len(heights))
    width, height = lefts[-1] + widths[-1] + RIGHT, tops[-1] + heights[-1] + BOTTOM
    figure = Figure(figsize=(width / style.DPI, height / style.DPI))

    for title, blocks, top in zip(titles, rows, tops, strict=True):
        for block, left in zip(blocks, lefts, strict=True):
            tall, wide = len(block), block.shape[1]
            place = (left / width, 1 - (top + tall) / height, wide / width, tall / height)
            axes = figure.add_axes(place)
            # Without interpolation, else the SVG's images are resampled to another resolution.
            axes.imshow(block, interpolation="none", aspect="auto")
            axes.set_axis_off()
        middle = 1 - (top + max(map(len, blocks)) / 2) / height
        label = figure.text(LEFT / 2 / width, middle, labels.plot(title))
        label.set(rotation="vertical", ha="center", va="center", fontsize=10, fontweight="bold")
    for (title, subtitle), left, wide in zip(COLUMNS, lefts, widths, strict=True):
        middle = (left + wide / 2) / width
        figure.text(middle, 1 - (TOP - 38) / height, title, ha="center", fontsize=9)
        text = figure.text(middle, 1 - (TOP - 14) / height, subtitle, ha="center", fontsize=6.5)
        text.set_color("0.35")
    return figure
