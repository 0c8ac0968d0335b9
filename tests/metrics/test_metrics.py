"""Metrics: laws, oracles, and the power to tell good samples from bad ones."""

import numpy as np
import pytest
import torch

from coupled_vae.data.kinds import mog
from coupled_vae.metrics import modes as mode_metrics
from coupled_vae.metrics.discrepancy import imq, mmd, rbf
from coupled_vae.metrics.transport_distance import stratified_weights, w2
from coupled_vae.science import mmd as torch_mmd

CONFIG = mog.Config(grid_side=5, spacing=1.0, std=0.05, points_per_mode=100, seed=1)
DATA = mog.generate(CONFIG)
RADIUS = 0.2


def modes(sample):
    return mode_metrics.assign(sample, DATA.centres, RADIUS)


def collapsed():
    """A model whose every sample lies on one mode."""
    rng = np.random.default_rng(2)
    return DATA.centres[12] + 0.05 * rng.standard_normal(DATA.x.shape)


def smeared():
    """A model with a tenth of its samples between the modes."""
    sample = DATA.x.copy()
    sample[::10] += 0.5
    return sample


def test_perfect_samples_score_as_the_chi_squared_law_says():
    perfect = modes(DATA.x)
    # A radius of 4 standard deviations in the plane leaves out exp(-8); 2500 samples.
    assert mode_metrics.high_density_ratio(perfect) == pytest.approx(1 - np.exp(-8), abs=0.0012)
    assert mode_metrics.in_mode_std(perfect) == pytest.approx(0.0499, rel=3 / np.sqrt(2 * 5000))
    assert mode_metrics.modes_covered(perfect) == 25
    assert mode_metrics.mode_mass_tv(perfect) == pytest.approx(0, abs=1e-12)


def test_samples_between_modes_lower_the_ratio_but_not_the_std():
    assert mode_metrics.high_density_ratio(modes(smeared())) == pytest.approx(0.9, abs=0.002)
    assert mode_metrics.in_mode_std(modes(smeared())) == pytest.approx(0.05, rel=0.03)


def test_wider_modes_raise_the_std():
    wide = DATA.centres[DATA.label] + 0.08 * np.random.default_rng(0).standard_normal(DATA.x.shape)
    assert mode_metrics.in_mode_std(modes(wide)) > 0.065


def test_a_collapsed_model_with_a_perfect_ratio_fails_the_other_metrics():
    assert mode_metrics.high_density_ratio(modes(collapsed())) > 0.998
    assert mode_metrics.modes_covered(modes(collapsed())) == 1
    assert mode_metrics.mode_mass_tv(modes(collapsed())) == pytest.approx(1 - 1 / 25)
    some = np.random.default_rng(0).permutation(len(DATA.x))[:1000]
    healthy = w2(DATA.x[some[:500]], DATA.x[some[500:]])
    assert w2(collapsed()[:500], DATA.x[some[:500]]) > 1.5 > 3 * healthy


def test_a_mode_with_less_than_a_tenth_of_its_share_is_not_covered():
    share = len(DATA.x) // 25
    for kept, covered in ((share // 10 - 1, 24), (share // 10 + 1, 25)):
        sample = DATA.x.copy()
        lost = np.flatnonzero(DATA.label == 0)[kept:]
        sample[lost] = DATA.centres[12]
        assert mode_metrics.modes_covered(modes(sample)) == covered


def test_in_mode_std_without_any_high_density_sample_is_undefined():
    assert np.isnan(mode_metrics.in_mode_std(modes(DATA.x + 0.5)))


def test_bootstrap_equals_the_binomial_error():
    smear = modes(smeared())
    p = mode_metrics.high_density_ratio(smear)
    error = mode_metrics.bootstrap_std(
        mode_metrics.high_density_ratio, smear, 500, np.random.default_rng(0)
    )
    # The bootstrap's own relative error is 1 / sqrt(2 * 500), about 3 %.
    assert error == pytest.approx(np.sqrt(p * (1 - p) / len(DATA.x)), rel=0.12)


def test_w2_of_a_translation_is_its_length():
    a = np.random.default_rng(0).standard_normal((200, 2))
    moved = w2(a, a + np.array([3.0, 4.0]))
    assert moved == pytest.approx(5, rel=1e-9)


def test_stratified_weights_give_a_part_the_shares_of_the_whole():
    whole = np.array([0, 0, 0, 1, 2, 2])
    part = np.array([0, 1, 1, 2])
    np.testing.assert_allclose(stratified_weights(part, whole), [3 / 6, 1 / 12, 1 / 12, 2 / 6])
    without = stratified_weights(np.array([0, 2]), whole)
    np.testing.assert_allclose(without, [3 / 5, 2 / 5])


def test_w2_with_weights_is_that_of_repeated_points():
    rng = np.random.default_rng(5)
    a, b = rng.standard_normal((4, 2)), rng.standard_normal((8, 2))
    times = np.array([1, 3, 2, 2])
    assert w2(a, b, times / 8) == pytest.approx(w2(np.repeat(a, times, axis=0), b))


def test_w2_agrees_with_sorting_on_a_line():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((150, 1)), rng.exponential(size=(150, 1))
    expected = np.sqrt(np.mean((np.sort(a[:, 0]) - np.sort(b[:, 0])) ** 2))
    assert w2(a, b) == pytest.approx(expected, rel=1e-9)


KERNELS = (rbf, imq)


def test_mmd_equals_the_double_loop():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((13, 2)), rng.standard_normal((9, 2)) + 1

    def mean(x, y, kernel, skip):
        return np.mean(
            [
                kernel(np.square(x[i] - y[j]).sum()[None])[0]
                for i in range(len(x))
                for j in range(len(y))
                if not (skip and i == j)
            ]
        )

    for estimate, kernel in zip(mmd(a, b, KERNELS), KERNELS, strict=True):
        expected = (
            mean(a, a, kernel, True) + mean(b, b, kernel, True) - 2 * mean(a, b, kernel, False)
        )
        assert estimate.value == pytest.approx(expected, rel=1e-12)


def test_mmd_equals_the_training_mmd_across_blocks_and_unequal_sizes():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((700, 2)), 1.2 * rng.standard_normal((600, 2))
    for estimate, kernel in zip(mmd(a, b, KERNELS), (torch_mmd.rbf, torch_mmd.imq), strict=True):
        expected = float(torch_mmd.mmd(torch.from_numpy(a), torch.from_numpy(b), kernel))
        assert estimate.value == pytest.approx(expected, rel=1e-9)
    single = mmd(a.astype(np.float32), b.astype(np.float32), KERNELS)
    for one, two in zip(single, mmd(a, b, KERNELS), strict=True):
        # Rounding of single precision, 6e-8 a kernel value, averages out.
        assert one.value == pytest.approx(two.value, abs=1e-6)


def test_mmd_tells_a_scaled_normal_from_an_equal_one_by_its_own_error():
    rng = np.random.default_rng(3)
    a, b = rng.standard_normal((2, 1500, 2))
    for equal, other in zip(mmd(a, b, KERNELS), mmd(a, 0.75 * b, KERNELS), strict=True):
        assert abs(equal.value) < 3 * equal.error
        assert other.value > 4 * other.error


@pytest.mark.parametrize(("scale", "low", "high"), [(1.5, 0.8, 1.3), (1.0, 1.0, 1.9)])
def test_mmd_error_is_the_spread_of_redrawn_estimates(scale, low, high):
    """Unbiased where the distributions differ, too large by sqrt(2) where they are equal."""
    rng = np.random.default_rng(0)
    estimates = [
        mmd(rng.standard_normal((200, 2)), scale * rng.standard_normal((200, 2)), KERNELS)
        for _ in range(150)
    ]
    for kernel in range(len(KERNELS)):
        spread = np.std([e[kernel].value for e in estimates], ddof=1)
        error = np.mean([e[kernel].error for e in estimates])
        assert low < error / spread < high
