"""Laws of the metrics: W2 is a distance, hole_mass sees cells and not coordinates."""

import numpy as np
import pytest

from coupled_vae.metrics.images import hole_mass
from coupled_vae.metrics.transport_distance import w2


def clouds(seed, sizes=(30, 30, 30)):
    """Samples of different laws."""
    rng = np.random.default_rng(seed)
    return (
        rng.standard_normal((sizes[0], 2)),
        rng.exponential(size=(sizes[1], 2)) - [2, 0],
        3 * rng.random((sizes[2], 2)) + [0, 1],
    )


def weights(seed, size):
    w = np.random.default_rng(seed).uniform(0.1, 1, size)
    return w / w.sum()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("sizes", [(30, 30, 30), (17, 40, 23)])
def test_w2_is_symmetric_and_obeys_the_triangle(seed, sizes):
    a, b, c = clouds(seed, sizes)
    ab, ba, bc, ac = (w2(*pair) for pair in ((a, b), (b, a), (b, c), (a, c)))
    assert ab == pytest.approx(ba, rel=1e-9)
    assert ac <= ab + bc + 1e-9
    assert ab <= ac + bc + 1e-9
    assert bc <= ab + ac + 1e-9
    assert min(ab, bc, ac) > 0.5


@pytest.mark.parametrize("seed", range(5))
def test_w2_with_weights_obeys_the_triangle_through_an_equal_sample(seed):
    a, b, c = clouds(seed, (25, 12, 31))
    own = weights(seed, 25)
    assert w2(a, c, own) <= w2(a, b, own) + w2(b, c) + 1e-9
    assert w2(a, c, own) != pytest.approx(w2(a, c), rel=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_w2_is_zero_from_a_sample_to_itself_and_only_there(seed):
    a, b, _ = clouds(seed)
    order = np.random.default_rng(seed).permutation(len(a))
    assert w2(a, a[order]) == pytest.approx(0, abs=1e-7)
    assert w2(a, a[:-1]) > 0
    assert w2(a, b) > 0.5


@pytest.mark.parametrize("seed", range(3))
def test_w2_goes_with_the_unit_and_no_turn_or_shift_changes_it(seed):
    a, b, _ = clouds(seed)
    angle = 0.7
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    told = w2(a, b)
    assert w2(3 * a, 3 * b) == pytest.approx(3 * told, rel=1e-9)
    assert w2(a @ turn + 5, b @ turn + 5) == pytest.approx(told, rel=1e-7)


def test_w2_of_gaussians_nears_the_closed_form():
    """W2^2 = |m - m'|^2 + |s - s'|^2 coordinate by coordinate; 5 % is the sample's own error."""
    rng = np.random.default_rng(0)
    a = rng.standard_normal((2000, 2)) * [1.0, 2.0]
    b = rng.standard_normal((2000, 2)) * [2.0, 0.5] + [3.0, 0.0]
    assert w2(a, b) == pytest.approx(np.sqrt(9 + 1 + 2.25), rel=0.05)


def aggregate(seed=0, num=4000):
    """An even prior and draws that leave a disc of it out."""
    rng = np.random.default_rng(seed)
    prior, draws = rng.standard_normal((2, num, 2))
    return draws[np.linalg.norm(draws - 0.5, axis=1) > 0.6], prior


MAPS = {
    "shift": lambda z: z + 7,
    "unit": lambda z: 1e-3 * z,
    "cube": lambda z: z**3 + z,
    "exp": np.exp,
    "squash": np.arctan,
    "each its own": lambda z: np.stack([np.sinh(z[:, 0]), z[:, 1] + np.exp(z[:, 1])], axis=1),
}


@pytest.mark.parametrize("name", MAPS)
@pytest.mark.parametrize("cells", [4, 8])
def test_hole_mass_is_the_same_in_coordinates_that_grow_with_the_old_ones(name, cells):
    """Its cells are cut at quantiles, between two draws of the prior: these move with the map."""
    draws, prior = aggregate()
    told = hole_mass(draws, prior, cells, 0.1)
    moved = hole_mass(MAPS[name](draws), MAPS[name](prior), cells, 0.1)
    # A draw between the same two of the prior as an edge may change its side: a draw in thousands.
    assert moved == pytest.approx(told, abs=1.01 / cells**2)
    assert 0 < told < 0.25


def test_hole_mass_grows_with_the_hole_and_with_the_share_that_counts():
    rng = np.random.default_rng(1)
    prior, draws = rng.standard_normal((2, 8000, 2))
    away = np.linalg.norm(draws, axis=1)
    told = [hole_mass(draws[away > radius], prior, 8, 0.1) for radius in (0, 0.7, 1.2, 1.8)]
    assert told == sorted(told)
    assert told[0] == 0
    assert told[-1] > 0.5
    shares = [hole_mass(draws[away > 0.7], prior, 8, share) for share in (0.01, 0.3, 0.9)]
    assert shares == sorted(shares)
    assert shares[-1] > shares[0]
