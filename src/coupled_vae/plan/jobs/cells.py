"""Jobs that make a dataset, and those of one cell: train, draw, evaluate."""

from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import Field

from coupled_vae.config.evaluation import DrawSettings, MeasureSettings
from coupled_vae.pipeline.cell import Cell, Spec
from coupled_vae.plan.jobs._base import Job

CellName = Annotated[str, Field(pattern=r"^[^/]+/[^/]+/[0-9]+$")]  # dataset/model/seed


class DataJob(Job):
    """Make a dataset, or the part of it that is held out of training."""

    command: ClassVar[str] = "data"
    kind: str
    args: dict[str, Any]
    held_out: bool = False
    files: list[Path] = Field(default_factory=list)
    out: Path

    def inputs(self) -> list[Path]:
        """The reader's own files that it is made from."""
        return self.files

    def outputs(self) -> list[Path]:
        """The ``.npz``."""
        return [self.out]

    def run(self) -> None:
        """Make it."""
        from coupled_vae.config import registry
        from coupled_vae.data import dataset

        config = registry.config("data", self.kind, self.args, "--args")
        module = registry.load("data", self.kind)
        dataset.save(self.out, (module.held_out if self.held_out else module.generate)(config))


class OfCell(Job):
    """A job of one cell."""

    cell: CellName
    data: Path
    out: Path

    def of(self) -> Cell:
        """The cell."""
        return Cell.parse(self.cell)


class TrainJob(OfCell):
    """Train a cell; ``out`` is its run folder."""

    command: ClassVar[str] = "train"
    spec: Spec
    timing: Path | None = None

    def inputs(self) -> list[Path]:
        """The dataset."""
        return [self.data]

    def outputs(self) -> list[Path]:
        """Weights, history, and what the model reports of its training."""
        return [self.out / name for name in ("weights.pt", "history.csv", "report.json")]

    def measurements(self) -> list[Path]:
        """Seconds and memory."""
        return [self.timing] if self.timing else []

    def run(self) -> None:
        """Train, from the cell's checkpoint if there is one."""
        from coupled_vae.pipeline.train import train

        train(self.of(), self.spec, self.data, self.code, self.out, self.timing)

    def about_data(self) -> dict[str, Any]:
        """Sizes and units of the data, with which the trained model is loaded without them."""
        from coupled_vae.data import dataset
        from coupled_vae.pipeline.about_data import AboutData

        return AboutData.of(dataset.load(self.data), self.spec).model_dump(mode="json")


class OfTrained(OfCell):
    """A job of a cell that was trained; ``held_out`` is of images, what it was not trained on."""

    held_out: Path | None = None

    def datasets(self) -> list[Path]:
        """The training data, and what is held out."""
        return [self.data, *([self.held_out] if self.held_out else [])]


class DrawJob(OfTrained):
    """Draw from a trained cell what evaluation and figures need."""

    command: ClassVar[str] = "draw"
    spec: Spec
    settings: DrawSettings
    weights: Path

    def inputs(self) -> list[Path]:
        """Datasets and weights."""
        return [*self.datasets(), self.weights]

    def outputs(self) -> list[Path]:
        """The draws."""
        return [self.out]

    def run(self) -> None:
        """Draw."""
        from coupled_vae.pipeline.draw import draw

        paths = self.data, self.held_out, self.weights, self.out
        draw(self.of(), self.spec, self.settings, *paths)


class EvaluateJob(OfTrained):
    """Measure a cell."""

    command: ClassVar[str] = "evaluate"
    settings: MeasureSettings
    draws: Path
    report: Path

    def inputs(self) -> list[Path]:
        """Datasets, draws, and the report of the training."""
        return [*self.datasets(), self.draws, self.report]

    def outputs(self) -> list[Path]:
        """The metrics."""
        return [self.out]

    def run(self) -> None:
        """Measure."""
        from coupled_vae.pipeline.evaluate import evaluate

        paths = self.data, self.held_out, self.draws, self.report, self.out
        evaluate(self.of(), self.settings, *paths)
