"""Every job of the pipeline, from ``params.yaml`` alone: what a rule asks for, by its wildcards.

A method is a step; its arguments are the wildcards of the step's rule. Nothing is read but the
parameters and the code, so that what a file should have been made by is known before it exists.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from coupled_vae import layout, registry
from coupled_vae.cell import Spec
from coupled_vae.fingerprint import fingerprint
from coupled_vae.fits import Needs
from coupled_vae.jobs import (
    CollectJob,
    DataJob,
    DrawJob,
    EvaluateJob,
    ExplainJob,
    ExplanationsJob,
    Figure1Job,
    ImageFigureJob,
    ImagesTableJob,
    Job,
    ScalingJob,
    ScalingReportJob,
    SearchTableJob,
    StudyJob,
    TableJob,
    TrainJob,
)
from coupled_vae.jobs.extra import TrainedCell
from coupled_vae.jobs.reports import DatasetRows, Seeds, StudyRow
from coupled_vae.layout import PAPER, SEARCH
from coupled_vae.measurement import Evaluation
from coupled_vae.params import Params
from coupled_vae.problem import Problem

Models = dict[str, list[str]]  # of each dataset


class Plan:
    """All jobs of all experiments.

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

    # Steps

    def data(self, dataset: str) -> DataJob:
        """Make a dataset."""
        return self._data(dataset, layout.DATA, held_out=False)

    def held_out(self, dataset: str) -> DataJob:
        """Make what is held out of training."""
        return self._data(dataset, layout.HELD_OUT, held_out=True)

    def _data(self, dataset: str, path: str, *, held_out: bool) -> DataJob:
        entry = self.params.datasets[dataset]
        return DataJob(
            kind=entry.kind,
            args=entry.args,
            held_out=held_out,
            files=_files(entry.kind, entry.args),
            out=Path(path.format(dataset=dataset)),
            code=_code("dataset", f"data.{entry.kind}"),
        )

    def needs(self, dataset: str) -> Needs:
        """What the parameters ask of a dataset, whose size may be known only when it is made."""
        entry, evaluation = self.params.datasets[dataset], self.params.evaluation
        # A kind whose arguments tell the size has been checked with the parameters.
        known = hasattr(registry.load("data", entry.kind), "size")
        problem = None if known else entry.problem
        if entry.type == "images" and evaluation.images:
            return Needs(
                name=dataset,
                pairs=evaluation.images.pairs,
                classes=True,
                most_classes=10,
                images=True,
                problem=problem,
            )
        return Needs(
            name=dataset,
            posterior_datum=evaluation.posterior_datum,
            w2_subsample=evaluation.w2_subsample,
            problem=problem,
        )

    def train(self, root: str, dataset: str, model: str, seed: str) -> TrainJob:
        """Train a cell."""
        cell = _Names(root, dataset, model, seed)
        return TrainJob(
            cell=cell.name,
            spec=self._spec(root, dataset, model),
            data=cell.path(layout.DATA),
            out=cell.path(layout.RUN),
            timing=cell.path(layout.TIMING),
            code=self._code("train", root, dataset, model),
        )

    def draw(self, root: str, dataset: str, model: str, seed: str) -> DrawJob:
        """Draw from a trained cell."""
        cell = _Names(root, dataset, model, seed)
        return DrawJob(
            cell=cell.name,
            spec=self._spec(root, dataset, model),
            settings=self._evaluation(dataset),
            data=cell.path(layout.DATA),
            held_out=self._held_out(dataset),
            weights=cell.path(layout.WEIGHTS),
            out=cell.path(layout.DRAWS),
            code=self._code("draw", root, dataset, model),
        )

    def evaluate(self, root: str, dataset: str, model: str, seed: str) -> EvaluateJob:
        """Measure a cell."""
        cell = _Names(root, dataset, model, seed)
        return EvaluateJob(
            cell=cell.name,
            settings=self._evaluation(dataset),
            data=cell.path(layout.DATA),
            held_out=self._held_out(dataset),
            draws=cell.path(layout.DRAWS),
            report=cell.path(layout.REPORT),
            out=cell.path(layout.EVALUATION),
            code=_code("evaluate"),
        )

    def collect(self, root: str) -> CollectJob:
        """Join the metrics of an experiment."""
        seeds = self.seeds(root)
        if study := self.studies.get(root):
            owners = [(study.dataset, row, _owner(root, row)) for row in study.rows]
        else:
            owners = [(on, model, root) for on, own in self.models(root).items() for model in own]
        return CollectJob(
            experiment=_experiment(root),
            models=[
                Seeds(root=Path(owner), dataset=on, model=model, seeds=seeds)
                for on, model, owner in owners
            ],
            out=Path(root),
            code=_code("collect"),
        )

    def table(self, root: str, table: str) -> TableJob | ImagesTableJob | SearchTableJob:
        """A table of a grid or of the search, by its name."""
        metrics, out = Path(layout.METRICS.format(root=root)), Path(root, "tables")
        if root == SEARCH:
            return self._search_table(table, metrics, out)
        if table == "images":
            return ImagesTableJob(
                datasets=self._image_rows(root),
                metrics=metrics,
                out=out,
                code=_code("tables.images"),
            )
        grid, (dataset, *_) = self.grids[root], self.of_type("points", self.grids[root].datasets)
        return TableJob.model_validate(
            {
                "name": table,
                "dataset": dataset,
                "models": self._labels(grid.models),
                "beside": self._labels(grid.beside.get(dataset, [])),
                "metrics": metrics,
                "resampling": metrics.with_name("resampling.csv"),
                "out": out,
                "code": _code(f"tables.{table}"),
            }
        )

    def _search_table(self, dataset: str, metrics: Path, out: Path) -> SearchTableJob:
        search = self.params.experiments.search.datasets[dataset]
        return SearchTableJob(
            dataset=dataset,
            type=self.params.datasets[dataset].type,
            run_here=dataset not in self.left_out,
            models=self._labels(search.candidates),
            search=search,
            args={name: self.params.args(name, dataset) for name in search.candidates},
            metrics=metrics,
            out=out,
            code=_code("tables.search"),
        )

    def figure(self, root: str, figure: str) -> Figure1Job | ImageFigureJob:
        """A figure of a grid: ``figure1``, or ``figure3`` or ``figure4`` of a dataset of images."""
        grid, name, out = self.grids[root], figure.partition("_"), Path(root, "figures")
        if not name[2]:
            own = self.params.figures.figure1
            (dataset, *_) = self.of_type("points", grid.datasets)
            return Figure1Job(
                runs=self._shown(root, dataset, own.seed),
                data=Path(layout.DATA.format(dataset=dataset)),
                evaluation=self._evaluation(dataset),
                figure=own,
                out=out,
                code=_code("figures.figure1"),
            )
        settings = getattr(self.params.figures, name[0])
        # A grid past the paper shows its first seed.
        seed = settings.seed if root == PAPER else grid.seeds[0]
        return ImageFigureJob(
            name=figure,
            runs=self._shown(root, name[2], seed),
            data=Path(layout.DATA.format(dataset=name[2])),
            figure=settings.model_copy(update={"seed": seed}),
            out=out,
            code=_code(f"figures.{name[0]}"),
        )

    def study(self, root: str) -> StudyJob:
        """The report of a study."""
        study = self.studies[root]
        return StudyJob(
            label=study.label,
            dataset=study.dataset,
            rows=[
                StudyRow(
                    name=name,
                    label=row.label,
                    value=row.value,
                    runs=[
                        _Names(_owner(root, name), study.dataset, name, str(seed)).path(layout.RUN)
                        for seed in study.seeds
                    ],
                )
                for name, row in study.rows.items()
            ],
            holes=study.holes,
            metrics=Path(layout.METRICS.format(root=root)),
            data=Path(layout.DATA.format(dataset=study.dataset)),
            out=Path(root, "report"),
            code=_code("study"),
        )

    def explain(self) -> ExplainJob:
        """Measure the explanations."""
        own = self.params.experiments.explanations
        assert own is not None
        cells = [_Names(PAPER, own.dataset, name, str(own.seed)) for name in own.models]
        codes = [f"models.{self.params.kind(name)}" for name in own.models]
        return ExplainJob(
            cells=[
                TrainedCell(
                    cell=cell.name,
                    spec=self._spec(PAPER, own.dataset, cell.model),
                    weights=cell.path(layout.WEIGHTS),
                )
                for cell in cells
            ],
            settings=own,
            data=Path(layout.DATA.format(dataset=own.dataset)),
            out=Path(layout.EXPLANATIONS),
            code=_code("explain", *codes, *_parts(self.params.datasets[own.dataset].problem)),
        )

    def explanations(self) -> ExplanationsJob:
        """The report of the explanations."""
        own = self.params.experiments.explanations
        assert own is not None
        folder = Path(layout.EXPLANATIONS)
        return ExplanationsJob(
            models=self._labels(own.models),
            draws=folder / "draws.csv",
            plans=folder / "plans.csv",
            solvers=folder / "solvers.csv",
            data=Path(layout.DATA.format(dataset=own.dataset)),
            out=folder / "report",
            code=_code("tables.explanations", "figures.explanations"),
        )

    def scaling(self) -> ScalingJob:
        """Measure the scaling."""
        own = self.params.experiments.scaling
        assert own is not None
        problem, kind = self.params.datasets[own.dataset].problem, self.params.kind(own.model)
        return ScalingJob(
            spec=Spec(problem=problem, kind=kind, args=self.params.scaled_args()),
            settings=own,
            data=Path(layout.DATA.format(dataset=own.dataset)),
            out=Path(layout.SCALED),
            code=_code("scaling", f"models.{kind}", *_parts(problem)),
        )

    def scaling_report(self) -> ScalingReportJob:
        """The report of the scaling."""
        own = self.params.experiments.scaling
        assert own is not None
        return ScalingReportJob(
            base=own.base.count,
            measured=Path(layout.SCALED),
            out=Path(layout.SCALING, "report"),
            code=_code("tables.scaling", "figures.scaling"),
        )

    # What the steps share

    def job(self, step: str, **wildcards: str) -> Job:
        """The job of a step, made once."""
        key = (step, *wildcards.values())
        if key not in self._jobs:
            self._jobs[key] = getattr(self, step)(**wildcards)
        return self._jobs[key]

    def _spec(self, root: str, dataset: str, model: str) -> Spec:
        cell = model, dataset, _study(root)
        problem, args = self.params.problem(*cell), self.params.args(*cell)
        return Spec(problem=problem, kind=self.params.kind(model), args=args)

    def _code(self, step: str, root: str, dataset: str, model: str) -> str:
        problem = self.params.problem(model, dataset, _study(root))
        return _code(step, f"models.{self.params.kind(model)}", *_parts(problem))

    def _evaluation(self, dataset: str) -> Evaluation:
        """How a cell is measured: without what does not concern its dataset."""
        own = self.params.evaluation
        images = self.params.datasets[dataset].type == "images"
        return own if images else own.model_copy(update={"images": None})

    def _held_out(self, dataset: str) -> Path | None:
        images = self.params.datasets[dataset].type == "images"
        return Path(layout.HELD_OUT.format(dataset=dataset)) if images else None

    def _labels(self, models: Iterable[str]) -> list[tuple[str, str]]:
        return [(name, self.params.models[name].label) for name in models]

    def _shown(self, root: str, dataset: str, seed: int) -> list[tuple[str, Path]]:
        """Label and draws of the models that a figure shows, in the order of its rows."""
        return [
            (label, _Names(root, dataset, name, str(seed)).path(layout.DRAWS))
            for name, label in self._labels(self.grids[root].models)
        ]

    def _image_rows(self, root: str) -> list[DatasetRows]:
        grid = self.grids[root]
        return [
            DatasetRows(
                name=name,
                label=self.params.datasets[name].label,
                models=self._labels(grid.names(name)),
                run=name not in self.left_out,
            )
            for name in self.of_type("images", grid.datasets)
        ]


class _Names:
    """The names of a cell, and its files."""

    def __init__(self, root: str, dataset: str, model: str, seed: str) -> None:
        self.root, self.dataset, self.model, self.seed = root, dataset, model, seed
        self.name = f"{dataset}/{model}/{seed}"

    def path(self, pattern: str) -> Path:
        return Path(pattern.format(**vars(self)))


def _study(root: str) -> str:
    """Name of the study that a cell is trained for; empty in a grid and in the search."""
    return root.removeprefix(layout.STUDIES) if root.startswith(layout.STUDIES) else ""


def _owner(root: str, row: str) -> str:
    """Where the cells of a study's row stand: a row without a dot shares the paper's."""
    return root if "." in row else PAPER


def _experiment(root: str) -> str:
    return "paper" if root == PAPER else root.rpartition("/")[2]


def _parts(problem: Problem) -> list[str]:
    return [f"{folder}.{part.kind}" for _, folder, part in problem.parts()]


@cache
def _code(*modules: str) -> str:
    return fingerprint(*modules)


def _files(kind: str, args: dict[str, Any]) -> list[Path]:
    """The reader's own files that a kind of data is made from."""
    module = registry.load("data", kind)
    if not hasattr(module, "files"):
        return []
    files: list[Path] = module.files(registry.config("data", kind, args, "datasets: args"))
    return files
