"""Metrics of images and of holes: values known by construction, and models that must fail."""

import numpy as np
import pytest
from scipy.stats import qmc

from coupled_vae.metrics import images as image_metrics

PRIOR = qmc.MultivariateNormalQMC(np.zeros(2), rng=np.random.default_rng(0)).random(2**14)


def test_the_prior_itself_has_no_holes():
    draws = np.random.default_rng(1).standard_normal((50_000, 2))
    assert image_metrics.hole_mass(draws, PRIOR, 16, 0.1) == 0


def test_an_empty_half_plane_is_half_of_the_prior():
    draws = np.abs(np.random.default_rng(1).standard_normal((50_000, 2)))
    draws[:, 1] *= np.random.default_rng(2).choice([-1, 1], len(draws))
    assert image_metrics.hole_mass(draws, PRIOR, 16, 0.1) == pytest.approx(0.5, abs=0.02)


def test_a_thin_cell_is_a_hole_below_the_fraction_and_none_above():
    rng = np.random.default_rng(1)
    draws = rng.standard_normal((200_000, 2))
    thinned = draws[(draws[:, 0] > 0) | (rng.random(len(draws)) < 0.2)]
    assert image_metrics.hole_mass(thinned, PRIOR, 8, 0.1) == 0
    assert image_metrics.hole_mass(thinned, PRIOR, 8, 0.5) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("dim", [1, 3])
def test_holes_are_undefined_without_a_plane(dim):
    assert np.isnan(image_metrics.hole_mass(np.zeros((4, dim)), np.zeros((4, dim)), 2, 0.1))


def test_encoder_std_is_the_spread_about_each_datum_and_not_between_data():
    rng = np.random.default_rng(3)
    means = 10 * rng.standard_normal((500, 2))
    draws = means + 0.3 * rng.standard_normal((40, 500, 2))
    assert image_metrics.encoder_std(draws) == pytest.approx(0.3, rel=0.02)


def test_class_recovery_is_one_for_separate_classes_and_chance_for_shuffled_ones():
    rng = np.random.default_rng(4)
    labels = np.repeat(np.arange(4), 50)
    codes = 5 * np.stack([labels % 2, labels // 2], axis=1) + 0.1 * rng.standard_normal((200, 2))
    assert image_metrics.class_recovery(codes, labels, codes[::2], labels[::2], 5) == 1
    shuffled = rng.permutation(labels)
    assert image_metrics.class_recovery(codes, shuffled, codes[::2], labels[::2], 5) < 0.6


def balls(real, fake, k):
    """The definitions, pair by pair."""

    def reach(points):
        return [sorted(np.linalg.norm(points - p, axis=1))[k] for p in points]

    inside = [
        [np.linalg.norm(r - f) < radius for f in fake]
        for r, radius in zip(real, reach(real), strict=True)
    ]
    back = [
        [np.linalg.norm(r - f) < radius for f, radius in zip(fake, reach(fake), strict=True)]
        for r in real
    ]
    return {
        "precision": np.mean(np.any(inside, axis=0)),
        "recall": np.mean(np.any(back, axis=1)),
        "density": np.mean(np.sum(inside, axis=0)) / k,
        "coverage": np.mean(np.any(inside, axis=1)),
    }


def test_manifold_scores_are_their_definitions():
    rng = np.random.default_rng(5)
    real, fake = rng.standard_normal((30, 3)), 0.5 + 1.5 * rng.standard_normal((25, 3))
    scores = image_metrics.manifold_scores(real, fake, 4)
    assert scores == pytest.approx(balls(real, fake, 4))


def test_manifold_scores_tell_noise_and_collapse_from_data():
    rng = np.random.default_rng(6)
    real, twin = rng.standard_normal((2, 300, 8))
    good = image_metrics.manifold_scores(real, twin, 5)
    assert min(good.values()) > 0.6
    noise = image_metrics.manifold_scores(real, 10 * rng.standard_normal((300, 8)), 5)
    assert noise["precision"] < 0.1 > noise["coverage"]
    collapsed = image_metrics.manifold_scores(real, real[:1] + 0.01 * twin, 5)
    assert collapsed["precision"] == 1
    assert collapsed["coverage"] < 0.2 > collapsed["recall"]
