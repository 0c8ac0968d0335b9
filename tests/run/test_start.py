"""Reports that must not outlive what they rest on."""

from pathlib import Path

import pytest
from small import small_params

from coupled_vae.config.roots import PHASES
from coupled_vae.plan import targets
from coupled_vae.plan.steps import Plan
from coupled_vae.run import start


def test_every_report_of_an_experiment_is_withdrawn_when_it_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plan = Plan(small_params())
    roots = [*plan.grids, *plan.studies, *PHASES.values()]
    steps = [step for root in roots for step in targets.of_reports(plan, root)]
    files = {*targets.files(steps)}
    assert "results/grids/mnist_full/index.html" in files
    for file in files:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).touch()
    assert start.untrue(plan, files, set()) == files
    assert start.untrue(plan, set(), files) == set()
