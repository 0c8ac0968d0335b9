"""Steps that make a dataset, and those of a cell: train, draw, evaluate."""

from pathlib import Path

from coupled_vae.config import registry
from coupled_vae.data.fits import Needs
from coupled_vae.plan import layout
from coupled_vae.plan.code import code_of
from coupled_vae.plan.jobs import DataJob, DrawJob, EvaluateJob, TrainJob
from coupled_vae.plan.steps._base import CellNames, Experiments, files_of


class CellSteps(Experiments):
    """Datasets and cells."""

    def data(self, dataset: str) -> DataJob:
        """Make a dataset."""
        return self._data(dataset, layout.DATA, held_out=False)

    def held_out(self, dataset: str) -> DataJob:
        """Make the part of a dataset that is held out of training."""
        return self._data(dataset, layout.HELD_OUT, held_out=True)

    def _data(self, dataset: str, path: str, *, held_out: bool) -> DataJob:
        entry = self.params.datasets[dataset]
        return DataJob(
            kind=entry.kind,
            args=entry.args,
            held_out=held_out,
            files=files_of(entry.kind, entry.args),
            out=Path(path.format(dataset=dataset)),
            code=code_of("data.dataset", registry.module("data", entry.kind)),
        )

    def needs(self, dataset: str) -> Needs:
        """What the parameters need of a dataset; checked again when the dataset is made."""
        entry, evaluation = self.params.datasets[dataset], self._evaluation(dataset)
        traits = self.traits(dataset)
        # A kind whose arguments give the size was checked together with the parameters.
        problem = None if self.facts(dataset) else entry.problem
        if traits.kind == "images" and evaluation.images:
            return Needs(
                name=dataset,
                pairs=evaluation.images.pairs,
                classes=traits.labels,
                images=True,
                problem=problem,
            )
        return Needs(
            name=dataset,
            posterior_datum=evaluation.posterior_datum,
            w2_subsample=evaluation.w2_subsample,
            classes=traits.labels and traits.held_out,
            held_out=traits.held_out,
            problem=problem,
        )

    def train(self, root: str, dataset: str, model: str, seed: str) -> TrainJob:
        """Train a cell."""
        cell, row = CellNames(root, dataset, model, seed), self.row(root, dataset, model)
        return TrainJob(
            cell=cell.name,
            spec=self._spec(row),
            data=cell.path(layout.DATA),
            out=cell.path(layout.RUN),
            timing=cell.path(layout.TIMING),
            code=self._code("pipeline.train", row),
        )

    def draw(self, root: str, dataset: str, model: str, seed: str) -> DrawJob:
        """Draw from a trained cell."""
        cell, row = CellNames(root, dataset, model, seed), self.row(root, dataset, model)
        return DrawJob(
            cell=cell.name,
            spec=self._spec(row),
            settings=self._evaluation(dataset).draw_settings(self.traits(dataset)),
            data=cell.path(layout.DATA),
            held_out=self._held_out(dataset),
            weights=cell.path(layout.WEIGHTS),
            out=cell.path(layout.DRAWS),
            code=self._code("pipeline.draw", row),
        )

    def evaluate(self, root: str, dataset: str, model: str, seed: str) -> EvaluateJob:
        """Measure a cell."""
        cell = CellNames(root, dataset, model, seed)
        return EvaluateJob(
            cell=cell.name,
            settings=self._evaluation(dataset).measure_settings(self.traits(dataset)),
            data=cell.path(layout.DATA),
            held_out=self._held_out(dataset),
            draws=cell.path(layout.DRAWS),
            report=cell.path(layout.REPORT),
            out=cell.path(layout.EVALUATION),
            code=code_of("pipeline.evaluate"),
        )
