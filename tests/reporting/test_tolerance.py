"""The spread between seeds, from which the tolerances come."""

import numpy as np
import pandas as pd
import pytest

from coupled_vae.reporting.tolerance import judge, spreads

UNIT = np.array([-1.0, 0.0, 1.0])  # standard deviation 1


def spread_of(deviations: dict[str, float], size: int = 3) -> dict[str, float]:
    values = [
        ("paper", "mog", "ratio", model, seed, 0.5 + deviation * UNIT[seed])
        for model, deviation in deviations.items()
        for seed in range(size)
    ]
    columns = ["experiment", "dataset", "metric", "model", "seed", "value"]
    table = spreads(pd.DataFrame(values, columns=columns)).set_index("model")
    np.testing.assert_allclose(table["error"], table["spread"] / np.sqrt(size))
    return dict(table["spread"])


def test_a_model_is_raised_by_the_others_to_their_root_mean_square():
    found = spread_of({"one": 0.1, "other": 0.3})
    assert found == pytest.approx({"one": np.sqrt((0.1**2 + 0.3**2) / 2), "other": 0.3})


def test_but_with_three_seeds_to_five_times_its_spread_at_most():
    assert spread_of({"one": 0.001, "other": 0.3})["one"] == pytest.approx(0.005)


def test_one_that_never_varies_stays_at_zero_and_a_single_seed_is_undefined():
    assert spread_of({"one": 0.0, "other": 0.3})["one"] == 0
    assert np.isnan(spread_of({"one": 0.1, "other": 0.3}, size=1)["one"])


@pytest.mark.parametrize(
    ("new", "error", "state"),
    [
        (1.0899, 0.01, "within"),
        (1.0901, 0.01, "beyond"),
        (1.0009, 0.0, "within"),  # by the floor
        (1.0011, 0.0, "beyond"),
        (1.5, np.nan, "form"),
        (np.nan, 0.01, "beyond"),
    ],
)
def test_the_bound_is_nine_errors_or_a_thousandth_of_the_value(new, error, state):
    found = judge(["a"], np.array([new]), np.array([1.0]), np.array([error]))
    assert found.state == state
