"""Every experiment in one form: rows, each a model on a dataset, and the seeds of all rows.

``params.yaml`` writes a grid, the search, a study and the explanations in different ways. All
readers of the checked parameters see them as an ``Experiment`` of ``Row``, built here alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from coupled_vae.config.design import arguments
from coupled_vae.config.problem import Problem
from coupled_vae.config.roots import EXPLANATIONS, GRIDS, PAPER, PHASES, STUDIES, Phase
from coupled_vae.config.section import parse

if TYPE_CHECKING:
    from coupled_vae.config.experiments import Grid, Study
    from coupled_vae.config.params import Params
    from coupled_vae.config.search import Search

FILE = "params.yaml"  # in error messages; a reader of another file replaces it by that file's name


@dataclass(frozen=True, kw_only=True)
class Row:
    """A model on a dataset, with all that its training depends on but the seed.

    Attributes:
        name: Model in the names of its cells and files: ``model``, or ``model.variant`` in the
            search and in studies. Random seeds depend on it.
        model: Name of its entry in ``models``.
        kind: Kind of the model, a file of the folder ``models``.
        dataset: Name of its entry in ``datasets``.
        root: Folder of results of the experiment that trains its cells.
        args: All arguments of the kind, overrides applied.
        args_place: Place of these arguments in ``params.yaml``.
        problem: The problem posed on the dataset, with the changes of a study's row.
        problem_place: Place of the problem in ``params.yaml``.
        label: Name in tables and figures.
        value: Position on the axis of a study's figure. None stands for infinity, or for a row
            in which no number varies.
    """

    name: str
    model: str
    kind: str
    dataset: str
    root: str
    args: dict[str, Any]
    args_place: str
    problem: Problem
    problem_place: str
    label: str
    value: float | None = None


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Rows and seeds that belong together.

    Attributes:
        name: Its name, which is also the name of its target.
        kind: Form of its section in ``params.yaml``; the paper's is a grid.
        place: Place of its section in ``params.yaml``.
        root: Folder of its results.
        rows: All rows, in the order of the tables; in a grid and in the search by dataset.
        seeds: The seeds with which every row is trained.
    """

    name: str
    kind: Literal["grid", "search", "study", "explanations"]
    place: str
    root: str
    rows: tuple[Row, ...]
    seeds: list[int]

    def trained(self) -> list[Row]:
        """The rows whose cells the experiment trains; the others share cells of the paper."""
        return [row for row in self.rows if row.root == self.root]


def split(name: str) -> tuple[str, str]:
    """Model and variant of a row's name ``model.variant``; the variant of ``model`` is empty."""
    model, _, variant = name.partition(".")
    return model, variant


def experiments(params: Params) -> Iterator[Experiment]:
    """Every experiment that has cells, the paper's grid first.

    Args:
        params: Parameters whose references have been checked.

    Raises:
        UserError: One line: the problem of a study's row is none.
    """
    own = params.experiments
    yield _grid(params, "paper", own.paper, "experiments.paper", PAPER)
    yield from _search(params)
    for name, grid in own.grids.items():
        yield _grid(params, name, grid, f"experiments.grids.{name}", f"{GRIDS}{name}")
    for name, study in own.studies.items():
        yield _study(params, name, study)
    if own.explanations:
        yield _explanations(params)


def model_row(params: Params, model: str, dataset: str, root: str = PAPER) -> Row:
    """A model with the arguments that it has on a dataset.

    Raises:
        KeyError: The parameters have no such model or dataset.
    """
    entry = params.models[model]
    part = f"overrides.{dataset}" if dataset in entry.overrides else "args"
    return Row(
        name=model,
        model=model,
        kind=entry.kind,
        dataset=dataset,
        root=root,
        args=params.args(model, dataset),
        args_place=f"models.{model}.{part}",
        problem=params.datasets[dataset].problem,
        problem_place=f"datasets.{dataset}.problem",
        label=entry.label,
    )


def _grid(params: Params, name: str, grid: Grid, place: str, root: str) -> Experiment:
    rows = tuple(model_row(params, row, on, root) for on in grid.datasets for row in grid.models)
    return Experiment(name=name, kind="grid", place=place, root=root, rows=rows, seeds=grid.seeds)


def _search(params: Params) -> Iterator[Experiment]:
    """The rounds of the search: trials, finalists, and the winners with the reported seeds."""
    own = params.experiments.search
    seeds = (own.trials.seeds, own.finals.seeds, params.experiments.paper.seeds)
    for (phase, root), of_round in zip(PHASES.items(), seeds, strict=True):
        found = (
            searched_row(params, phase, dataset, model, trial)
            for dataset, search in own.datasets.items()
            for model in search.models
            for trial in trials_of(params, phase, dataset, model)
        )
        yield Experiment(
            name=phase,
            kind="search",
            place="experiments.search",
            root=root,
            # Two winners with the same arguments may share the same cells of the paper.
            rows=tuple({(row.dataset, row.name): row for row in found}.values()),
            seeds=of_round,
        )


def trials_of(params: Params, phase: Phase, dataset: str, model: str) -> list[int]:
    """Numbers of a model's trials in a round of the search; a winner by several scores once."""
    search = params.experiments.search
    decided = search.datasets[dataset].decided[model]
    if phase == "trials":
        return [n for n in range(search.trials.count) if n not in decided.diverged]
    return decided.finalists if phase == "finals" else sorted({*decided.winners.values()})


def share_of(search: Search, phase: Phase) -> float:
    """How long the trainings of a round are, as a share of the full length."""
    return {"trials": search.trials.share, "finals": search.finals.share, "chosen": 1}[phase]


def searched_row(params: Params, phase: Phase, dataset: str, model: str, trial: int) -> Row:
    """A trial in a round of the search.

    A winner with the arguments that the paper's grid has shares that grid's cells.
    """
    search, paper = params.experiments.search, params.experiments.paper
    share = share_of(search, phase)
    args = arguments(search.datasets[dataset].models[model], trial, search.seed, share)
    usual = model_row(params, model, dataset)
    shared = dataset in paper.datasets and model in paper.models and args == usual.args
    if phase == "chosen" and shared:
        return usual
    name = f"{model}.{phase[0]}{trial:02d}"
    place = f"experiments.search.datasets.{dataset}.models.{name}"
    return replace(usual, name=name, root=PHASES[phase], args=args, args_place=place)


def _study(params: Params, name: str, study: Study) -> Experiment:
    place, root = f"experiments.studies.{name}", f"{STUDIES}{name}"
    rows = tuple(_study_row(params, study, row, f"{place}.rows.{row}", root) for row in study.rows)
    return Experiment(name=name, kind="study", place=place, root=root, rows=rows, seeds=study.seeds)


def _study_row(params: Params, study: Study, name: str, place: str, root: str) -> Row:
    """A row of a study; without a variant and on data of the paper's grid it shares its cells."""
    model, _ = split(name)
    own = study.rows[name]
    usual = replace(model_row(params, model, study.dataset), label=own.label, value=own.value)
    if name in study.shared(params.experiments.paper):
        return usual
    args = {**usual.args, **own.args}
    row = replace(usual, name=name, root=root, args=args, args_place=f"{place}.args")
    if not own.problem:
        return row
    problem_place = f"{place}.problem"
    tree = {**usual.problem.model_dump(), **own.problem}
    problem = parse(Problem, tree, f"{FILE}: {problem_place}")
    return replace(row, problem=problem, problem_place=problem_place)


def _explanations(params: Params) -> Experiment:
    own = params.experiments.explanations
    assert own is not None
    return Experiment(
        name="explanations",
        kind="explanations",
        place="experiments.explanations",
        root=EXPLANATIONS,
        rows=tuple(model_row(params, model, own.dataset) for model in own.models),
        seeds=[own.seed],
    )
