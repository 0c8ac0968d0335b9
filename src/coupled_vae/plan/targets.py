"""The steps and files of each target, and the specification that each file should have."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from coupled_vae.config.roots import GRIDS, PAPER, PHASES
from coupled_vae.plan import layout, provenance
from coupled_vae.plan.jobs import Job
from coupled_vae.plan.steps import Plan
from coupled_vae.plan.steps._base import phase_of

Step = tuple[str, dict[str, str]]  # name and wildcards


def of_data(plan: Plan, names: Iterable[str] | None = None) -> Iterator[Step]:
    """The steps that make some datasets, or all."""
    datasets = plan.datasets() if names is None else sorted({*names})
    for dataset in datasets:
        yield "data", {"dataset": dataset}
    for dataset in plan.with_held_out(datasets):
        yield "held_out", {"dataset": dataset}


def of_cells(plan: Plan, root: str, *names: str) -> Iterator[Step]:
    """The steps ``names`` of every cell of an experiment, also of the cells that it shares."""
    for row in plan.rows(root):
        for seed in plan.seeds(root):
            cell = {"root": row.root, "dataset": row.dataset, "model": row.name, "seed": str(seed)}
            yield from ((name, cell) for name in names)


def of_reports(plan: Plan, root: str) -> Iterator[Step]:
    """The steps from metrics to tables and figures of a grid, a round of the search or a study.

    A round of which nothing is decided yet has an empty frame, so that its files are there.
    """
    if not plan.rows(root) and not phase_of(root):
        return
    yield "collect", {"root": root}
    if root in plan.studies:
        yield "study", {"root": root}
        return
    yield from (("table", {"root": root, "table": name}) for name in tables(plan, root))
    yield from (("figure", {"root": root, "figure": name}) for name in figures(plan, root))
    if root == PAPER:
        yield "numbers", {}
        yield "report", {}
    if root.startswith(GRIDS):
        yield "page", {"root": root}


def tables(plan: Plan, root: str) -> list[str]:
    """Names of the tables of a grid or of a round of the search."""
    if phase_of(root):
        return list(dict.fromkeys(row.dataset for row in plan.rows(root)))
    return plan.names("tables", root)


def figures(plan: Plan, root: str) -> list[str]:
    """Names of the figures of a grid; the search has none."""
    return [] if phase_of(root) else plan.names("figures", root)


def of_experiment(plan: Plan, root: str) -> Iterator[Step]:
    """All steps of an experiment.

    The runs belong to it, not only the reports. Else the committed reports would satisfy Snakemake
    in a fresh clone, in which nothing has been run.
    """
    yield from of_data(plan, (row.dataset for row in plan.rows(root)))
    yield from of_cells(plan, root, "train", "draw", "evaluate")
    yield from of_reports(plan, root)


def of_explanations(plan: Plan) -> Iterator[Step]:
    """All steps of the explanations except those that train and measure their cells."""
    own = plan.params.experiments.explanations
    if own and own.dataset not in plan.left_out:
        yield from of_data(plan, [own.dataset])
        yield "explain", {}
        yield "explanations", {}


def of_scaling(plan: Plan) -> Iterator[Step]:
    """All steps of the scaling; of the datasets only the one that it uses."""
    own = plan.params.experiments.scaling
    if own and own.dataset not in plan.left_out:
        yield "data", {"dataset": own.dataset}
        yield "scaling", {}
        yield "scaling_report", {}


def all_targets(plan: Plan) -> dict[str, list[Step]]:
    """The steps of every target, by its name."""
    own = {
        experiment.name: [*of_experiment(plan, root)]
        for root, experiment in plan.experiments.items()
        if experiment.kind in ("grid", "study")
    }
    more = [root for root in plan.grids if root != PAPER]
    data = [*of_data(plan)]
    search: dict[str, list[Step]] = {}
    for phase, root in PHASES.items():
        search[phase] = [*of_experiment(plan, root)]
    return {
        "data": data,
        "train": [*data, *of_cells(plan, PAPER, "train", "draw")],
        "evaluate": [*of_cells(plan, PAPER, "evaluate")],
        "search": [step for steps in search.values() for step in steps],
        **search,
        "studies": [step for root in plan.studies for step in of_experiment(plan, root)],
        "grids": [step for root in more for step in of_experiment(plan, root)],
        "explanations": [*of_explanations(plan)],
        "scaling": [*of_scaling(plan)],
        **own,
    }


def files(steps: Iterable[Step]) -> list[str]:
    """The files that some steps write, with their records, each file once."""
    found = (
        file.format(**wildcards) for step, wildcards in steps for file in layout.files_of(step)
    )
    return list(dict.fromkeys(found))


def present() -> Iterator[str]:
    """All files of results that exist, except checkpoints."""
    for folder, folders, names in os.walk("results", followlinks=True):
        folders[:] = [name for name in folders if name != "checkpoints"]
        yield from (f"{folder}/{name}" for name in names)


class Specifications:
    """For every file the specification that its record should have: the job and its inputs."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self._known = plan, dict[str, str]()

    def of(self, path: str) -> str:
        """The specification of a file; for a file of the user's its SHA-256."""
        if path not in self._known:
            job = job_of(self.plan, path)
            self._known[path] = self.of_job(job) if job else provenance.sha256(Path(path))
        return self._known[path]

    def of_job(self, job: Job) -> str:
        """The specification of a job."""
        return provenance.specification(job, {str(p): self.of(str(p)) for p in job.inputs()})

    def digest(self, steps: Iterable[Step]) -> str:
        """A digest of the specifications of some steps; it changes if any of them changes."""
        found = {self.of_job(self.plan.job(step, **wildcards)) for step, wildcards in steps}
        return hashlib.sha256(" ".join(sorted(found)).encode()).hexdigest()[:32]


def job_of(plan: Plan, path: str) -> Job | None:
    """The job that makes a file; None if the parameters have no such job."""
    if (found := layout.step_of(path)) is None:
        return None
    step, wildcards = found
    try:
        return plan.job(step, **wildcards)
    except (KeyError, ValueError, AssertionError):
        return None  # the parameters no longer have its experiment, dataset or model
