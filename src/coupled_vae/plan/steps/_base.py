"""Shared by all steps of the plan: parameters, experiments, names of files, fingerprints."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from coupled_vae.config import registry
from coupled_vae.config.cells import Row, experiments, model_row
from coupled_vae.config.evaluation import Evaluation, evaluation_of
from coupled_vae.config.facts import Facts, facts_of
from coupled_vae.config.params import Params
from coupled_vae.config.roots import GRIDS, PAPER, PHASES, STUDIES, Phase
from coupled_vae.config.traits import Traits
from coupled_vae.pipeline.cell import Spec
from coupled_vae.plan import layout
from coupled_vae.plan.code import code_of, parts
from coupled_vae.plan.jobs import Job

Models = dict[str, list[str]]  # of each dataset


class Experiments:
    """The experiments, and what their steps share.

    Args:
        params: The parameters.
        left_out: Datasets whose files are not on this machine; a run leaves them out.

    Attributes:
        experiments: Every experiment that has cells, by the folder of its results.
        grids: What ``params.yaml`` says of each grid, by the same.
        studies: What it says of each study.
    """

    def __init__(self, params: Params, left_out: Iterable[str] = ()) -> None:
        self.params, self.left_out = params, frozenset(left_out)
        own = params.experiments
        self.experiments = {found.root: found for found in experiments(params)}
        self.grids = {PAPER: own.paper} | {
            f"{GRIDS}{name}": grid for name, grid in own.grids.items()
        }
        self.studies = {f"{STUDIES}{name}": study for name, study in own.studies.items()}
        self._trained = {
            (root, row.dataset, row.name): row
            for root, experiment in self.experiments.items()
            for row in experiment.trained()
        }
        self._facts: dict[str, Facts | None] = {}
        self._jobs: dict[tuple[str, ...], Job] = {}

    def seeds(self, root: str) -> list[int]:
        """The seeds of an experiment, by the folder of its results."""
        return self.experiments[root].seeds

    def rows(self, root: str) -> list[Row]:
        """The rows of an experiment on the datasets that are run, shared rows included."""
        return [row for row in self.experiments[root].rows if row.dataset not in self.left_out]

    def models(self, root: str) -> Models:
        """The models that an experiment trains, of each dataset that is run."""
        found: Models = {}
        for row in self.rows(root):
            if row.root == root:
                found.setdefault(row.dataset, []).append(row.name)
        return found

    def row(self, root: str, dataset: str, model: str) -> Row:
        """The row of a cell. In the folder of a grid also models and datasets outside the grid.

        Raises:
            KeyError: The parameters have no such row.
        """
        if known := self._trained.get((root, dataset, model)):
            return known
        if root not in self.grids:
            raise KeyError(f"{root} trains no {model} on {dataset}")
        return model_row(self.params, model, dataset, root)

    def datasets(self) -> list[str]:
        """The datasets that a run uses and whose files are on this machine."""
        return sorted(self.params.experiments.datasets() - self.left_out)

    def facts(self, dataset: str) -> Facts | None:
        """What is known of a dataset before it is made; None if its kind offers nothing."""
        if dataset not in self._facts:  # of a folder of images each call looks at every file
            entry = self.params.datasets[dataset]
            self._facts[dataset] = facts_of(entry.kind, entry.args, f"datasets.{dataset}.args")
        return self._facts[dataset]

    def traits(self, dataset: str) -> Traits:
        """What decides how a dataset is drawn, measured and shown."""
        return Traits.of(self.facts(dataset), self.params.datasets[dataset].type)

    def with_held_out(self, names: Iterable[str]) -> list[str]:
        """The datasets among ``names`` of which held-out data are measured."""
        return [name for name in names if self.traits(name).held_out]

    def job(self, step: str, **wildcards: str) -> Job:
        """The job of a step; later calls return the same object."""
        key = (step, *wildcards.values())
        if key not in self._jobs:
            self._jobs[key] = getattr(self, step)(**wildcards)
        return self._jobs[key]

    def _spec(self, row: Row) -> Spec:
        return Spec(problem=row.problem, kind=row.kind, args=row.args)

    def _code(self, step: str, row: Row) -> str:
        return code_of(step, registry.module("models", row.kind), *parts(row.problem))

    def _evaluation(self, dataset: str) -> Evaluation:
        """The settings of a dataset: those of all, with its own changes."""
        return evaluation_of(self.params, dataset)

    def _held_out(self, dataset: str) -> Path | None:
        held_out = Path(layout.HELD_OUT.format(dataset=dataset))
        return held_out if self.traits(dataset).held_out else None

    def _labels(self, models: Iterable[str]) -> list[tuple[str, str]]:
        return [(name, self.params.models[name].label) for name in models]


def files_of(kind: str, args: dict[str, Any]) -> list[Path]:
    """The user's files that a dataset is made from; empty for most kinds."""
    module = registry.load("data", kind)
    if not hasattr(module, "files"):
        return []
    files: list[Path] = module.files(registry.config("data", kind, args, "datasets: args"))
    return files


class CellNames:
    """The names of a cell, and its files."""

    def __init__(self, root: str, dataset: str, model: str, seed: str) -> None:
        self.root, self.dataset, self.model, self.seed = root, dataset, model, seed
        self.name = f"{dataset}/{model}/{seed}"

    def path(self, pattern: str) -> Path:
        """The file that a pattern of ``layout`` names for this cell."""
        return Path(pattern.format(**vars(self)))


def phase_of(root: str) -> Phase | None:
    """The round of the search, by the folder of its results; None of another experiment."""
    return next((phase for phase, own in PHASES.items() if own == root), None)


def experiment_of(root: str) -> str:
    """Name of an experiment, by the folder of its results."""
    return "paper" if root == PAPER else root.rpartition("/")[2]
