"""The section ``evaluation`` of ``params.yaml``."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from coupled_vae.schema import Cells, Draws, Index, PositiveFraction, Scale, Section, Several

Pair = Annotated[list[Index], Field(min_length=2, max_length=2)]


class Images(Section):
    """What is measured and shown of images.

    Attributes:
        samples: Images drawn; at least as many as there are neighbours.
        neighbours: Nearest neighbours that span the manifold of precision and recall.
        class_neighbours: Nearest neighbours that vote on a latent mean's class.
        posterior_draws: Draws z ~ q(z|x) of every datum, for its spread and the holes.
        hole_cells: Cells along each latent axis; all have the same prior mass.
        hole_fraction: A cell is a hole if q(z) has less than this share of the prior's mass there.
        likelihood_draws: Prior draws that estimate p(x).
        shown: Images shown beside their reconstruction, the first of the data.
        pairs: Data between whose latent means figures interpolate.
        steps: Images of one interpolation, both ends included.
    """

    samples: Draws
    neighbours: Draws
    class_neighbours: Draws
    posterior_draws: Several
    hole_cells: Cells
    hole_fraction: PositiveFraction
    likelihood_draws: Draws
    shown: Annotated[int, Field(ge=1, le=1000)]
    pairs: Annotated[list[Pair], Field(min_length=1)]
    steps: Annotated[int, Field(ge=2, le=1000)]


class Evaluation(Section):
    """How a trained model is drawn from and measured; ``images`` is null where there are none."""

    num_draws: Several
    posterior_datum: Index
    posterior_grid: Annotated[int, Field(ge=2, le=4000)]
    posterior_extent: Scale
    high_density_radius: Scale
    w2_draws: Draws
    w2_subsample: Several
    bootstrap: Several
    images: Images | None

    @model_validator(mode="after")
    def _enough_draws(self) -> Self:
        if self.w2_subsample > self.w2_draws:
            raise ValueError(
                f"w2_subsample {self.w2_subsample} must not exceed w2_draws {self.w2_draws}"
            )
        return self
