"""Figure 4: every image in its place, down to the pixels of the file."""

import base64
import io
import re
from types import SimpleNamespace

import numpy as np
import pytest
from figure_cases import LABELS, NUM_DATA, SIDE, STEPS, draws, given, write
from matplotlib.image import imread

from coupled_vae.data import dataset
from coupled_vae.data.dataset import Dataset
from coupled_vae.pipeline.draws import Draws
from coupled_vae.reporting.figures import _style, figure4
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import write_arrays

SHAPE = (SIDE, SIDE, 1)


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path)


def change(folder, label, **changes):
    path = folder / f"{label}.npz"
    write_arrays(path, {**np.load(path), **changes})


def draw(folder, **settings):
    figure4.draw(given(folder, "figure4", **settings))


def greys(block, rows, columns, apart_at=()):
    """Intensity (in 255ths) and whether the paper is tinted, at the centre of every cell."""
    pitch = figure4.TILE + figure4.LINE
    found = []
    for row in range(rows):
        for column in range(columns):
            shift = figure4.APART * sum(column >= at for at in apart_at)
            y, x = (k * pitch + figure4.LINE + figure4.TILE // 2 for k in (row, column))
            colour = block[y, x + shift]
            found.append((255 - int(colour[0]), bool(colour[0] != colour[2])))
    return found


def test_blocks_show_the_right_image_at_the_right_place():
    x = np.repeat(np.arange(NUM_DATA)[:, None] / 255, SIDE**2, axis=1)
    blocks = figure4._blocks(SimpleNamespace(**draws()), x, 7, SHAPE)
    blank, tinted, plain = (0, False), True, False
    # Three pairs make four rows; seven samples two columns.
    assert greys(blocks[0], 4, 2) == [(60 + k, plain) for k in range(7)] + [blank]
    # Two double rows: the data and below them their reconstructions.
    assert greys(blocks[1], 4, 2) == [
        *[(3, tinted), (14, tinted), (100, plain), (101, plain)],
        *[(15, tinted), blank, (102, plain), blank],
    ]
    lines = greys(blocks[2], 3, STEPS + 2, apart_at=(1, STEPS + 1))
    for row, (start, end) in enumerate([(9, 26), (5, 35), (8, 9)]):
        between = [(120 + STEPS * row + k, plain) for k in range(STEPS)]
        cells = lines[row * (STEPS + 2) :][: STEPS + 2]
        assert cells == [(start, tinted), *between, (end, tinted)]


def test_every_pixel_of_the_blocks_reaches_the_png(folder):
    change(folder, "WAE", sample_mean=1 - draws()["sample_mean"])
    draw(folder)
    png = np.rint(imread(folder / "out" / "figure4_x.png")[..., :3] * 255)
    x = dataset.load(folder / "data.npz").x
    top = figure4.TOP
    for label in LABELS:
        left = figure4.LEFT
        blocks = figure4._blocks(Draws(folder / f"{label}.npz"), x, 7, SHAPE)
        for block in blocks:
            height, width, _ = block.shape
            assert (png[top : top + height, left : left + width] == block).all()
            left += width + figure4.BETWEEN_BLOCKS
        top += max(map(len, blocks)) + figure4.BETWEEN_ROWS


def test_svg_embeds_the_blocks_as_they_are(folder):
    draw(folder)
    svg = (folder / "out" / "figure4_x.svg").read_text()
    embedded = [
        np.rint(imread(io.BytesIO(base64.b64decode(found)))[..., :3] * 255)
        for found in re.findall(r"base64,([^\"]+)\"", svg)
    ]
    x = dataset.load(folder / "data.npz").x
    blocks = figure4._blocks(SimpleNamespace(**draws()), x, 7, SHAPE) * len(LABELS)
    for image, block in zip(embedded, blocks, strict=True):
        assert np.array_equal(image, block)


@pytest.mark.parametrize("side", [8, 28])
def test_tiles_of_both_datasets_are_equally_large(side):
    images = figure4._images(np.zeros((1, side**2)), (side, side, 1))
    assert figure4.TILE % images.shape[1] == 0


def test_figure4_width_suits_a_readme():
    x = np.zeros((4, 784))
    arrays = {
        "sample_mean": np.zeros((40, 784)),
        "shown": np.zeros(10, int),
        "shown_reconstruction": np.zeros((10, 784)),
        "pairs": np.zeros((4, 2), int),
        "interpolation": np.zeros((4, 10, 784)),
    }
    blocks = figure4._blocks(SimpleNamespace(**arrays), x, 40, (28, 28, 1))
    assert len({len(block) for block in blocks}) == 1
    assert 1000 < _style.DPI * figure4._draw(["a"], [blocks]).get_figwidth() < 2000


def test_figure4_refuses_with_one_line(folder):
    with pytest.raises(UserError, match=r"has 20 images, but .*figure4.samples is 21; lower it$"):
        draw(folder, samples=21)
    change(folder, "C-VAE", pairs=np.array([[9, 26], [5, 35], [8, 10]]))
    with pytest.raises(UserError, match=r"C-VAE.npz: pairs differs from .*VAE.npz"):
        draw(folder)
    change(folder, "C-VAE", pairs=np.array([[9, 26], [5, 35], [8, NUM_DATA]]))
    with pytest.raises(UserError, match="pairs has indices 5 to 60, which are not all of data"):
        draw(folder)
    change(folder, "C-VAE", sample_mean=np.zeros((20, 9)))
    with pytest.raises(UserError, match=r"sample_mean has shape \(20, 9\), where axis d is 16"):
        draw(folder)
    change(folder, "C-VAE", **np.load(folder / "VAE.npz"))
    write_arrays(folder / "VAE-NF.npz", {"code": np.zeros((NUM_DATA, 2))})
    with pytest.raises(UserError, match=r"VAE-NF.npz: lacks sample_mean; has code; delete it"):
        draw(folder)
    x = np.zeros((5, 12), np.float32)
    dataset.save(folder / "data.npz", Dataset(x=x, label=np.zeros(5, np.int64)))
    with pytest.raises(
        UserError, match="12 values a datum are no square image; Figure 4 needs images"
    ):
        draw(folder)
