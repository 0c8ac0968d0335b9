"""The figure of points whose modes are not known, in every dimension of data and latents."""

from pathlib import Path

import numpy as np
import pytest
from axis_names import check_axis_names as check_axis_names
from numpy.typing import NDArray

from coupled_vae.data import dataset
from coupled_vae.data.dataset import Dataset
from coupled_vae.reporting.figures import points
from coupled_vae.reporting.figures._views import CLASSES, colours_of, view_of
from coupled_vae.reporting.rows import FigureInput, ShownDataset
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import write_arrays

RNG = np.random.default_rng(0)


def data(n: int, d: int, classes: int = 0) -> Dataset:
    x = RNG.normal(size=(n, d)) * np.linspace(3, 1, d)
    label = np.arange(n) % classes if classes else np.full(n, -1)
    return Dataset(x=x.astype(np.float32), label=label)


def given(folder: Path, own: Dataset, latent: int = 2, datum: int = 0) -> FigureInput:
    """Two models with random draws of these data."""
    n, d = own.x.shape
    names = {"prior": 300, "prior_other": 300, "aggregate": 300, "latent_mean": n}
    arrays = {name: RNG.normal(size=(rows, latent)) for name, rows in names.items()}
    axis = np.linspace(-3.5, 3.5, 21) if latent == 2 else np.empty(0)
    density = np.exp(-(axis[:, None] ** 2) - axis**2) if latent == 2 else np.empty((0, 0))
    arrays |= {"sample": RNG.normal(size=(300, d)), "posterior_axis": axis}
    arrays |= {"posterior_density": density}
    write_arrays(folder / "draws.npz", {k: a.astype(np.float32) for k, a in arrays.items()})
    dataset.save(folder / "data.npz", own)
    runs = [("VAE", folder / "draws.npz"), ("C-VAE", folder / "draws.npz")]
    shown = ShownDataset(name="own", data=folder / "data.npz", runs=runs)
    return FigureInput(
        name="points_own", datasets=[shown], posterior_datum=datum, settings={}, out=folder / "out"
    )


@pytest.mark.parametrize("latent", [1, 2, 5])
@pytest.mark.parametrize(("n", "d"), [(60, 1), (60, 2), (60, 3), (60, 40), (2, 40), (2, 1)])
def test_every_dimension_is_drawn(tmp_path: Path, n: int, d: int, latent: int) -> None:
    points.draw(given(tmp_path, data(n, d, classes=2), latent))
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        "points_own.png",
        "points_own.svg",
        "points_own.pdf",
    }


def test_same_inputs_same_bytes(tmp_path: Path) -> None:
    asked = given(tmp_path, data(500, 13, classes=3))
    points.draw(asked)
    points.draw(asked.model_copy(update={"out": tmp_path / "again"}))
    for name in ("points_own.png", "points_own.svg", "points_own.pdf"):
        first = (tmp_path / "out" / name).read_bytes()
        assert first == (tmp_path / "again" / name).read_bytes()
        assert len(first) < 2e6


@pytest.mark.parametrize("scale", [1e-30, 1, 1e8])
@pytest.mark.parametrize("columns", [[0.0], [0.0, 1.0], [1.0, 1.0, 1.0, 0.0]])
def test_columns_without_spread_and_large_numbers(
    tmp_path: Path, columns: list[float], scale: float
) -> None:
    x = RNG.normal(size=(30, len(columns))) * columns * scale
    x[0, 0] += scale  # two data differ
    own = Dataset(x=x.astype(np.float32), label=np.full(30, -1))
    limits = view_of(own.x).limits
    assert np.isfinite(limits).all()
    assert (limits[:, 0] < limits[:, 1]).all()
    points.draw(given(tmp_path, own))


def test_a_datum_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"posterior_datum 60 is not a datum; choose from 0 to 59"):
        points.draw(given(tmp_path, data(60, 2), datum=60))
    assert not (tmp_path / "out").exists()


def test_a_plane_is_shown_as_it_is_and_more_by_components() -> None:
    plane = data(50, 2).x
    np.testing.assert_array_equal(view_of(plane).of(plane), plane)
    # A plane turned into seven dimensions: its two components have all of its variance.
    turn = np.linalg.qr(RNG.normal(size=(7, 2)))[0]
    view = view_of((plane @ turn.T).astype(np.float32))
    found = view.of(plane @ turn.T)
    np.testing.assert_allclose(np.cov(found.T).trace(), np.cov(plane.T).trace(), rtol=1e-5)
    assert np.cov(found.T)[0, 1] == pytest.approx(0, abs=1e-5)
    shares = [int(name.split("(")[1].rstrip("%)")) for name in view.names]
    assert sum(shares) == pytest.approx(100, abs=1)


def distances(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.norm(x[:, None] - x, axis=-1))


def test_colours_are_of_classes_or_of_places() -> None:
    shown = RNG.normal(size=(6, 2))
    colours, key = colours_of(shown, np.array([0, 2, 2, 0, 5, 5]))
    assert key == {0: CLASSES[0], 2: CLASSES[1], 5: CLASSES[2]}
    assert list(colours) == [key[name] for name in (0, 2, 2, 0, 5, 5)]
    many = np.arange(len(CLASSES) + 1)
    for label in (np.full(6, -1), np.zeros(6, int), np.array([-1, 0, 1, 1, 1, 1]), many):
        colours, key = colours_of(RNG.normal(size=(len(label), 2)), label)
        assert key == {}
        assert colours.shape == (len(label), 3)


def test_lines_hold_their_share_of_the_mass() -> None:
    axis = np.linspace(-4, 4, 81)
    density = np.exp(-(axis[:, None] ** 2 + axis**2) / 2)
    low, high = points._levels(density)
    # A plane Gaussian has the share s inside exp(-r^2 / 2) = 1 - s.
    assert low == pytest.approx(0.05, rel=0.1)
    assert high == pytest.approx(0.5, rel=0.1)
    assert points._levels(np.zeros((5, 5))) == []
