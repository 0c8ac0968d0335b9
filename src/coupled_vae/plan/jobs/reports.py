"""Jobs from metrics and draws to the frame of record, tables and figures; none imports torch."""

from pathlib import Path
from typing import Any, ClassVar, Literal

from coupled_vae.config.evaluation import ModeSettings
from coupled_vae.config.experiments import Holes, Search
from coupled_vae.config.params import Figure1, Figure3, Figure4
from coupled_vae.config.section import Section
from coupled_vae.pipeline.cell import Cell
from coupled_vae.plan import layout
from coupled_vae.plan.jobs._base import Job
from coupled_vae.reporting.rows import StudyRow

Labels = list[tuple[str, str]]  # name and label of models, in the order of rows
Runs = list[tuple[str, Path]]  # label and draws
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
    """Join the metrics of all cells of an experiment."""

    command: ClassVar[str] = "collect"
    experiment: str
    models: list[Seeds]
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
        collect(self.experiment, self.cells(), *self.outputs(), beside=beside)


class TableJob(Job):
    """Table 1 or 2: the mixture of Gaussians, the paper's numbers beside ours."""

    command: ClassVar[str] = "table"
    name: Literal["table1", "table2"]
    dataset: str
    models: Labels
    beside: Labels
    metrics: Path
    resampling: Path
    out: Path

    def inputs(self) -> list[Path]:
        """The frame of record."""
        return [self.metrics, self.resampling]

    def outputs(self) -> list[Path]:
        """The table in three formats."""
        return table(self.out, self.name)

    def run(self) -> None:
        """Write it."""
        from importlib import import_module

        write = getattr(import_module(f"coupled_vae.reporting.tables.{self.name}"), self.name)
        files = self.metrics, self.resampling, self.out
        write(self.dataset, self.models, self.beside, *files)


class DatasetRows(Section):
    """The rows of one dataset: its models, and whether it is run."""

    name: str
    label: str
    models: Labels
    run: bool


class ImagesTableJob(Job):
    """The table of the image experiments."""

    command: ClassVar[str] = "table-images"
    datasets: list[DatasetRows]
    metrics: Path
    out: Path

    def inputs(self) -> list[Path]:
        """The frame of record."""
        return [self.metrics]

    def outputs(self) -> list[Path]:
        """The table in three formats."""
        return table(self.out, "images")

    def run(self) -> None:
        """Write it."""
        from coupled_vae.reporting.tables.images import images

        images([rows.model_dump() for rows in self.datasets], self.metrics, self.out)


class SearchTableJob(Job):
    """The table of the search on one dataset."""

    command: ClassVar[str] = "table-search"
    dataset: str
    type: Literal["points", "images"]
    run_here: bool
    models: Labels
    search: Search
    args: dict[str, dict[str, Any]]
    metrics: Path
    out: Path

    def inputs(self) -> list[Path]:
        """The search's frame of record."""
        return [self.metrics]

    def outputs(self) -> list[Path]:
        """The table in three formats."""
        return table(self.out, self.dataset)

    def run(self) -> None:
        """Write it."""
        from coupled_vae.reporting.tables.search import search

        metrics = self.metrics if self.run_here else None
        told = self.models, self.search, self.args
        search(self.dataset, self.type, *told, metrics, self.out)


class Figure1Job(Job):
    """Figure 1."""

    command: ClassVar[str] = "figure1"
    runs: Runs
    data: Path
    modes: ModeSettings
    figure: Figure1
    out: Path

    def inputs(self) -> list[Path]:
        """The draws of each row, and the dataset."""
        return [*(path for _, path in self.runs), self.data]

    def outputs(self) -> list[Path]:
        """The figure in two formats."""
        return figure(self.out, "figure1")

    def run(self) -> None:
        """Draw it."""
        from coupled_vae.reporting.figures.figure1 import figure1

        figure1(self.runs, self.data, self.modes, self.figure, self.out)


class ImageFigureJob(Job):
    """Figure 3 or 4 of a dataset of images."""

    command: ClassVar[str] = "figure-images"
    name: str
    runs: Runs
    data: Path
    figure: Figure4 | Figure3
    out: Path

    def inputs(self) -> list[Path]:
        """The draws of each row, and the dataset."""
        return [*(path for _, path in self.runs), self.data]

    def outputs(self) -> list[Path]:
        """The figure in two formats."""
        return figure(self.out, self.name)

    def run(self) -> None:
        """Draw it."""
        from coupled_vae.reporting.figures.figure3 import figure3
        from coupled_vae.reporting.figures.figure4 import figure4

        if isinstance(self.figure, Figure3):
            figure3(self.runs, self.data, self.figure, self.out, self.name)
        else:
            figure4(self.runs, self.data, self.figure, self.out, self.name)


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
        """The table in three formats, the figure in two."""
        return report(self.out)

    def run(self) -> None:
        """Write both."""
        from coupled_vae.reporting.study import report as write

        write(self.label, self.dataset, self.rows, self.metrics, self.data, self.out)
