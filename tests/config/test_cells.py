"""Every experiment has one form: rows with their arguments, and where their cells stand."""

from collections import Counter
from typing import Any

import pytest
from small import TOP

from coupled_vae.config import yaml_file
from coupled_vae.config.cells import Experiment, Row, experiments, model_row, split
from coupled_vae.config.extends import complete
from coupled_vae.config.load import load, validated
from coupled_vae.config.roots import PHASES

SEARCH = "experiments.search.datasets"
PARAMS = load(TOP / "params.yaml")
BY_NAME = {own.name: own for own in experiments(PARAMS)}
EVERY = [(own, row) for own in BY_NAME.values() for row in own.rows]


def row_of(experiment: str, name: str, dataset: str = "mog") -> Row:
    rows = BY_NAME[experiment].rows
    (found,) = (row for row in rows if (row.name, row.dataset) == (name, dataset))
    return found


def test_every_experiment_of_the_parameters_is_listed_once() -> None:
    own = PARAMS.experiments
    names = ["paper", *PHASES, *own.grids, *own.studies, "explanations"]
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
    assert row_of("trials", "wae.t03").args_place == f"{SEARCH}.mog.models.wae.t03"
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


def decided(**models: Any) -> dict[str, Any]:
    """The project's own tree with these decisions on the mixture alone."""
    tree = yaml_file.read(TOP / "params.yaml")
    for dataset, own in tree["experiments"]["search"]["datasets"].items():
        own["decided"] = models if dataset == "mog" else {}
    return complete(tree)


def rounds(tree: dict[str, Any]) -> dict[str, Experiment]:
    return {own.name: own for own in experiments(validated(tree, "params.yaml"))}


DECIDED = {
    "diverged": [3],
    "finalists": [5, 1],
    "winners": {"w2_to_data": 5, "high_density_ratio": 5},
}


def test_each_round_trains_longer_and_a_winner_by_two_scores_is_trained_once() -> None:
    found = rounds(decided(vae=DECIDED))
    names = [row.name for row in found["trials"].rows if (row.dataset, row.model) == ("mog", "vae")]
    assert names == [f"vae.t{trial:02d}" for trial in range(12) if trial != 3]
    assert [row.name for row in found["finals"].rows] == ["vae.f05", "vae.f01"]
    assert [row.name for row in found["chosen"].rows] == ["vae.c05"]
    (chosen,) = found["chosen"].rows
    trial = next(row for row in found["trials"].rows if row.name == "vae.t05")
    search, full = PARAMS.experiments.search, chosen.args["num_steps"]
    for row, share in (
        (trial, search.trials.share),
        (found["finals"].rows[0], search.finals.share),
    ):
        assert share < 1
        assert row.args == {**chosen.args, "num_steps": round(share * full)}
    assert found["chosen"].seeds == PARAMS.experiments.paper.seeds


def test_an_adopted_winner_shares_the_cells_of_the_paper_and_changes_no_trial() -> None:
    tree = decided(vae=DECIDED)
    before = rounds(tree)
    tree["models"]["vae"]["args"] |= before["chosen"].rows[0].args
    after = rounds(tree)
    (shared,) = after["chosen"].rows
    assert (shared.name, shared.root) == ("vae", "results")
    assert after["chosen"].trained() == []
    for name in ("trials", "finals"):
        assert after[name] == before[name]


def test_adopting_a_winner_of_a_model_that_the_base_extends_changes_no_trial() -> None:
    tree = yaml_file.read(TOP / "params.yaml")
    assert tree["experiments"]["search"]["datasets"]["mog"]["models"]["cvae"]["base"]["extends"]
    before = rounds(tree)["trials"]
    row = next(row for row in before.rows if (row.dataset, row.name) == ("mog", "cvae.t05"))
    length = {"num_pools": tree["models"]["cvae"]["args"]["num_pools"]}
    tree["models"]["cvae"]["args"] |= {**row.args, **length}
    after = rounds(tree)
    assert after["trials"] == before
    tree["models"]["cvae"]["args"]["tolerance"] = 0.5  # which no trial varies
    assert rounds(tree)["trials"] != before
