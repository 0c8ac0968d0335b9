"""Figure 3: every point shown or counted, classes to be told apart."""

import numpy as np
import pytest
from figure_cases import LABELS, NUM_DATA, given, write
from matplotlib.colors import to_rgb

from coupled_vae.reporting.figures import figure3
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import write_arrays


def panels(codes, label):
    return figure3._draw(list(zip(LABELS, codes, strict=False)), label, 3.5).axes


def notes(axes):
    return [text.get_text() for text in axes.texts if "outside" in text.get_text()]


def test_a_panel_for_every_model_with_every_point_in_the_colour_of_its_class():
    rng = np.random.default_rng(1)
    codes = rng.standard_normal((5, 300, 2))
    label = np.arange(300) % 10
    axes = panels(codes, label)
    assert [one.get_title() for one in axes] == LABELS
    for one, code in zip(axes, codes, strict=True):
        (points,) = one.collections
        drawn = np.hstack([np.asarray(points.get_offsets()), points.get_facecolors()[:, :3]])
        wanted = np.hstack([code, [to_rgb(figure3.COLOURS[digit]) for digit in label]])
        assert drawn[np.lexsort(drawn.T)] == pytest.approx(wanted[np.lexsort(wanted.T)])
        assert one.get_xlim() == one.get_ylim() == (-3.5, 3.5)


def test_no_class_is_buried_by_the_order_of_the_data():
    label = np.repeat(np.arange(10), 30)
    (axes,) = panels(np.random.default_rng(1).standard_normal((1, 300, 2)), label)
    last = axes.collections[0].get_facecolors()[-100:]
    assert len(np.unique(last, axis=0)) == 10


def test_points_outside_are_counted_whatever_they_are():
    code = np.zeros((300, 2))
    code[:4] = [[3.6, 0], [0, -3.6], [np.nan, 0], [np.inf, np.inf]]
    code[4] = 3.5  # on the edge is inside
    full, empty = panels([code, np.zeros((300, 2))], np.arange(300) % 10)[:2]
    assert notes(full) == ["4 outside"]
    assert notes(empty) == []


def test_numerals_stand_in_their_class_and_not_on_each_other():
    rng = np.random.default_rng(2)
    angle = rng.uniform(0, np.pi, 500)
    arch = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)  # its mean is far from all of it
    inner = 0.05 * rng.standard_normal((500, 2)) + [0, 1.2]
    twin = 0.05 * rng.standard_normal((500, 2)) + [0, 1.2]
    places = figure3._places(np.concatenate([arch, inner, twin]), np.repeat([0, 1, 2], 500), 3.5)
    assert np.hypot(*places[0]) == pytest.approx(2, abs=0.15)
    assert places[1] == pytest.approx((0, 1.2), abs=0.1)
    assert np.abs(np.subtract(places[1], places[2])).max() >= 0.5


def test_numerals_prefer_the_piece_that_a_class_has_to_itself():
    rng = np.random.default_rng(3)
    shared, own = 0.1 * rng.standard_normal((2, 1000, 2)) + [[[0, 0]], [[2, 1]]]
    code, label = np.concatenate([shared, own[:400]]), np.repeat([1, 0], [400, 1000])
    assert figure3._places(code, label, 3.5)[0] == pytest.approx((2, 1), abs=0.15)


def test_a_class_wholly_outside_has_no_numeral():
    code = np.zeros((20, 2))
    code[:10] = 99
    assert list(figure3._places(code, np.repeat([4, 7], 10), 3.5)) == [7]


# Machado et al. 2009, severity 1, on linear RGB.
VISIONS = {
    "normal": np.eye(3),
    "protan": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deutan": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritan": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


@pytest.mark.parametrize("vision", VISIONS)
def test_colours_differ_for_every_kind_of_colour_vision(vision):
    rgb = np.array([to_rgb(colour) for colour in figure3.COLOURS])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = (linear @ np.transpose(VISIONS[vision])).clip(0, 1)
    lms = linear @ np.transpose(
        [[0.412, 0.536, 0.051], [0.212, 0.681, 0.107], [0.088, 0.282, 0.630]]
    )
    to_lab = [[0.210, 0.794, -0.004], [1.978, -2.429, 0.451], [0.026, 0.783, -0.809]]
    lab = np.cbrt(lms) @ np.transpose(to_lab)
    gaps = np.linalg.norm(lab[:, None] - lab, axis=-1)[~np.eye(10, dtype=bool)]
    assert gaps.min() > 0.1  # tab10: 0.007 for protans
    assert np.diff(np.sort(lab[:, 0])).min() > 0.03 or vision != "normal"


@pytest.mark.parametrize("label", [np.full(300, -1), np.arange(300) % 11])
def test_one_colour_without_classes_and_with_more_than_there_are_colours(label):
    (axes,) = panels(np.random.default_rng(1).standard_normal((1, 300, 2)), label)
    assert len(np.unique(axes.collections[0].get_facecolors(), axis=0)) == 1
    assert not axes.texts
    assert not axes.figure.legends


def test_figure3_refuses_other_latent_spaces_and_other_data(tmp_path):
    write(tmp_path)
    for arrays, words in (
        (
            {"code": np.zeros((NUM_DATA, 3))},
            r"WAE.npz: code has shape \(60, 3\); .* needs \(60, 2\)",
        ),
        ({"code": np.zeros((NUM_DATA - 1, 2))}, r"code has shape \(59, 2\)"),
        ({"aggregate": np.zeros((1, 2))}, r"WAE.npz: lacks code"),
    ):
        write_arrays(tmp_path / "WAE.npz", arrays)
        with pytest.raises(UserError, match=words):
            figure3.draw(given(tmp_path, "figure3"))
