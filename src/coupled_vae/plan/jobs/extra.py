"""Jobs past tables and figures of a grid: the paper's explanations, and the scaling."""

from pathlib import Path
from typing import ClassVar

from coupled_vae.config.experiments import Explanations, Scaling
from coupled_vae.config.section import Section
from coupled_vae.pipeline.cell import Cell, Spec
from coupled_vae.plan.jobs._base import Job
from coupled_vae.plan.jobs.cells import CellName
from coupled_vae.plan.jobs.reports import figure, report, table
from coupled_vae.reporting.rows import Labels


class TrainedCell(Section):
    """A trained cell: how it is built and where its weights are."""

    cell: CellName
    spec: Spec
    weights: Path


class ExplainJob(Job):
    """Measure the paper's explanations of blur and collapse on trained cells."""

    command: ClassVar[str] = "explain"
    cells: list[TrainedCell]
    settings: Explanations
    data: Path
    out: Path

    def inputs(self) -> list[Path]:
        """The weights of every cell, and the dataset."""
        return [*(cell.weights for cell in self.cells), self.data]

    def outputs(self) -> list[Path]:
        """What the report reads."""
        return [self.out / f"{name}.csv" for name in ("draws", "plans", "solvers")]

    def run(self) -> None:
        """Measure."""
        from coupled_vae.studies.explain import Trained, explain

        cells = [
            Trained(cell=Cell.parse(trained.cell), spec=trained.spec, weights=trained.weights)
            for trained in self.cells
        ]
        explain(cells, self.settings, self.data, self.out)


class ExplanationsJob(Job):
    """The report of the explanations."""

    command: ClassVar[str] = "explanations"
    models: Labels
    draws: Path
    plans: Path
    solvers: Path
    data: Path
    out: Path

    def inputs(self) -> list[Path]:
        """What was measured, and the dataset."""
        return [self.draws, self.plans, self.solvers, self.data]

    def outputs(self) -> list[Path]:
        """A figure and three tables."""
        tables = [table(self.out, name) for name in ("blur", "collapse", "solvers")]
        return [*figure(self.out, "figure"), *(file for files in tables for file in files)]

    def run(self) -> None:
        """Write it."""
        from coupled_vae.data.dataset import load
        from coupled_vae.reporting.figures.explanations import explanations as draw
        from coupled_vae.reporting.tables.explanations import explanations as write

        load(self.data)  # damaged data are refused before the first table is written
        write(self.models, self.draws, self.plans, self.solvers, self.out)
        draw(self.models, self.draws, self.plans, self.data, self.out)


class ScalingJob(Job):
    """Measure how seconds and memory of a coupled model grow."""

    command: ClassVar[str] = "scaling"
    spec: Spec
    settings: Scaling
    data: Path
    out: Path

    def inputs(self) -> list[Path]:
        """The dataset."""
        return [self.data]

    def outputs(self) -> list[Path]:
        """What was measured."""
        return [self.out]

    def run(self) -> None:
        """Measure."""
        from coupled_vae.studies.scaling import scaling

        scaling(self.spec, self.settings, self.data, self.out)


class ScalingReportJob(Job):
    """The report of the scaling; ``base`` is the number of data from where on all is large."""

    command: ClassVar[str] = "report-scaling"
    base: int
    measured: Path
    out: Path

    def inputs(self) -> list[Path]:
        """What was measured."""
        return [self.measured]

    def outputs(self) -> list[Path]:
        """The table in four files, the figure in three."""
        return report(self.out)

    def run(self) -> None:
        """Write both."""
        from coupled_vae.reporting.figures.scaling import scaling as draw
        from coupled_vae.reporting.tables.scaling import scaling as write

        write(self.measured, self.out)
        draw(self.measured, self.base, self.out)
