"""The section ``evaluation`` of ``params.yaml``, and the part of it that each step receives.

A step receives only the settings that can change its output. So a new number of bootstrap resamples
does not draw all samples again.
"""

from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import Field, model_validator

from coupled_vae.config.section import (
    Cells,
    Draws,
    Index,
    PositiveFraction,
    Scale,
    Section,
    Several,
)

Pair = Annotated[list[Index], Field(min_length=2, max_length=2)]


class ImageDraws(Section):
    """What is drawn of images.

    Attributes:
        samples: Images drawn; at least as many as there are neighbours.
        posterior_draws: Draws z ~ q(z|x) of every datum, for its spread and the holes.
        hole_cells: Cells along each latent axis; all have the same prior mass. Their number also
            sets the number of evenly spread draws of the prior.
        likelihood_draws: Prior draws that estimate p(x).
        shown: Images shown beside their reconstruction, the first of the data.
        pairs: Data between whose latent means figures interpolate.
        steps: Images of one interpolation, both ends included.
    """

    samples: Draws
    posterior_draws: Several
    hole_cells: Cells
    likelihood_draws: Draws
    shown: Annotated[int, Field(ge=1, le=1000)]
    pairs: Annotated[list[Pair], Field(min_length=1)]
    steps: Annotated[int, Field(ge=2, le=1000)]


class ImageMeasures(Section):
    """How images are measured.

    Attributes:
        neighbours: Nearest neighbours that define the manifold of precision and recall.
        class_neighbours: Nearest neighbours that vote on the class of a latent mean.
        hole_cells: Cells along each latent axis; all have the same prior mass.
        hole_fraction: A cell is a hole if its mass under q(z) is less than this fraction of its
            mass under the prior.
    """

    neighbours: Draws
    class_neighbours: Draws
    hole_cells: Cells
    hole_fraction: PositiveFraction


class Images(ImageDraws, ImageMeasures):
    """What is measured and shown of images."""


class PointDraws(Section):
    """What is drawn of points."""

    posterior_datum: Index
    posterior_grid: Annotated[int, Field(ge=2, le=4000)]
    posterior_extent: Scale
    w2_draws: Draws


class PointMeasures(Section):
    """How points are measured."""

    high_density_radius: Scale
    w2_subsample: Several
    bootstrap: Several


class OneType(Section):
    """Settings of one type of data; the other type's section is null."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (getattr(self, "points", None) is None) == (getattr(self, "images", None) is None):
            raise ValueError("one of points and images must be null, and the other one not")
        return self


class DrawSettings(OneType):
    """Settings of the step ``draw``; one of ``points`` and ``images`` is null."""

    num_draws: Several
    points: PointDraws | None
    images: ImageDraws | None


class MeasureSettings(OneType):
    """Settings of the step ``evaluate``; one of ``points`` and ``images`` is null."""

    points: PointMeasures | None
    images: ImageMeasures | None


class ModeSettings(Section):
    """Settings of Figure 1: the radius of a mode, and the datum whose posterior is shown."""

    high_density_radius: Scale
    posterior_datum: Index


Type = Literal["points", "images"]
S = TypeVar("S", bound=Section)


class Evaluation(PointDraws, PointMeasures):
    """How a trained model is drawn from and measured; ``images`` may be null without images."""

    num_draws: Several
    images: Images | None

    @model_validator(mode="after")
    def _enough_draws(self) -> Self:
        if self.w2_subsample > self.w2_draws:
            raise ValueError(
                f"w2_subsample {self.w2_subsample} must not exceed w2_draws {self.w2_draws}"
            )
        return self

    def type_of(self, held_out: Path | None) -> Type:
        """Type of a dataset, from its file of held-out images; None for points."""
        return "images" if held_out and self.images else "points"

    def draw_settings(self, kind: Type) -> DrawSettings:
        """Settings of ``draw`` for a dataset of points or of images."""
        return DrawSettings(
            num_draws=self.num_draws,
            points=_pick(PointDraws, self) if kind == "points" else None,
            images=_pick(ImageDraws, self._images()) if kind == "images" else None,
        )

    def measure_settings(self, kind: Type) -> MeasureSettings:
        """Settings of ``evaluate`` for a dataset of points or of images."""
        return MeasureSettings(
            points=_pick(PointMeasures, self) if kind == "points" else None,
            images=_pick(ImageMeasures, self._images()) if kind == "images" else None,
        )

    def mode_settings(self) -> ModeSettings:
        """Settings of Figure 1."""
        return _pick(ModeSettings, self)

    def _images(self) -> Images:
        assert self.images is not None, "params.yaml was checked"
        return self.images


def _pick(section: type[S], source: Section) -> S:
    """A smaller section, with its fields copied from ``source``."""
    return section(**{name: getattr(source, name) for name in section.model_fields})
