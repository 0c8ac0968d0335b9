"""The design of the search: even, seeded, and the first trials of a longer one."""

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import qmc

from coupled_vae.config import design
from coupled_vae.config.search import ModelSearch

SCHEDULE = [{"batch_size": 64, "num_steps": 401}, {"batch_size": 128, "num_steps": 200}]
SPACE = {
    "learning_rate": {"low": 0.001, "high": 0.1, "log": True},
    "share": {"low": 0, "high": 1, "log": False},
    "normalisation": ["none", "batch"],
    "depth": [1, 2, 3],
}
FIRST = {"batch_size": 99, "num_steps": 50, "learning_rate": 7, "share": 2, "depth": 4}


def search(**changes: Any) -> ModelSearch:
    own = {"base": {"flows": 10, "depth": 7}, "schedule": SCHEDULE, "space": SPACE}
    return ModelSearch.model_validate({**own, "first": FIRST, **changes})


def points(count: int, dimensions: int, seed: int) -> np.ndarray:
    return np.array([design.point(index, dimensions, seed) for index in range(count)])


def test_without_permutations_it_is_the_halton_sequence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(design, "_permutation", lambda base, place, seed: [*range(base)])
    known = qmc.Halton(5, scramble=False).random(40)
    np.testing.assert_allclose(points(40, 5, 0), known, atol=1e-6)


@pytest.mark.parametrize("seed", [0, 1, 2306])
def test_points_are_even_in_every_coordinate_and_together(seed: int) -> None:
    found = points(60, 5, seed)
    assert ((found >= 0) & (found < 1)).all()
    for column, base in zip(found.T, (2, 3, 5, 7, 11), strict=True):
        whole = len(column) // base * base
        counts = np.bincount((column[:whole] * base).astype(int), minlength=base)
        assert {*counts} == {whole // base}
    drawn = np.random.default_rng(seed).random((20, 60, 5))
    assert qmc.discrepancy(found) < np.mean([qmc.discrepancy(own) for own in drawn])


def test_equal_seeds_give_equal_trials_and_other_seeds_others() -> None:
    first, second, other = (
        [design.varied(search(), trial, seed) for trial in range(12)] for seed in (1, 1, 2)
    )
    assert first == second
    assert first != other
    assert len({str(own) for own in first}) == 12


def test_the_design_of_the_project_does_not_move() -> None:
    """All trials would be trained again: these are the coordinates of the first version."""
    known = [[0.82572, 0.32719, 0.40429], [0.32572, 0.99386, 0.00429]]
    np.testing.assert_allclose(points(2, 3, 2306), known, atol=1e-4)


def test_values_are_in_the_space() -> None:
    rows = [design.varied(search(), trial, 3) for trial in range(1, 49)]
    rates = np.array([row["learning_rate"] for row in rows])
    assert ((rates >= 0.001) & (rates <= 0.1)).all()
    assert np.median(rates) == pytest.approx(0.01, rel=0.3)  # even in the logarithm
    assert np.mean([row["share"] for row in rows]) == pytest.approx(0.5, abs=0.1)
    assert {row["normalisation"] for row in rows} == {"none", "batch"}
    assert {row["depth"] for row in rows} == {1, 2, 3}
    pairs = {(row["batch_size"], row["num_steps"]) for row in rows}
    assert pairs == {(64, 401), (128, 200)}
    assert all(float(f"{rate:.3g}") == rate for rate in rates)


def test_a_trial_overrides_the_base_and_has_a_share_of_the_steps() -> None:
    full, brief = (design.arguments(search(), 4, 3, share) for share in (1, 0.25))
    assert full == {"flows": 10, **design.varied(search(), 4, 3)}
    assert brief == {**full, "num_steps": round(full["num_steps"] / 4)}
    own = search(base={"num_pools": 3}, schedule=[{"decoder_steps": 40}], space={})
    assert design.arguments(own, 1, 3, 0.1) == {"num_pools": 1, "decoder_steps": 40}


def test_the_first_trial_has_the_arguments_known_to_be_good() -> None:
    assert design.varied(search(), 0, 3) == FIRST
    brief = {"flows": 10, **FIRST, "num_steps": 10}
    assert design.arguments(search(), 0, 3, 0.2) == brief


def test_the_cost_is_the_data_in_all_steps() -> None:
    assert design.cost({"num_steps": 5, "batch_size": 7, "rate": 2}) == 35
    pools = {"num_pools": 3, "decoder_steps": 4, "batch_size": 5, "pool_size": 100}
    assert design.cost(pools) == math.prod((3, 4, 5))
