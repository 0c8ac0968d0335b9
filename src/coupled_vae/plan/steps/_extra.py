"""Steps of the two measurements on a trained or timed model: explanations and scaling."""

from pathlib import Path

from coupled_vae.config import registry
from coupled_vae.config.cells import Row
from coupled_vae.config.roots import EXPLANATIONS, SCALING
from coupled_vae.pipeline.cell import Spec
from coupled_vae.plan import layout
from coupled_vae.plan.code import code_of, parts
from coupled_vae.plan.jobs import ExplainJob, ExplanationsJob, ScalingJob, ScalingReportJob
from coupled_vae.plan.jobs.extra import TrainedCell
from coupled_vae.plan.steps._base import CellNames, Experiments


class ExtraSteps(Experiments):
    """Explanations and scaling, if the parameters have these sections."""

    def explain(self) -> ExplainJob:
        """Measure the explanations."""
        own = self.params.experiments.explanations
        assert own is not None
        rows = self.experiments[EXPLANATIONS].rows
        codes = [registry.module("models", row.kind) for row in rows]
        return ExplainJob(
            cells=[self._trained_cell(row, own.seed) for row in rows],
            settings=own,
            data=Path(layout.DATA.format(dataset=own.dataset)),
            out=Path(EXPLANATIONS),
            code=code_of(
                "studies.explain", *codes, *parts(self.params.datasets[own.dataset].problem)
            ),
        )

    def _trained_cell(self, row: Row, seed: int) -> TrainedCell:
        cell = CellNames(row.root, row.dataset, row.name, str(seed))
        return TrainedCell(cell=cell.name, spec=self._spec(row), weights=cell.path(layout.WEIGHTS))

    def explanations(self) -> ExplanationsJob:
        """The report of the explanations."""
        own = self.params.experiments.explanations
        assert own is not None
        folder = Path(EXPLANATIONS)
        return ExplanationsJob(
            models=self._labels(own.models),
            draws=folder / "draws.csv",
            plans=folder / "plans.csv",
            solvers=folder / "solvers.csv",
            data=Path(layout.DATA.format(dataset=own.dataset)),
            out=folder / "report",
            code=code_of("reporting.tables.explanations", "reporting.figures.explanations"),
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
            code=code_of("studies.scaling", registry.module("models", kind), *parts(problem)),
        )

    def scaling_report(self) -> ScalingReportJob:
        """The report of the scaling."""
        own = self.params.experiments.scaling
        assert own is not None
        return ScalingReportJob(
            base=own.base.count,
            measured=Path(layout.SCALED),
            out=Path(SCALING, "report"),
            code=code_of("reporting.tables.scaling", "reporting.figures.scaling"),
        )
