"""What all steps of the plan share: parameters, experiments, names of files, fingerprints."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from coupled_vae.config import registry
from coupled_vae.config.evaluation import Type
from coupled_vae.config.params import Params
from coupled_vae.config.problem import Problem
from coupled_vae.pipeline.cell import Spec
from coupled_vae.plan import layout
from coupled_vae.plan.jobs import Job
from coupled_vae.plan.layout import PAPER, SEARCH
from coupled_vae.runtime.fingerprint import fingerprint

Models = dict[str, list[str]]  # of each dataset


class Experiments:
    """The experiments, and what their steps share.

    Args:
        params: The parameters.
        left_out: Datasets whose files are not on this machine: what a run leaves out.
    """

    def __init__(self, params: Params, left_out: Iterable[str] = ()) -> None:
        self.params, self.left_out = params, frozenset(left_out)
        own = params.experiments
        self.grids = {PAPER: own.paper} | {
            f"{layout.GRIDS}{name}": grid for name, grid in own.grids.items()
        }
        self.studies = {f"{layout.STUDIES}{name}": study for name, study in own.studies.items()}
        self._jobs: dict[tuple[str, ...], Job] = {}

    def seeds(self, root: str) -> list[int]:
        """The seeds of an experiment, by the folder of its results."""
        if root == SEARCH:
            return self.params.experiments.search.seeds
        return (self.studies.get(root) or self.grids[root]).seeds

    def models(self, root: str) -> Models:
        """The models with cells of their own in an experiment, of each dataset that is run."""
        return {name: own for name, own in self._named(root).items() if name not in self.left_out}

    def _named(self, root: str) -> Models:
        if root == SEARCH:
            searches = self.params.experiments.search.datasets
            return {dataset: search.names() for dataset, search in searches.items()}
        if study := self.studies.get(root):
            return {study.dataset: study.trained()}
        grid = self.grids[root]
        return {dataset: grid.names(dataset) for dataset in grid.datasets}

    def datasets(self) -> list[str]:
        """The datasets that a run makes."""
        return sorted(self.params.experiments.datasets() - self.left_out)

    def of_type(self, kind: str, names: Iterable[str]) -> list[str]:
        """Those of some datasets whose data are ``points`` or ``images``."""
        return [name for name in names if self.params.datasets[name].type == kind]

    def job(self, step: str, **wildcards: str) -> Job:
        """The job of a step, made once."""
        key = (step, *wildcards.values())
        if key not in self._jobs:
            self._jobs[key] = getattr(self, step)(**wildcards)
        return self._jobs[key]

    def _spec(self, root: str, dataset: str, model: str) -> Spec:
        cell = model, dataset, study_of(root)
        problem, args = self.params.problem(*cell), self.params.args(*cell)
        return Spec(problem=problem, kind=self.params.kind(model), args=args)

    def _code(self, step: str, root: str, dataset: str, model: str) -> str:
        problem = self.params.problem(model, dataset, study_of(root))
        return code_of(step, registry.module("models", self.params.kind(model)), *parts(problem))

    def _type(self, dataset: str) -> Type:
        return self.params.datasets[dataset].type

    def _held_out(self, dataset: str) -> Path | None:
        images = self._type(dataset) == "images"
        return Path(layout.HELD_OUT.format(dataset=dataset)) if images else None

    def _labels(self, models: Iterable[str]) -> list[tuple[str, str]]:
        return [(name, self.params.models[name].label) for name in models]


class CellNames:
    """The names of a cell, and its files."""

    def __init__(self, root: str, dataset: str, model: str, seed: str) -> None:
        self.root, self.dataset, self.model, self.seed = root, dataset, model, seed
        self.name = f"{dataset}/{model}/{seed}"

    def path(self, pattern: str) -> Path:
        """The file of a pattern of ``layout``."""
        return Path(pattern.format(**vars(self)))


def study_of(root: str) -> str:
    """Name of the study that a cell is trained for; empty in a grid and in the search."""
    return root.removeprefix(layout.STUDIES) if root.startswith(layout.STUDIES) else ""


def owner(root: str, row: str) -> str:
    """Where the cells of a study's row stand: a row without a dot shares the paper's."""
    return root if "." in row else PAPER


def experiment_of(root: str) -> str:
    """Name of an experiment, by the folder of its results."""
    return "paper" if root == PAPER else root.rpartition("/")[2]


def parts(problem: Problem) -> list[str]:
    """The modules of a problem's parts, to which no import leads."""
    return [registry.module(folder, part.kind) for _, folder, part in problem.parts()]


@cache
def code_of(*modules: str) -> str:
    """Fingerprint of some modules, taken once."""
    return fingerprint(*modules)
