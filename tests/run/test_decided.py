"""What the search decides is said in lines to copy, once its rounds have been run."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from small import TOP

from coupled_vae.config import yaml_file
from coupled_vae.config.extends import complete
from coupled_vae.config.load import validated
from coupled_vae.plan.steps import Plan
from coupled_vae.run import decided

PLACE = "params.yaml: write under experiments.search.datasets.mog.decided:"
SCORES = {"w2_to_data": 1.0, "high_density_ratio": 0.5, "validation_nll": 1.0}


def plan_of(**vae: Any) -> Plan:
    """A search of one model on the mixture."""
    tree = complete(yaml_file.read(TOP / "params.yaml"))
    search = tree["experiments"]["search"]
    mog = search["datasets"]["mog"]
    mog |= {"models": {"vae": mog["models"]["vae"]}, "decided": {"vae": vae}}
    search |= {"trials": {**search["trials"], "count": 4}, "datasets": {"mog": mog}}
    search["finals"]["count"] = 2
    return Plan(validated(tree, "params.yaml"))


def measure(plan: Plan, root: str, best: str) -> None:
    """Write a frame in which one row is the best by all scores."""
    rows = [
        ("search", "mog", row.name, seed, score, value * (1.01 if row.name == best else 1))
        if score == "high_density_ratio"
        else ("search", "mog", row.name, seed, score, value * (0.5 if row.name == best else 1))
        for row in plan.rows(root)
        for seed in plan.seeds(root)
        for score, value in SCORES.items()
    ]
    columns = ["experiment", "dataset", "model", "seed", "metric", "value"]
    Path(root).mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows, columns=columns).to_csv(f"{root}/metrics.csv", index=False)


def test_each_round_says_what_the_next_one_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    trials, finals = "results/search/trials", "results/search/finals"
    plan = plan_of(diverged=[1])
    assert [*decided.lines(plan)] == []  # nothing has been run
    measure(plan, trials, "vae.t03")
    expected = "vae: {diverged: [1], finalists: [3, 0]}"
    assert [line.strip() for line in decided.lines(plan)] == [PLACE, expected]
    plan = plan_of(diverged=[1], finalists=[0, 3])  # in whichever order
    assert [*decided.lines(plan)] == []
    measure(plan, finals, "vae.f03")
    winners = "winners: {w2_to_data: 3, high_density_ratio: 3, validation_nll: 3}"
    expected = f"vae: {{diverged: [1], finalists: [0, 3], {winners}}}"
    assert [line.strip() for line in decided.lines(plan)] == [PLACE, expected]
    written = yaml_file.parse(expected, "params.yaml")["vae"]
    assert [*decided.lines(plan_of(**written))] == []
    # Other results of the trials: the old winners are none any more.
    measure(plan, trials, "vae.t02")
    assert [line.strip() for line in decided.lines(plan_of(**written))] == [
        PLACE,
        "vae: {diverged: [1], finalists: [2, 0]}",
    ]


def test_the_projects_own_parameters_have_what_its_results_decide(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(TOP)
    assert decided.main(["--check"]) == 0, capsys.readouterr().out
