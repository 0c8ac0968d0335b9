"""Say what the search decides: ``python -m coupled_vae.run.decided [--check]``.

It reads the frames of the trials and of the finalists, and prints what is to stand in
``params.yaml`` wherever something else stands there. ``make search`` ends with it.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coupled_vae.config.load import load
from coupled_vae.config.roots import FINALS, TRIALS
from coupled_vae.config.search import Decided
from coupled_vae.plan.jobs import SearchTableJob
from coupled_vae.plan.steps import Plan
from coupled_vae.reporting import selection
from coupled_vae.reporting.tables._results import Results
from coupled_vae.run import guard
from coupled_vae.runtime.errors import exit_status
from coupled_vae.runtime.project import use_checkout

FILE = Path("params.yaml")


def lines(plan: Plan) -> Iterator[str]:
    """What is to be written, a line for each model; nothing where the parameters have it.

    Args:
        plan: All jobs, for the frames and what the parameters say.

    Raises:
        UserError: A frame is damaged, or lacks a cell that the parameters have.
    """
    for dataset, search in plan.params.experiments.search.datasets.items():
        if dataset in plan.left_out:
            continue
        rule = _rule(plan, dataset)
        changes = {name: own for name, own in rule.items() if own != _written(search.decided[name])}
        if changes:
            yield f"{FILE}: write under experiments.search.datasets.{dataset}.decided:"
        for name, own in changes.items():
            yield f"          {name}: {json.dumps(own).replace(chr(34), '')}"


def _written(own: Decided) -> dict[str, Any]:
    return {key: value for key, value in own.model_dump().items() if value}


def _rule(plan: Plan, dataset: str) -> dict[str, dict[str, Any]]:
    """What the rule gives of each model; winners only once the finalists are those of the rule."""
    found: dict[str, dict[str, Any]] = {}
    trials = _measured(plan, TRIALS, dataset)
    if trials is None:
        return found
    given, values = trials
    finals = _measured(plan, FINALS, dataset)
    winners = selection.winners_of(*finals) if finals else {}
    for name, own in selection.finalists_of(given, values).items():
        decided = plan.params.experiments.search.datasets[dataset].decided[name]
        same = {*decided.finalists} == {*own}
        found[name] = {
            key: value
            for key, value in (
                ("diverged", decided.diverged),
                ("finalists", decided.finalists if same else own),
                ("winners", winners.get(name, {}) if same else {}),
            )
            if value
        }
    return found


def _measured(plan: Plan, root: str, dataset: str) -> tuple[SearchTableJob, Results] | None:
    """The table's job of a round with its frame; None if the round has not been run."""
    job = plan.job("table", root=root, table=dataset)
    assert isinstance(job, SearchTableJob)
    if not job.models or not job.metrics.is_file():
        return None
    return job, selection.frame(job, job.scores)


def main(words: list[str]) -> int:
    """Print; with ``--check`` the status is 1 if something else is to be written."""
    params = load(FILE)
    found = [*lines(Plan(params, guard.left_out(params)))]
    print(
        *(found or [f"{FILE}: what the search decided is written, or it has not been run"]),
        sep="\n",
    )
    return int(bool(found) and words == ["--check"])


if __name__ == "__main__":
    use_checkout()
    sys.exit(exit_status(lambda: main(sys.argv[1:])))
