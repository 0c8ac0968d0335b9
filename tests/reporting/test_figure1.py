"""Figure 1: stable bytes, small files, the density's law, and what it refuses."""

from types import SimpleNamespace

import numpy as np
import pytest
from axis_names import check_axis_names as check_axis_names
from matplotlib.colors import rgb_to_hsv
from matplotlib.figure import Figure
from small import small_params

from coupled_vae.config.params import Figure1
from coupled_vae.data import dataset
from coupled_vae.data.dataset import Dataset
from coupled_vae.data.kinds import mog
from coupled_vae.reporting.figures import _planes, _style, figure1
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import write_arrays

SETTINGS = Figure1(seed=0, extent=3.5, density_bins=40)
MODES = small_params().evaluation.mode_settings().model_copy(update={"posterior_datum": 3})


@pytest.fixture
def folder(tmp_path):
    config = mog.Config(grid_side=5, spacing=1.0, std=0.05, points_per_mode=20, seed=1)
    data = mog.generate(config)
    dataset.save(tmp_path / "data.npz", data)
    rng = np.random.default_rng(0)
    axis = np.linspace(-3.5, 3.5, 41)
    density = np.exp(-10 * ((axis[:, None] - 1) ** 2 + axis**2))
    arrays = {"sample": data.x + 0.1, "reconstruction": data.x}
    arrays |= {name: rng.standard_normal((500, 2)) for name in ("latent_mean", "aggregate")}
    arrays |= {"posterior_axis": axis, "posterior_density": density}
    write_arrays(tmp_path / "draws.npz", arrays)
    return tmp_path


def draw(folder, out="out"):
    runs = [("VAE", folder / "draws.npz"), ("C-VAE", folder / "draws.npz")]
    figure1.figure1(runs, folder / "data.npz", MODES, SETTINGS, folder / out)


def images_of_the_posterior(arrays):
    """What is drawn of a posterior: the panel's image and that of its lens."""
    axes = Figure().subplots()
    _planes.posterior(axes, SimpleNamespace(**arrays))
    (lens,) = axes.child_axes
    return axes.images[0], lens.images[0]


def test_same_inputs_same_bytes_in_small_files(folder):
    draw(folder, "a")
    draw(folder, "b")
    for name, limit in (("figure1.png", 2e6), ("figure1.svg", 2e6), ("figure1.pdf", 2e6)):
        content = (folder / "a" / name).read_bytes()
        assert content == (folder / "b" / name).read_bytes()
        assert len(content) < limit


def test_a_posterior_that_vanishes_on_the_grid_is_drawn_empty(folder):
    arrays = dict(np.load(folder / "draws.npz"))
    arrays["posterior_density"] *= 0
    write_arrays(folder / "draws.npz", arrays)
    draw(folder)
    panel, lens = images_of_the_posterior(arrays)
    assert panel.get_array().max() == lens.get_array().max() == 0
    assert panel.norm.vmax == lens.norm.vmax == 1  # a scale from zero to zero would be none
    assert np.isfinite(panel.get_array()).all()
    assert {file.name for file in (folder / "out").iterdir()} == {
        f"figure1.{ending}" for ending in ("png", "svg", "pdf")
    }


def test_a_posterior_is_drawn_by_its_root_from_zero_to_its_peak(folder):
    arrays = dict(np.load(folder / "draws.npz"))
    for image in images_of_the_posterior(arrays):
        root = np.sqrt(arrays["posterior_density"])
        np.testing.assert_allclose(image.get_array(), root)
        assert (image.norm.vmin, image.norm.vmax) == (0, pytest.approx(root.max()))


def test_density_integrates_to_the_share_inside_and_is_indexed_from_below():
    points = np.tile([1.0, -2.0], (100, 1))
    points[:25] = 99
    density = _planes.density(points, SETTINGS.extent, SETTINGS.density_bins)
    assert density.sum() * (7 / 40) ** 2 == pytest.approx(0.75, rel=1e-3)
    row, column = np.unravel_index(density.argmax(), density.shape)
    assert (column + 0.5) * 7 / 40 - 3.5 == pytest.approx(1, abs=0.1)
    assert (row + 0.5) * 7 / 40 - 3.5 == pytest.approx(-2, abs=0.1)


def test_density_map_darkens_from_white():
    colours = _style.density_map()(np.linspace(0, 1, 50))[:, :3]
    lightness = colours @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) < 0).all()
    assert colours[0] == pytest.approx(1, abs=0.02)


def test_colours_of_modes_differ_in_hue_or_lightness():
    points = np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0)), axis=-1).reshape(-1, 2)
    colours = _style.colours_by_place(points)
    assert ((colours >= 0) & (colours <= 1)).all()
    gaps = np.linalg.norm(rgb_to_hsv(colours)[:, None] - rgb_to_hsv(colours), axis=-1)
    assert gaps[~np.eye(25, dtype=bool)].min() > 0.04


def test_panels_reach_about_the_modes_wherever_they_are(folder):
    """A mixture of a reader's own, of another place and scale, whose data have no labels."""
    data = dataset.load(folder / "data.npz")
    limits = figure1._data_limits(data, MODES)
    far = Dataset(
        x=40 * data.x + 500,
        label=np.full(len(data.x), -1),
        centres=40 * data.centres + 500,
        std=40 * data.std,
    )
    np.testing.assert_allclose(figure1._data_limits(far, MODES), 40 * limits + 500, atol=5)
    before = figure1._colours(data)
    dataset.save(folder / "data.npz", far)
    np.testing.assert_allclose(figure1._colours(dataset.load(folder / "data.npz")), before)
    draw(folder)


def test_refuses_data_that_is_no_plane_or_has_no_centres(folder):
    x = np.zeros((5, 3), np.float32)
    without = Dataset(x=x, label=np.zeros(5, np.int64))
    dataset.save(folder / "data.npz", without)
    with pytest.raises(UserError, match="needs two-dimensional data with known centres"):
        draw(folder)
