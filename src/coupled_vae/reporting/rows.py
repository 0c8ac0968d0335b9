"""What a report shows, as the plan states it to the code that writes it."""

from pathlib import Path
from typing import Any

from pydantic import Field

from coupled_vae.config.evaluation import ModeSettings
from coupled_vae.config.facts import Facts, Kind
from coupled_vae.config.roots import Phase
from coupled_vae.config.search import Decided
from coupled_vae.config.section import Section
from coupled_vae.config.traits import Traits

Labels = list[tuple[str, str]]  # name and label of models, in the order of rows
Runs = list[tuple[str, Path]]  # label of a model and a file of one of its runs


class StudyRow(Section):
    """One row of a study, with the run folder that its figure shows, of the first seed."""

    name: str
    label: str
    value: float | None
    run: Path


class DatasetRows(Section):
    """The rows of one dataset in a table.

    Attributes:
        name: Of the dataset.
        label: Of the dataset.
        metrics: Those that are measured of it.
        models: Its models.
        run: Whether it is run.
    """

    name: str
    label: str
    metrics: list[str]
    models: Labels
    run: bool


class SearchRow(Section):
    """One trial of the search, or one finalist.

    Attributes:
        trial: Its number.
        name: Of its cells, such as ``vae.t03``.
        args: The arguments that trials vary, at full length.
        cost: Data in all gradient steps of a training at full length.
    """

    trial: int
    name: str
    args: dict[str, Any]
    cost: int


class SearchedModel(Section):
    """One model in a round of the search.

    Attributes:
        name: Of the model.
        label: Of the model.
        rows: What was trained of it.
        decided: What the parameters say of its trials and finalists.
    """

    name: str
    label: str
    rows: list[SearchRow]
    decided: Decided


class SearchInput(Section):
    """What the table of a round of the search is written from.

    Attributes:
        phase: The round.
        dataset: Name of the dataset.
        kind: Of its data.
        scores: The metrics that choose; the first one decides.
        finalists: How many finalists a model has, at most.
        seconds: Budget of a cell of the round, in CPU seconds.
        models: The models that have rows in the round.
        metrics: The round's frame of record.
        out: Folder of its files.
    """

    phase: Phase
    dataset: str
    kind: Kind
    scores: list[str]
    finalists: int
    seconds: float
    models: list[SearchedModel]
    metrics: Path
    out: Path


class TableInput(Section):
    """What a table of a grid is written from.

    Attributes:
        name: Stem of its files.
        datasets: Its rows.
        metrics: The frame of record.
        resampling: The resampling errors, where the table needs them.
        out: Folder of its files.
    """

    name: str
    datasets: list[DatasetRows]
    metrics: Path
    resampling: Path | None = None
    out: Path


class MeasuredDataset(Section):
    """Names of a dataset, of its models, and of the metrics that are measured of them."""

    name: str
    models: list[str]
    metrics: list[str]


class ShownDataset(Section):
    """A dataset in a figure: its ``.npz``, and label and draws of every model."""

    name: str
    data: Path
    runs: Runs


class PageModel(Section):
    """A model on a page: its arguments, and the names of those that follow from the data."""

    label: str
    kind: str
    args: dict[str, Any]
    derived: list[str] = Field(default_factory=list)


class PageDataset(Section):
    """A dataset on a page.

    Attributes:
        name: Of the dataset.
        label: Of the dataset.
        kind: Kind of its file in ``data/kinds``, with the arguments ``args``.
        args: Of the kind.
        traits: What decides its metrics.
        facts: Its sizes; None if its kind offers none.
        problem: The problem posed on it.
        data: Its ``.npz``.
        files: The reader's own files that it is made from.
        models: What is trained on it.
    """

    name: str
    label: str
    kind: str
    args: dict[str, Any]
    traits: Traits
    facts: Facts | None
    problem: dict[str, Any]
    data: Path
    files: list[Path]
    models: list[PageModel]


class ExploredDataset(Section):
    """A dataset with a latent plane: its ``.npz``, whether it has images, draws of its models."""

    name: str
    label: str
    images: bool
    data: Path
    runs: Runs


class PaperInput(Section):
    """What the page of the paper's grid shows beside that of any grid.

    Attributes:
        datasets: Of the grid, also those that are not run.
        mixture: The dataset of the paper's tables; None if the grid has no such tables.
        claims: The datasets whose claims are shown.
        metrics: The frame of record.
        resampling: The resampling errors.
        curves: Of each dataset that is run, label and history of its models, of one seed.
        curve_seed: That seed.
        explored: The datasets whose latent planes can be explored.
        parameters: Digest of the parameters of the grid.
        docs: Digests of what is taken from the docs, by name.
        command: What makes the page.
    """

    datasets: list[DatasetRows]
    mixture: str | None
    claims: list[str]
    metrics: Path
    resampling: Path
    curves: dict[str, Runs]
    curve_seed: int
    explored: list[ExploredDataset] = Field(default_factory=list)
    parameters: str
    docs: dict[str, str]
    command: str

    def files(self) -> list[Path]:
        """The files that are read."""
        histories = [path for runs in self.curves.values() for _, path in runs]
        explored = [path for own in self.explored for path in (*(p for _, p in own.runs), own.data)]
        return [self.metrics, self.resampling, *histories, *explored]


class PageInput(Section):
    """What the page of a grid is made from.

    Attributes:
        title: Of the page.
        seeds: Of all cells.
        datasets: With their models.
        tables: In Markdown.
        figures: In PNG.
        template: Digest of the template.
        paper: What the page of the paper's grid shows as well; None of another grid.
        out: The page.
    """

    title: str
    seeds: list[int]
    datasets: list[PageDataset]
    tables: list[Path]
    figures: list[Path]
    template: str
    paper: PaperInput | None = None
    out: Path


class FigureInput(Section):
    """What a figure of a grid is drawn from.

    Attributes:
        name: Stem of its files.
        datasets: What it shows.
        modes: Settings of the modes, where the figure needs them.
        posterior_datum: Index of the datum whose posterior is shown, where the figure needs it.
        settings: Its section of ``params.yaml``; empty where it has none.
        out: Folder of its files.
    """

    name: str
    datasets: list[ShownDataset]
    modes: ModeSettings | None = None
    posterior_datum: int | None = None
    settings: dict[str, Any]
    out: Path
