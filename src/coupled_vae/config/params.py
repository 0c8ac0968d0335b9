"""Typed, closed schema of ``params.yaml``: every value that can change a result.

Nothing has a default here: every value stands in the file. The arguments of a dataset or of a model
belong to the file of its kind (its ``Config``), so a new kind adds no line to this file.
"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from coupled_vae.config.evaluation import Evaluation
from coupled_vae.config.experiments import Experiments
from coupled_vae.config.problem import Problem
from coupled_vae.config.section import Label, Name, Scale, Section, Seed


class DatasetEntry(Section):
    """One dataset: its kind, the arguments of that kind, and the problem posed on it.

    ``type`` decides what is measured and shown; ``evaluation`` replaces settings of the section of
    that name for this dataset.

    Attributes:
        kind: Kind of the dataset, a file of ``data/kinds``.
        label: Name in tables and figures.
        type: Whether the data are points or images.
        args: Arguments of the kind.
        problem: What all models share on these data.
        evaluation: Settings of ``evaluation`` that differ for these data.
    """

    kind: str
    label: Label
    type: Literal["points", "images"]
    args: dict[str, Any]
    problem: Problem
    evaluation: dict[str, Any]


class ModelEntry(Section):
    """One row of the tables: a model kind with its arguments.

    ``overrides`` replaces, for each dataset named, some of these arguments.

    Attributes:
        kind: Kind of the model, a file of ``science/models``.
        label: Name in tables and figures.
        args: Arguments of the kind.
        overrides: Arguments that differ on a dataset, by its name.
    """

    kind: str
    label: Label
    args: dict[str, Any]
    overrides: dict[Name, dict[str, Any]]


class Figure1(Section):
    """Figure 1; ``seed`` is the run it shows.

    Attributes:
        seed: Seed of the cells that the figure shows.
        extent: Half the width of the latent plane that is shown.
        density_bins: Cells of the aggregate posterior's density along each axis.
    """

    seed: Seed
    extent: Scale
    density_bins: Annotated[int, Field(ge=2, le=4000)]


class Figure3(Section):
    """Figure 3, of every image dataset; ``seed`` is the run it shows.

    Attributes:
        seed: Seed of the cells that the figure shows.
        extent: Half the width of the latent plane that is shown.
    """

    seed: Seed
    extent: Scale


class Figure4(Section):
    """Figure 4, of every image dataset; ``seed`` is the run it shows.

    Attributes:
        seed: Seed of the cells that the figure shows.
        samples: Random samples of each model.
    """

    seed: Seed
    samples: Annotated[int, Field(ge=1, le=100)]  # as many as draws.npz keeps without noise


class FigureSettings(Section):
    """A figure past the paper's; its own file has the schema of all keys but ``seed``.

    Attributes:
        seed: Seed of the cells that the figure shows.
    """

    model_config = ConfigDict(extra="allow")

    seed: Seed


class Figures(Section):
    """Settings of the figures; those past the paper's are named as their files.

    Attributes:
        figure1: Figure 1, of mixtures.
        figure3: Figure 3, of images.
        figure4: Figure 4, of images.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, FigureSettings]

    figure1: Figure1
    figure3: Figure3
    figure4: Figure4

    def further(self) -> dict[str, FigureSettings]:
        """The figures past the paper's."""
        return self.__pydantic_extra__

    def section(self, name: str) -> dict[str, Any]:
        """The settings of a figure; empty where the parameters have none."""
        own: Section | None = getattr(self, name, None)
        return own.model_dump() if own else {}


class Params(Section):
    """The whole of ``params.yaml``.

    Attributes:
        datasets: The datasets, by name.
        models: The models, by name.
        evaluation: How trained models are drawn from and measured.
        experiments: Which cells are trained, and the report that they end in.
        figures: Settings of the figures.
    """

    datasets: dict[Name, DatasetEntry]
    models: dict[Name, ModelEntry]
    evaluation: Evaluation
    experiments: Experiments
    figures: Figures

    def args(self, model: str, dataset: str) -> dict[str, Any]:
        """Arguments of an entry of ``models`` on a dataset."""
        entry = self.models[model]
        return {**entry.args, **entry.overrides.get(dataset, {})}

    def scaled_args(self) -> dict[str, Any]:
        """Arguments of the model whose scaling is measured."""
        scaling = self.experiments.scaling
        assert scaling is not None
        return {**self.models[scaling.model].args, **scaling.args}

    def kind(self, model: str) -> str:
        """Kind of an entry of ``models``."""
        return self.models[model].kind
