"""The legend of a study's figure fits, and is absent where nothing needs it."""

import warnings
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib import rc_context

from coupled_vae.reporting.figures import _style as style
from coupled_vae.reporting.figures import study

CURVES = [f"{metric}_{kind}" for metric in study.CURVES for kind in ("mean", "seed_std")]


def drawn(*rows):
    """The figure of rows given as pairs of label and value, laid out."""
    rng = np.random.default_rng(0)
    points = rng.standard_normal((50, 2))
    frame = [
        {"label": label, "value": value, **dict.fromkeys(CURVES, 0.5)} for label, value in rows
    ]
    arrays = [SimpleNamespace(sample=points, code=points) for _ in rows]
    with rc_context(style.STYLE):
        figure = study._draw("A study", frame, arrays, points)
        figure.draw_without_rendering()
    return figure


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_legend_overlaps_no_panel_and_leaves_no_edge(levels):
    names = [f"InfoVAE, lambda = 100 on MMD, number {number}" for number in range(levels)]
    figure = drawn(("lambda = 1", 1.0), *((name, None) for name in names))
    [legend] = figure.legends
    box = legend.get_window_extent()
    assert [text.get_text() for text in legend.get_texts()] == names
    assert not any(box.overlaps(axes.get_tightbbox()) for axes in figure.axes)
    page = figure.bbox
    assert page.x0 <= box.x0 < box.x1 <= page.x1
    assert page.y0 <= box.y0 < box.y1 <= page.y1
    heights = [text.get_window_extent() for text in legend.get_texts()]
    assert not any(one.overlaps(other) for one, other in pairwise(heights))


def test_no_panel_has_a_legend():
    assert all(axes.get_legend() is None for axes in drawn(("a", 1.0), ("b", None)).axes)


@pytest.mark.parametrize("rows", [[("a", 1.0), ("b", 2.0)], [("a", 1.0), ("", None)]])
def test_without_a_labelled_line_there_is_no_legend_and_no_warning(rows):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not drawn(*rows).legends
