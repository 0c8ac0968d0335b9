"""The plan of all jobs: what it holds, and which parts of it a changed parameter changes."""

from typing import Any

import pytest
import yaml
from small import TOP

from coupled_vae.config.load import validated
from coupled_vae.config.roots import PHASES
from coupled_vae.plan import layout, targets
from coupled_vae.plan.jobs import COMMANDS, DrawJob, TrainJob
from coupled_vae.plan.provenance import specification
from coupled_vae.plan.steps import Plan
from coupled_vae.plan.targets import Specifications, all_targets

TREE = yaml.safe_load((TOP / "params.yaml").read_text())


def plan_of(tree: dict[str, Any], left_out: tuple[str, ...] = ()) -> Plan:
    return Plan(validated(tree, "params.yaml"), left_out)


PLAN = plan_of(TREE)
GRIDS = ("mnist_full", "grids")
STUDIES = (
    "studies",
    "paper_settings",
    "strategies",
    "priors",
    "relaxation",
    "infovae_family",
    "epsilon",
)
STEPS = {
    (step, *wildcards.values()): (step, wildcards)
    for steps in all_targets(PLAN).values()
    for step, wildcards in steps
}


def put(tree: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    return {key: put(old, path[1:], value) if key == path[0] else old for key, old in tree.items()}


def changed(key: str, value: Any) -> tuple[set[str], set[str]]:
    """Targets whose digest changes with a key, and the steps of changed jobs."""
    other = plan_of(put(TREE, key.split("/"), value))
    before, after = (
        {name: Specifications(plan).digest(steps) for name, steps in all_targets(plan).items()}
        for plan in (PLAN, other)
    )
    steps = {
        step
        for step, wildcards in STEPS.values()
        if PLAN.job(step, **wildcards).text() != other.job(step, **wildcards).text()
    }
    return {name for name in before if before[name] != after[name]}, steps


@pytest.mark.parametrize("key", STEPS, ids=" ".join)
def test_a_jobs_files_are_those_of_its_rule(key: tuple[str, ...]) -> None:
    step, wildcards = STEPS[key]
    job = PLAN.job(step, **wildcards)
    files = [file.format(**wildcards) for file in layout.files_of(step)]
    assert [str(path) for path in (*job.outputs(), job.record())] == files
    assert len({path.parent for path in job.outputs()}) == 1
    assert len({path.name for path in (*job.outputs(), *job.measurements())}) >= len(job.outputs())
    inputs = [str(path) for path in job.inputs()]
    assert len(set(inputs)) == len(inputs)
    for path in (*inputs, *files):
        assert targets.job_of(PLAN, path) is not None, path
    assert COMMANDS[job.command].parse(job.text()) == job


def test_a_target_holds_the_inputs_of_its_jobs() -> None:
    for name, steps in all_targets(PLAN).items():
        held = set(targets.files(steps))
        made = {"explanations": layout.WEIGHTS, "evaluate": layout.DATA}.get(name)
        needed = {str(path) for step, w in steps for path in PLAN.job(step, **w).inputs()}
        if name == "evaluate":
            assert all("/evaluations/" in file for file in held)
        elif made:
            assert all(file.endswith("weights.pt") for file in needed - held)
        else:
            assert needed <= held, name


@pytest.mark.parametrize(
    ("key", "value", "called", "steps"),
    [
        (
            "models/vae/label",
            "a | label",
            {"paper", "search", *PHASES, "explanations", "mnist_full", "grids"},
            {"table", "figure", "explanations", "page", "report"},
        ),
        ("experiments/studies/priors/label", "Another", {"priors", "studies"}, {"study"}),
        ("figures/figure1/extent", 4.0, {"paper"}, {"figure", "report"}),
        (
            "evaluation/bootstrap",
            100,
            {*all_targets(PLAN)}
            - {"data", "train", "explanations", "scaling", "grids", "mnist_full"},
            {"evaluate", "report"},
        ),
        ("experiments/scaling/repeats", 3, {"scaling"}, {"scaling"}),
        ("experiments/explanations/updates", 300, {"explanations"}, {"explain"}),
    ],
)
def test_a_changed_key_calls_what_shows_it(
    key: str, value: Any, called: set[str], steps: set[str]
) -> None:
    assert changed(key, value) == (called, steps)


def test_changed_training_changes_all_that_rests_on_it() -> None:
    called, steps = changed("models/wae/args/penalty", 7)
    # The paper's WAE is a row of a study and a winner; no trial has arguments of the models.
    shown = {"studies", "paper_settings", "search", "chosen"}
    assert called == {"train", "evaluate", "paper", *shown}
    # The winner's arguments are no longer those of the grid: it has cells of its own.
    assert steps == {"train", "draw", "report", "collect", "table"}


def test_order_of_keys_changes_nothing() -> None:
    args = dict(reversed(TREE["models"]["wae"]["args"].items()))
    assert changed("models/wae/args", args) == (set(), set())


def test_a_dataset_that_is_left_out_has_no_jobs_and_its_rows_say_so() -> None:
    without = plan_of(TREE, ("mnist", "mnist_full"))
    steps = [step for own in all_targets(without).values() for step in own]
    assert not any(wildcards.get("dataset") in ("mnist", "mnist_full") for _, wildcards in steps)
    assert not any("mnist" in wildcards.get("figure", "") for _, wildcards in steps)
    report = without.report()
    assert not any("mnist" in str(path) for path in report.inputs())
    assert report.paper is not None
    assert [own.name for own in report.paper.datasets if not own.run] == ["mnist"]
    table = without.table("results", "images")
    assert [row.run for row in table.datasets] == [False, True]  # type: ignore[union-attr]
    assert "scaling" not in {step for step, _ in steps}


def test_a_study_on_a_dataset_that_is_left_out_has_no_steps_but_its_files_are_known() -> None:
    """Else a run on a machine without the dataset would take committed reports for stale."""
    without = plan_of(TREE, ("mog",))
    assert not [*steps_of(without, "priors")]
    for step in ("collect", "study"):
        root = "results/studies/priors"
        assert without.job(step, root=root) == PLAN.job(step, root=root)


@pytest.mark.parametrize("kind", ["points", "images"])
def test_a_grid_of_one_type_has_the_reports_of_that_type(kind: str) -> None:
    names = {"points": ["mog"], "images": ["mnist", "digits"]}[kind]
    tree = put(TREE, ["experiments", "paper", "datasets"], names)
    for section in ("studies", "explanations"):
        tree = put(tree, ["experiments", section], {} if section == "studies" else None)
    plan = plan_of(tree)
    shown = {*targets.tables(plan, "results"), *targets.figures(plan, "results")}
    points = {"table1", "table2", "figure1"}
    assert (shown & points == points) is (kind == "points")
    assert ("images" in shown) is (kind == "images")


def test_a_cell_outside_the_grid_is_planned() -> None:
    wildcards = {"root": "results", "dataset": "mog", "model": "wae", "seed": "77"}
    train, draw = PLAN.job("train", **wildcards), PLAN.job("draw", **wildcards)
    assert isinstance(train, TrainJob)
    assert isinstance(draw, DrawJob)
    assert train.spec == draw.spec
    assert train.outputs()[0] == draw.weights
    assert targets.job_of(PLAN, "results/runs/nowhere/wae/0/weights.pt") is None
    assert targets.job_of(PLAN, "results/runs/mog/wea/0/weights.pt") is None
    assert targets.job_of(PLAN, "results/studies/gone/metrics.csv") is None
    assert targets.job_of(PLAN, "results/notes.txt") is None


def test_a_specification_is_of_the_job_and_its_inputs() -> None:
    known = Specifications(PLAN)
    job = PLAN.job("train", root="results", dataset="mog", model="vae", seed="0")
    data = known.of("results/data/mog.npz")
    assert known.of_job(job) == specification(job, {"results/data/mog.npz": data})
    assert known.of("results/runs/mog/vae/0/report.json") == known.of_job(job)


def test_a_study_is_collected_from_the_runs_of_all_its_cells_shared_ones_included():
    root = "results/studies/relaxation"
    study, files = PLAN.experiments[root], PLAN.job("collect", root=root).inputs()
    runs = {file.parent.as_posix() for file in files if file.name == "report.json"}
    assert len(runs) == len(study.rows) * len(study.seeds)
    shared = [row for row in study.rows if row not in study.trained()]
    assert shared
    assert {f"results/runs/{row.dataset}/{row.name}/0" for row in shared} <= runs
    assert not any("runs" in file.parts for file in PLAN.job("collect", root="results").inputs())


def toy_study(dataset: str, *models: str) -> dict[str, Any]:
    """The tree of ``params.yaml`` with one more study, each row with cells of its own."""
    study = {
        "label": "Toy",
        "dataset": dataset,
        "seeds": [3, 4],
        "holes": {"cells": 16, "fraction": 0.1},
        "rows": {f"{model}.toy": {"label": f"Toy {model}"} for model in models},
    }
    studies = {**TREE["experiments"]["studies"], "toy": study}
    return put(TREE, ["experiments", "studies"], studies)


def steps_of(plan: Plan, name: str) -> set[tuple[str, ...]]:
    return {(step, *wildcards.values()) for step, wildcards in all_targets(plan)[name]}


def made_of_toy(plan: Plan, dataset: str, *models: str) -> None:
    """Every step of the study is planned, and all files that its jobs read are made."""
    root = "results/studies/toy"
    steps = steps_of(plan, "toy")
    assert steps - steps_of(plan, "data") == {
        ("collect", root),
        ("study", root),
        *(
            (step, root, dataset, f"{model}.toy", seed)
            for step in ("train", "draw", "evaluate")
            for model in models
            for seed in ("3", "4")
        ),
    }
    asked = all_targets(plan)["toy"]
    held = set(targets.files(asked))
    for step, wildcards in asked:
        assert {str(path) for path in plan.job(step, **wildcards).inputs()} <= held


def test_a_study_is_planned_from_its_section_of_the_parameters_alone() -> None:
    plan = plan_of(toy_study("mog", "vae", "wae"))
    made_of_toy(plan, "mog", "vae", "wae")
    assert steps_of(plan, "toy") <= steps_of(plan, "studies")
    for name in all_targets(PLAN):
        if name != "studies":
            assert steps_of(plan, name) == steps_of(PLAN, name)


def test_a_study_may_be_on_a_dataset_that_no_grid_has() -> None:
    more = {**TREE["datasets"], "more": TREE["datasets"]["mog"]}
    plan = plan_of(put(toy_study("more", "cvae"), ["datasets"], more))
    assert "more" not in plan.params.experiments.paper.datasets
    made_of_toy(plan, "more", "cvae")
    assert ("data", "more") in steps_of(plan, "toy")


def test_a_row_has_jobs_only_in_the_folder_of_its_cells() -> None:
    for path in (
        "results/studies/priors/runs/mog/cvae/0/weights.pt",  # shared: the paper's
        "results/studies/priors/runs/digits/cvae.circle/0/weights.pt",
        "results/search/trials/runs/mog/vae/100/weights.pt",
        "results/search/trials/runs/mog/vae.t12/100/weights.pt",
        "results/search/finals/runs/mog/vae.t00/100/weights.pt",
        "results/runs/mog/cvae.circle/0/weights.pt",
    ):
        assert targets.job_of(PLAN, path) is None, path
    root = "results/studies/priors"
    assert targets.job_of(PLAN, f"{root}/runs/mog/cvae.circle/0/weights.pt") is not None


def test_a_further_grid_has_no_numbers_of_the_paper() -> None:
    """A reader's mixture has no Table 1, which prints the paper's numbers."""
    datasets = {**TREE["datasets"], "more": TREE["datasets"]["mog"]}
    wide = put(TREE["datasets"]["mog"], ["problem", "latent_dim"], 3)
    tree = put(TREE, ["datasets"], {**datasets, "wide": wide})
    grids = {
        name: {"datasets": [name], "models": ["vae"], "seeds": [0]} for name in ("more", "wide")
    }
    plan = plan_of(put(tree, ["experiments", "grids"], grids))
    assert targets.tables(plan, "results/grids/more") == ["modes"]
    assert targets.figures(plan, "results/grids/more") == ["figure1"]
    assert targets.figures(plan, "results/grids/wide") == []  # it is of planes
    assert {"table1", "table2"} <= {*targets.tables(plan, "results")}
    assert "modes" not in targets.tables(plan, "results")
    assert ("page", {"root": "results/grids/more"}) in all_targets(plan)["more"]
    assert targets.job_of(plan, "results/index.html") is None
