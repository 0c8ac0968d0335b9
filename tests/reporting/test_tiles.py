"""Tiles: exact layouts, pixel by pixel."""

import numpy as np

from coupled_vae.reporting.figures import _tiles


def test_tile_puts_each_image_framed_into_its_cell():
    images = np.zeros((2, 1, 1, 3), np.uint8)
    images[1] = 9
    canvas = _tiles.tile(images, np.array([0, 1]), np.array([0, 1]), zoom=2, line=1)
    f, p = _tiles.LINE[0], _tiles.PAGE[0]
    assert (canvas == canvas[:, :, :1]).all()
    assert canvas[:, :, 0].tolist() == [
        [f, f, f, f, p, p, p],
        [f, 0, 0, f, p, p, p],
        [f, 0, 0, f, p, p, p],
        [f, f, f, f, f, f, f],
        [p, p, p, f, 9, 9, f],
        [p, p, p, f, 9, 9, f],
        [p, p, p, f, f, f, f],
    ]


def test_tile_sets_columns_apart_and_keeps_images_upright():
    images = np.arange(24, dtype=np.uint8).reshape(2, 2, 2, 3)
    canvas = _tiles.tile(
        images, np.array([0, 0]), np.array([0, 1]), zoom=1, line=1, apart=3, before=(1,)
    )
    assert canvas.shape == (4, 10, 3)
    assert (canvas[1:3, 1:3] == images[0]).all()
    assert (canvas[1:3, 7:9] == images[1]).all()
    assert (canvas[:, 4:6] == _tiles.PAGE).all()
    assert (canvas[:, [3, 6]] == _tiles.LINE).all()


def test_tiles_that_are_not_square():
    images = np.arange(12, dtype=np.uint8).reshape(2, 1, 2, 3)
    canvas = _tiles.tile(images, np.array([0, 1]), np.array([0, 0]), zoom=1, line=1)
    assert canvas.shape == (5, 4, 3)
    assert (canvas[1:2, 1:3] == images[0]).all()
    assert (canvas[3:4, 1:3] == images[1]).all()


def test_colours_are_shown_as_they_are_with_a_margin_of_paper():
    image = np.array([[[0, 0.5, 1], [-1, 2, 0.2]]])
    pixels = _tiles.on_paper(image, (200, 100, 50), 1)
    assert pixels.shape == (3, 4, 3)
    assert pixels[1, 1:3].tolist() == [[0, 128, 255], [0, 255, 51]]
    assert pixels[0].tolist() == [[200, 100, 50]] * 4


def test_one_channel_is_ink_on_the_paper_of_its_margin():
    pixels = _tiles.on_paper(np.array([[[0.0], [1.0]]]), (200, 100, 50), 1)
    assert pixels[1].tolist() == [[200, 100, 50], [200, 100, 50], [0, 0, 0], [200, 100, 50]]


def test_large_images_are_reduced_by_means_of_blocks():
    image = np.arange(12.0).reshape(1, 2, 6, 1)
    assert _tiles.reduced(image, 6) is image
    assert _tiles.reduced(image, 3)[0, ..., 0].tolist() == [[3.5, 5.5, 7.5]]
    assert _tiles.reduced(image, 4).shape == (1, 1, 3, 1)
    assert _tiles.reduced(np.ones((2, 5, 7, 3)), 3).shape == (2, 2, 3, 3)


def test_ink_darkens_paper_and_clips():
    assert _tiles.ink(np.array([-1, 0, 0.5, 1, 2]), (200, 100, 50)).tolist() == [
        [200, 100, 50],
        [200, 100, 50],
        [100, 50, 25],
        [0, 0, 0],
        [0, 0, 0],
    ]
