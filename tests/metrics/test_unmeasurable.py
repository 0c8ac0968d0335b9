"""What cannot be measured is nan or an error, never a number that a model could win by."""

import math
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from coupled_vae.metrics import images as image_metrics
from coupled_vae.metrics import modes as mode_metrics
from coupled_vae.metrics import transport_distance
from coupled_vae.metrics.discrepancy import imq, mmd, rbf
from coupled_vae.metrics.transport_distance import stratified_weights, w2
from coupled_vae.science import mmd as science_mmd

RNG = np.random.default_rng(0)
CENTRES = np.array([[0.0, 0.0], [2.0, 2.0]])
A, B = RNG.standard_normal((2, 40, 2))
PRIOR = RNG.standard_normal((400, 2))
CODES = RNG.standard_normal((4, 30, 2))
LABELS = RNG.integers(3, size=40)
KERNELS = (rbf, imq)


def modes(sample):
    return mode_metrics.assign(sample, CENTRES, 1.0)


def bootstrap(statistic):
    return lambda sample: mode_metrics.bootstrap_std(
        statistic, modes(sample), 3, np.random.default_rng(1)
    )


def torch_mmd(kernel):
    return lambda sample: float(
        science_mmd.mmd(torch.from_numpy(sample).double(), torch.from_numpy(B), kernel)
    )


def weighted_w2(sample):
    weights = np.full(len(sample), 1 / max(1, len(sample)))
    return w2(sample, B, weights)


# Each as a function of one sample; the other side, where there is one, is good.
OF_SAMPLE = {
    "high_density_ratio": lambda s: mode_metrics.high_density_ratio(modes(s)),
    "in_mode_std": lambda s: mode_metrics.in_mode_std(modes(s)),
    "modes_covered": lambda s: mode_metrics.modes_covered(modes(s)),
    "mode_mass_tv": lambda s: mode_metrics.mode_mass_tv(modes(s)),
    "bootstrap of the ratio": bootstrap(mode_metrics.high_density_ratio),
    "bootstrap of the masses": bootstrap(mode_metrics.mode_mass_tv),
    "w2": lambda s: w2(s, B),
    "w2, other side": lambda s: w2(B, s),
    "w2, weighted": weighted_w2,
    "mmd_rbf": lambda s: mmd(s, B, KERNELS)[0].value,
    "mmd_imq, other side": lambda s: mmd(B, s, KERNELS)[1].value,
    "error of mmd_rbf": lambda s: mmd(s, B, KERNELS)[0].error,
    "torch mmd_rbf": torch_mmd(science_mmd.rbf),
    "torch mmd_imq": torch_mmd(science_mmd.imq),
    "hole_mass": lambda s: image_metrics.hole_mass(s, PRIOR, 4, 0.1),
    "hole_mass, prior": lambda s: image_metrics.hole_mass(A, s, 4, 0.1),
    "encoder_std": lambda s: image_metrics.encoder_std(s[:, None]),
    "encoder_std, one datum's": lambda s: image_metrics.encoder_std(
        np.stack([s[: len(s) // 2], s[len(s) // 2 : 2 * (len(s) // 2)]])
    ),
    "class_recovery": lambda s: image_metrics.class_recovery(s, LABELS[: len(s)], B, LABELS, 3),
    "class_recovery, test": lambda s: image_metrics.class_recovery(
        B, LABELS, s, LABELS[: len(s)], 3
    ),
} | {
    f"{name}{side}": (
        lambda s, name=name, side=side: image_metrics.manifold_scores(
            *((s, B) if side else (B, s)), 3
        )[name]
    )
    for name in ("precision", "recall", "density", "coverage")
    for side in ("", ", data")
}
# Larger is better. Class recovery of these random labels is chance, whatever the codes are.
MORE = ("high_density_ratio", "modes_covered", "precision", "recall", "density", "coverage")

every_metric = pytest.mark.parametrize("name", OF_SAMPLE)


def undefined(name, sample):
    """Whether a metric is nan, or raises an error of one line."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return math.isnan(OF_SAMPLE[name](sample))
        except ValueError as error:
            return bool(str(error))


@every_metric
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [(0, 0), (7, 1), (-1, -1)])
def test_one_number_that_is_not_finite_makes_every_metric_undefined(name, bad, place):
    sample = A.copy()
    sample[place] = bad
    assert undefined(name, sample)
    assert undefined(name, sample.astype(np.float32))


@every_metric
@settings(max_examples=15, deadline=None)
@given(
    bad=st.lists(
        st.tuples(
            st.integers(0, 39), st.integers(0, 1), st.sampled_from([math.nan, math.inf, -math.inf])
        ),
        min_size=1,
        max_size=80,
    )
)
def test_any_mixture_of_them_does(name, bad):
    sample = A.copy()
    for row, column, value in bad:
        sample[row, column] = value
    assert undefined(name, sample)


@every_metric
@pytest.mark.parametrize("count", [0, 1])
def test_an_empty_sample_and_one_point_measure_nothing(name, count):
    assert undefined(name, A[:count])


@every_metric
def test_good_samples_are_measured(name):
    assert math.isfinite(OF_SAMPLE[name](A))


@every_metric
@pytest.mark.parametrize("size", [1e30, 1e200])
def test_huge_numbers_are_undefined_or_no_better_than_good_ones(name, size):
    sample = A.copy()
    sample[::3] *= size
    for bad in (sample, A * size):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = OF_SAMPLE[name](bad)
        if math.isnan(value):
            continue
        assert math.isfinite(value)
        if "other" not in name and "data" not in name and "error" not in name:
            good = OF_SAMPLE[name](A)
            if name.startswith(MORE):
                assert value <= good + 1e-9
            elif name.startswith(("w2", "mmd", "hole_mass")):
                assert value >= good - 1e-9


@every_metric
def test_a_constant_sample_is_measured_or_undefined(name):
    value = OF_SAMPLE[name](np.zeros((40, 2)))
    assert math.isnan(value) or math.isfinite(value)
    if name.startswith("w2"):
        assert value > 0.5


def test_w2_is_undefined_if_the_solver_stops_early(monkeypatch):
    """POT returns a number then, with a warning."""
    monkeypatch.setattr(transport_distance, "PIVOTS", 3)
    assert math.isnan(w2(A, B))


@pytest.mark.parametrize(
    "weights",
    [
        np.zeros(40),
        np.full(40, math.nan),
        np.full(40, 1 / 20),
        np.r_[-1 / 38, np.full(39, 1 / 38)],
        np.full(39, 1 / 39),
    ],
)
def test_w2_refuses_weights_that_are_none(weights):
    assert math.isnan(w2(A, B, weights))


@pytest.mark.parametrize(("part", "whole"), [([], [1]), ([1], []), ([], []), ([1], [2, 3])])
def test_strata_without_a_point_are_an_error(part, whole):
    with pytest.raises(ValueError, match="no stratum in common"):
        stratified_weights(np.array(part, np.intp), np.array(whole, np.intp))


def test_samples_need_a_centre_to_belong_to():
    with pytest.raises(ValueError, match="centres is empty"):
        mode_metrics.assign(A, np.empty((0, 2)), 1.0)


def test_a_prior_that_cannot_be_cut_into_cells_has_no_hole_mass():
    line = np.stack([np.repeat([0.0, 1.0], 200), PRIOR[:, 1]], axis=1)
    assert math.isnan(image_metrics.hole_mass(A, line, 4, 0.1))
