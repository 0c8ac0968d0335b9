"""Jobs from metrics and draws to the frame of record, tables and figures; none imports torch."""

from importlib import import_module
from pathlib import Path
from typing import ClassVar

from coupled_vae.config.experiments import Holes
from coupled_vae.config.section import Section
from coupled_vae.config.traits import Traits
from coupled_vae.pipeline.cell import Cell
from coupled_vae.plan import layout
from coupled_vae.plan.jobs._base import Job
from coupled_vae.reporting.rows import (
    FigureInput,
    MeasuredDataset,
    PageInput,
    SearchInput,
    StudyRow,
    TableInput,
)

RUN_FILES = ("draws.npz", "report.json")  # of each run, read when a study is collected


def table(folder: Path, name: str) -> list[Path]:
    """The files of a table."""
    return [Path(file) for file in layout.table(str(folder), name)]


def figure(folder: Path, name: str) -> list[Path]:
    """The files of a figure."""
    return [Path(file) for file in layout.figure(str(folder), name)]


def report(folder: Path) -> list[Path]:
    """The files of a table and a figure."""
    return [Path(file) for file in layout.report(str(folder))]


class Seeds(Section):
    """All seeds of one model on one dataset; ``root`` is the folder of their results."""

    root: Path
    dataset: str
    model: str
    seeds: list[int]

    def runs(self) -> list[tuple[Cell, Path]]:
        """Each cell with the folder of its run."""
        names = {"root": self.root, "dataset": self.dataset, "model": self.model}
        return [
            (cell, Path(layout.RUN.format(**names, seed=cell.seed))) for cell, _ in self.cells()
        ]

    def cells(self) -> list[tuple[Cell, Path]]:
        """Each cell with the table of its metrics."""
        folder = self.root / "evaluations" / self.dataset / self.model
        cells = [Cell(dataset=self.dataset, model=self.model, seed=seed) for seed in self.seeds]
        return [(cell, folder / f"{cell.seed}.csv") for cell in cells]


class StudyMeasures(Section):
    """What a study measures of its cells beside their metrics: how, and on which dataset."""

    holes: Holes
    data: Path


class CollectJob(Job):
    """Join the metrics of all cells of an experiment; ``traits`` are those of its datasets."""

    command: ClassVar[str] = "collect"
    experiment: str
    models: list[Seeds]
    traits: dict[str, Traits]
    study: StudyMeasures | None = None
    out: Path

    def cells(self) -> list[tuple[Cell, Path]]:
        """Every cell with the table of its metrics."""
        return [cell for model in self.models for cell in model.cells()]

    def inputs(self) -> list[Path]:
        """The tables of all cells; of a study also its dataset, the draws and the reports."""
        tables = [path for _, path in self.cells()]
        if self.study is None:
            return tables
        return [
            *tables,
            self.study.data,
            *(run / name for _, run in self.runs() for name in RUN_FILES),
        ]

    def runs(self) -> list[tuple[Cell, Path]]:
        """Every cell with the folder of its run."""
        return [run for model in self.models for run in model.runs()]

    def outputs(self) -> list[Path]:
        """Values, resampling errors, and means over the seeds for ``dvc metrics``."""
        return [self.out / name for name in ("metrics.csv", "resampling.csv", "metrics.json")]

    def run(self) -> None:
        """Join them."""
        from coupled_vae.pipeline.collect import collect

        beside = None
        if self.study is not None:
            from coupled_vae.pipeline.study_metrics import measured

            beside = measured(self.runs(), self.study.holes, self.study.data)
        collect(self.experiment, self.cells(), self.traits, *self.outputs(), beside=beside)


class TableJob(Job, TableInput):
    """A table of a grid; ``kind`` is its file in ``reporting/tables``."""

    command: ClassVar[str] = "table"
    kind: str

    def inputs(self) -> list[Path]:
        """The frame of record, and the resampling errors where the table needs them."""
        return [self.metrics, *([self.resampling] if self.resampling else [])]

    def outputs(self) -> list[Path]:
        """The table in four files."""
        return table(self.out, self.name)

    def run(self) -> None:
        """Write it."""
        import_module(f"coupled_vae.reporting.tables.{self.kind}").write_table(self)


class NumbersJob(Job):
    """The numbers of the paper's grid as macros of LaTeX."""

    command: ClassVar[str] = "numbers"
    datasets: list[MeasuredDataset]
    not_run: list[str]
    seeds: int
    metrics: Path
    out: Path

    def inputs(self) -> list[Path]:
        """The frame of record."""
        return [self.metrics]

    def outputs(self) -> list[Path]:
        """The macros."""
        return [self.out]

    def run(self) -> None:
        """Write them."""
        from coupled_vae.reporting.numbers import numbers

        numbers(self.datasets, self.not_run, self.seeds, self.metrics, self.out)


class SearchTableJob(Job, SearchInput):
    """The table of a round of the search on one dataset."""

    command: ClassVar[str] = "table-search"

    def inputs(self) -> list[Path]:
        """The round's frame of record."""
        return [self.metrics]

    def outputs(self) -> list[Path]:
        """The table in four files."""
        return table(self.out, self.dataset)

    def run(self) -> None:
        """Write it."""
        import_module(f"coupled_vae.reporting.tables.search_{self.phase}").write_table(self)


class FigureJob(Job, FigureInput):
    """A figure of a grid; ``kind`` is its file in ``reporting/figures``."""

    command: ClassVar[str] = "figure"
    kind: str

    def inputs(self) -> list[Path]:
        """Of each dataset the draws of its models, and the data."""
        return [
            path
            for dataset in self.datasets
            for path in (*(draws for _, draws in dataset.runs), dataset.data)
        ]

    def outputs(self) -> list[Path]:
        """The figure in three formats."""
        return figure(self.out, self.name)

    def run(self) -> None:
        """Draw it."""
        import_module(f"coupled_vae.reporting.figures.{self.kind}").draw(self)


class PageJob(Job, PageInput):
    """The page of a grid."""

    command: ClassVar[str] = "page"

    def inputs(self) -> list[Path]:
        """Tables, figures, every dataset with the files that it is made from, frames, histories."""
        data = [path for own in self.datasets for path in (own.data, *own.files)]
        paper = self.paper.files() if self.paper else []
        return [*dict.fromkeys([*self.tables, *self.figures, *data, *paper])]

    def outputs(self) -> list[Path]:
        """The page."""
        return [self.out]

    def run(self) -> None:
        """Write it."""
        from coupled_vae.reporting.page import page

        page(self)


class StudyJob(Job):
    """The table and the figure of a study."""

    command: ClassVar[str] = "study"
    label: str
    dataset: str
    rows: list[StudyRow]
    metrics: Path
    data: Path
    out: Path

    def inputs(self) -> list[Path]:
        """The frame of record, the dataset, and of each row the draws that the figure shows."""
        return [self.metrics, self.data, *(row.run / "draws.npz" for row in self.rows)]

    def outputs(self) -> list[Path]:
        """The table in four files, the figure in three."""
        return report(self.out)

    def run(self) -> None:
        """Write both."""
        from coupled_vae.reporting.study import report as write

        write(self.label, self.dataset, self.rows, self.metrics, self.data, self.out)
