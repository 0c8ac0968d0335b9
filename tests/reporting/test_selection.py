"""The rule of the search: one standard error, then the cheaper; ties; nan is never best."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from table_cases import search_input, searched_model, with_scores

from coupled_vae.reporting import selection
from coupled_vae.reporting.selection import Measured, finalists, winner

NAN = float("nan")
LESS, MORE = "w2_to_data", "high_density_ratio"


def measured(
    values: Sequence[float],
    more: Sequence[float] = (),
    costs: Sequence[int] = (),
    error: float = NAN,
) -> list[Measured]:
    return [
        Measured(
            trial=trial,
            cost=costs[trial] if costs else 1,
            means={LESS: value, MORE: more[trial] if more else NAN},
            errors={LESS: error, MORE: error},
        )
        for trial, value in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("values", "costs", "error", "expected"),
    [
        ([0.3, 0.2, 0.4], [1, 9, 1], NAN, 1),  # one seed: no error, the best
        ([0.3, 0.2, 0.4], [1, 9, 1], 0.05, 1),
        ([0.3, 0.2, 0.4], [1, 9, 1], 0.11, 0),  # cheaper, and within the error
        ([0.3, 0.2, 0.4], [5, 9, 1], 0.3, 2),
        ([0.3, 0.2, 0.25], [5, 9, 5], 0.3, 2),  # as cheap: the better of the two
        ([0.2, 0.2], [1, 1], NAN, 0),  # equal in all: the first
        ([NAN, 0.9], [1, 9], 0.1, 1),
        ([NAN, NAN], [1, 9], 0.1, None),
    ],
)
def test_the_cheapest_within_one_error_of_the_best_wins(
    values: list[float], costs: list[int], error: float, expected: int | None
) -> None:
    assert winner(measured(values, costs=costs, error=error), LESS, [LESS, MORE]) == expected


def test_of_some_scores_more_is_better() -> None:
    found = measured([0.1] * 3, more=[0.8, 0.95, 0.9], costs=[1, 9, 2], error=0.06)
    assert winner(found, MORE, [LESS, MORE]) == 2
    assert [own.trial for own in selection.ordered(found, MORE)] == [1, 2, 0]


@pytest.mark.parametrize(
    ("more", "error", "expected"),
    [
        ([0.8, 0.9, 0.9], 0.15, 1),  # the other score chooses, and of its equals the better
        ([0.8, 0.9, 0.9], 0.05, 0),
        ([NAN, 0.1, NAN], 0.15, 1),  # an undefined value never is the better one
    ],
)
def test_the_other_score_chooses_among_what_one_score_cannot_tell_apart(
    more: list[float], error: float, expected: int
) -> None:
    found = measured([0.1, 0.2, 0.21], more=more, error=error)
    assert winner(found, LESS, [LESS, MORE]) == expected


@pytest.mark.parametrize(
    ("values", "more", "count", "expected"),
    [
        ([0.3, 0.1, 0.2, 0.4], [0.1, 0.2, 0.3, 0.9], 3, [1, 3, 2, 0]),  # and the first trial
        ([0.3, 0.1, 0.2, 0.4], [0.1, 0.2, 0.3, 0.9], 1, [1, 0]),
        ([0.3, 0.1, 0.2, 0.4], [0.1, 0.9, 0.3, 0.2], 3, [1, 2, 0]),  # the best by both, once
        ([0.3, NAN, 0.2, NAN], [0.1, NAN, NAN, NAN], 4, [2, 0]),
        ([0.2, 0.2, 0.2], [0.5, 0.5, 0.5], 2, [0, 1]),
    ],
)
def test_finalists_are_the_best_by_each_score_and_the_next_by_the_first(
    values: list[float], more: list[float], count: int, expected: list[int]
) -> None:
    assert finalists(measured(values, more), [LESS, MORE], count) == expected


def test_what_is_written_is_compared_with_what_the_trials_give(tmp_path: Path) -> None:
    models = [
        searched_model("vae", finalists=[2, 0]),
        searched_model("mine", finalists=[1]),
    ]
    given = search_input(tmp_path, models)
    with_scores(given, LESS, vae_t00=0.1, vae_t02=0.2, mine_t00=0.1, mine_t01=NAN)
    with_scores(given, MORE, vae_t02=0.99)
    values = selection.frame(given, given.scores)
    assert selection.finalists_of(given, values) == {"vae": [0, 2], "mine": [0, 2]}
    assert [*selection.differences(given, values)] == [
        "params.yaml: experiments.search.datasets.mog.decided.mine.finalists is [1], "
        "but the rule gives [0, 2]"
    ]


def test_what_is_written_is_compared_with_what_the_finals_give(tmp_path: Path) -> None:
    models = [
        searched_model("vae", "finals", winners={LESS: 2, MORE: 1}),
        searched_model("mine", "finals"),
    ]
    given = search_input(tmp_path, models, phase="finals")
    with_scores(given, LESS, vae_f00=[0.1, 0.3], mine_f00=[0.1, 0.1])  # an error of 0.1
    with_scores(given, LESS, vae_f02=[0.25, 0.29], mine_f02=[0.2, 0.2])
    with_scores(given, MORE, vae_f01=[0.99, 0.99], mine_f01=NAN, mine_f00=NAN, mine_f02=NAN)
    values = selection.frame(given, given.scores)
    assert selection.winners_of(given, values) == {
        "vae": {LESS: 2, MORE: 1},
        "mine": {LESS: 0},
    }
    assert [*selection.differences(given, values)] == [
        "params.yaml: experiments.search.datasets.mog.decided.mine.winners is {}, "
        "but the rule gives {w2_to_data: 0}"
    ]
