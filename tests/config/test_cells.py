"""Every experiment has one form: rows with their arguments, and where their cells stand."""

from collections import Counter

import pytest
from small import TOP

from coupled_vae.config.cells import Experiment, Row, experiments, model_row, split
from coupled_vae.config.load import load

PARAMS = load(TOP / "params.yaml")
BY_NAME = {own.name: own for own in experiments(PARAMS)}
EVERY = [(own, row) for own in BY_NAME.values() for row in own.rows]


def row_of(experiment: str, name: str, dataset: str = "mog") -> Row:
    rows = BY_NAME[experiment].rows
    (found,) = (row for row in rows if (row.name, row.dataset) == (name, dataset))
    return found


def test_every_experiment_of_the_parameters_is_listed_once() -> None:
    own = PARAMS.experiments
    names = ["paper", "search", *own.grids, *own.studies, "explanations"]
    assert [*BY_NAME] == names
    assert len({experiment.root for experiment in BY_NAME.values()}) == len(names)


@pytest.mark.parametrize(
    ("name", "parts"),
    [("cvae", ("cvae", "")), ("cvae.eps-0.1", ("cvae", "eps-0.1"))],
)
def test_a_name_is_a_model_and_what_varies(name: str, parts: tuple[str, str]) -> None:
    assert split(name) == parts


def test_a_grid_trains_all_its_models_on_every_dataset() -> None:
    paper, grid = BY_NAME["paper"], PARAMS.experiments.paper
    assert paper.trained() == [*paper.rows]
    assert [(row.dataset, row.name) for row in paper.rows] == [
        (on, name) for on in grid.datasets for name in grid.models
    ]


def test_no_two_experiments_train_the_same_cell() -> None:
    trained = Counter(
        (row.root, row.dataset, row.name) for own in BY_NAME.values() for row in own.trained()
    )
    assert max(trained.values()) == 1


@pytest.mark.parametrize(("own", "row"), EVERY, ids=lambda own: own.name)
def test_a_row_that_an_experiment_does_not_train_is_one_of_the_paper(
    own: Experiment, row: Row
) -> None:
    if row.root == own.root:
        return
    paper = row_of("paper", row.name, row.dataset)
    assert (row.root, row.kind, row.args, row.problem) == (
        *(paper.root, paper.kind, paper.args),
        paper.problem,
    )
    assert {*own.seeds} <= {*BY_NAME["paper"].seeds}


def test_places_say_where_arguments_and_problem_stand() -> None:
    assert row_of("paper", "vae").args_place == "models.vae.args"
    assert row_of("paper", "vae", "mnist").args_place == "models.vae.overrides.mnist"
    candidate = row_of("search", "wae.lr-0.004")
    assert candidate.args_place == "experiments.search.datasets.mog.candidates.wae.lr-0.004"
    row, place = row_of("priors", "cvae.circle"), "experiments.studies.priors.rows.cvae.circle"
    assert (row.args_place, row.problem_place) == (f"{place}.args", f"{place}.problem")
    assert row_of("epsilon", "cvae.eps-3").problem_place == "datasets.mog.problem"


def test_a_row_of_a_study_has_its_own_label_value_and_arguments() -> None:
    usual, row = model_row(PARAMS, "cvae", "mog"), row_of("epsilon", "cvae.eps-3")
    assert row.args == {**usual.args, "eps": 3}
    assert (row.label, row.value, row.kind) == ("eps = 3", 3, usual.kind)
    shared = row_of("epsilon", "cvae")
    assert (shared.label, shared.value, shared.args) == ("eps = 1", 1, usual.args)
    circle = row_of("priors", "cvae.circle").problem
    assert circle.prior.kind == "circle"
    assert circle.network == usual.problem.network
