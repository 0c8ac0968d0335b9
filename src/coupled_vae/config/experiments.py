"""Schema of ``experiments`` in ``params.yaml``: which cells belong together."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from coupled_vae.config.roots import PHASES
from coupled_vae.config.search import Search
from coupled_vae.config.section import (
    Cells,
    Count,
    Dimension,
    Draws,
    Entries,
    Fraction,
    Label,
    Name,
    Positive,
    PositiveFraction,
    Section,
    Seed,
    Seeds,
    StepSize,
    Width,
)

RowName = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_]*([.][a-z0-9][a-z0-9_.-]*)?$", max_length=120)
]
Names = Annotated[list[Name], Field(min_length=1)]
Counts = Annotated[list[Count], Field(min_length=1)]
Dimensions = Annotated[list[Dimension], Field(min_length=1)]


class Grid(Section):
    """Datasets x models x seeds: the paper's grid, or one past the paper.

    Attributes:
        datasets: Names of datasets.
        models: Names of models, in the order of tables and figures.
    """

    datasets: Names
    models: Names
    seeds: Seeds


class Row(Section):
    """One row of a study.

    On data of the paper's grid a row without a dot in its name shares the grid's cells and has
    neither ``args`` nor ``problem``.

    Attributes:
        value: Position on the logarithmic axis of the figure, if the study varies a number; null
            stands for infinity, or for a row beside the axis.
        args: Arguments of the model that differ.
        problem: Parts of the dataset's problem that differ.
    """

    label: Label
    value: Positive | None
    args: dict[str, Any]
    problem: dict[str, Any]


class Holes(Section):
    """How the holes of a latent plane are measured.

    Attributes:
        cells: Cells along each latent axis, of equal prior mass; there should be far fewer of them
            than draws (``evaluation.num_draws``).
        fraction: A cell is a hole if its mass under the aggregate posterior is less than this
            fraction of its mass under the prior.
    """

    cells: Cells
    fraction: PositiveFraction


class Study(Section):
    """Variants of models on one dataset of points, which test one promise of the paper.

    Attributes:
        dataset: Name of a dataset of points.
        holes: How holes are measured.
        rows: Rows of the table, by name: a model, or ``model.variant``.
    """

    label: Label
    dataset: Name
    seeds: Seeds
    holes: Holes
    rows: Annotated[dict[RowName, Row], Field(min_length=1)]

    def shared(self, paper: Grid) -> list[str]:
        """Names of the rows that share the cells of the paper's grid."""
        if self.dataset not in paper.datasets:
            return []
        return [name for name in self.rows if "." not in name]


class SolverNetwork(Section):
    """Networks for the potentials.

    Attributes:
        width: Units of each network.
        learning_rate: Step size of Adam in units of eps.
        steps: Adam steps in one round.
        batch_size: Draws in one step.
    """

    width: Width
    learning_rate: StepSize
    steps: Count
    batch_size: Draws


class Solvers(Section):
    """All solvers of the transport on one trained cost.

    Attributes:
        temperatures: Each divides the cost, falling; 1 is the trained one.
        between: Solves at temperatures between two of these, in equal ratios.
        draws: Of the prior.
        tolerance: Marginal error at which a solver stops.
        exact_updates: Of the exact solution at each temperature, at most.
        updates: Of the fixed point, plain and accelerated, of Sinkhorn, and rounds of the neural
            dual, at most.
        depth: Earlier updates that an accelerated one combines.
        step: Of the stochastic ascent, without unit.
        batch_size: Draws of one of its steps.
        steps: Of it, at most.
        network: Of the neural dual.
    """

    temperatures: Annotated[list[Positive], Field(min_length=1)]
    between: Annotated[int, Field(ge=0, le=1000)]
    draws: Draws
    tolerance: Positive
    exact_updates: Count
    updates: Count
    depth: Annotated[int, Field(ge=1, le=1000)]
    step: StepSize
    batch_size: Draws
    steps: Count
    network: SolverNetwork

    @model_validator(mode="after")
    def _falling(self) -> Self:
        if any(high <= low for high, low in pairwise(self.temperatures)):
            raise ValueError(f"temperatures {self.temperatures} must fall from each to the next")
        return self

    def path(self) -> list[float]:
        """All temperatures, from the first to the last."""
        path = self.temperatures[:1]
        for high, low in pairwise(self.temperatures):
            ratio = (low / high) ** (1 / (self.between + 1))
            path += [high * ratio**k for k in range(1, self.between + 1)] + [low]
        return path


class Explanations(Section):
    """The paper's account of blur and collapse, on cells of the paper's grid.

    Attributes:
        dataset: Name of a dataset of the paper's grid.
        models: Names of models in the order shown, the coupled one last.
        seed: Seed of the cells.
        draws: Draws of the prior, the same for all models.
        updates: Updates of the potential in one solve, at most.
        memory: Fractions that are kept of the decoder's deviation from its mean.
        solvers: The comparison of the solvers, on the coupled model's cost.
    """

    dataset: Name
    models: Names
    seed: Seed
    draws: Draws
    updates: Count
    memory: Annotated[list[Fraction], Field(min_length=1)]
    solvers: Solvers


class ScalingBase(Section):
    """The values of the quantities that are held fixed while another one varies."""

    count: Count
    pool_size: Draws
    latent_dim: Dimension


class Blocks(Section):
    """Arguments of the model for a cost that is computed in blocks and not kept in memory."""

    block_entries: Entries
    held_entries: Entries


class Scaling(Section):
    """How seconds and memory of a coupled model grow, on the first images of a dataset.

    One of ``counts``, ``pool_sizes`` and ``latent_dims`` varies at a time.

    Attributes:
        dataset: Name of a dataset of images.
        model: Name of a coupled model.
        counts: Numbers of data to measure at.
        pool_sizes: Sizes of the pool to measure at.
        latent_dims: Latent dimensions to measure at.
        base: Values of the quantities that do not vary.
        args: Arguments that differ from ``models.<name>.args``; overrides are not used.
        chunked: Arguments of one more point, with the most data, whose cost is in blocks.
        updates: Updates of the potential on a pool.
        repeats: New pools on which each point is measured.
    """

    dataset: Name
    model: Name
    counts: Counts
    pool_sizes: Annotated[list[Draws], Field(min_length=1)]
    latent_dims: Dimensions
    base: ScalingBase
    args: dict[str, Any]
    chunked: Blocks
    updates: Count
    repeats: Annotated[int, Field(ge=1, le=1000)]


class Experiments(Section):
    """All experiments; ``explanations`` and ``scaling`` may be null.

    Attributes:
        paper: The paper's grid.
        search: The hyperparameter search.
        grids: Further grids, by name.
        studies: Studies, by name.
        explanations: The paper's account of blur and collapse; null for none.
        scaling: How cost grows with the sizes of the problem; null for none.
    """

    paper: Grid
    search: Search
    grids: dict[Name, Grid]
    studies: dict[Name, Study]
    explanations: Explanations | None
    scaling: Scaling | None

    def datasets(self, targets: Iterable[str] = ("all",)) -> set[str]:
        """The datasets that some targets use; by default those that any experiment uses."""
        further = {
            **{name: {*grid.datasets} for name, grid in self.grids.items()},
            **{name: {study.dataset} for name, study in self.studies.items()},
            **{name: {*self.search.datasets} for name in ("search", *PHASES)},
            "explanations": {self.explanations.dataset} if self.explanations else set(),
            "scaling": {self.scaling.dataset} if self.scaling else set(),
        }
        paper = {*self.paper.datasets}
        groups = {"grids": [*self.grids], "studies": [*self.studies]}
        every = paper.union(*further.values())
        found = set[str]()
        for target in targets:
            if target in groups:
                found = found.union(*(further[name] for name in groups[target]))
            else:
                found |= every if target in ("all", "data", "plan") else further.get(target, paper)
        return found

    def trained_on(self) -> set[str]:
        """All datasets that have cells: models are trained on them, drawn from and measured."""
        grids = (self.paper, *self.grids.values())
        names = {name for grid in grids for name in grid.datasets} | {*self.search.datasets}
        return names | {study.dataset for study in self.studies.values()}
