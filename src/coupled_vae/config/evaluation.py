"""The section ``evaluation`` of ``params.yaml``, and the part of it that each step receives.

A step receives only the settings that can change its output. So a new number of bootstrap resamples
does not draw all samples again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self, TypeVar

from pydantic import Field, model_validator

from coupled_vae.config.inherit import merged
from coupled_vae.config.section import (
    Cells,
    Draws,
    Index,
    PositiveFraction,
    Scale,
    Section,
    Several,
    parse,
)
from coupled_vae.config.traits import Traits

if TYPE_CHECKING:
    from coupled_vae.config.params import Params

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


class Manifolds(Section):
    """How neighbourhoods, classes and holes are measured.

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


class ImageMeasures(Manifolds):
    """How images are measured."""


class Images(ImageDraws, ImageMeasures):
    """What is measured and shown of images."""


class PointDraws(Section):
    """What is drawn of points.

    Attributes:
        posterior_datum: Index of the training datum whose posterior density figures show.
        posterior_grid: Points along each axis at which that density is computed.
        posterior_extent: Half the width of the latent plane on which it is computed.
        w2_draws: Evenly spread draws of the prior, whose samples W2 is taken of.
    """

    posterior_datum: Index
    posterior_grid: Annotated[int, Field(ge=2, le=4000)]
    posterior_extent: Scale
    w2_draws: Draws


class Plane(Section):
    """The square grid of a latent plane at which the decoder's mean is drawn.

    Attributes:
        size: Points along each axis.
        extent: Half the width of the square.
    """

    size: Annotated[int, Field(ge=2, le=100)]
    extent: Scale


class HeldOutDraws(Section):
    """What is drawn of held-out points; ``likelihood_draws`` of the prior estimate p(x).

    Attributes:
        likelihood_draws: Draws of the prior that estimate p(x).
    """

    likelihood_draws: Draws


class ModeMeasures(Section):
    """How points of a known mixture are measured.

    Attributes:
        high_density_radius: Radius of a mode's region of high density, in standard deviations of
            the mode.
        w2_subsample: Samples and data in one transport problem of W2.
        bootstrap: Resamples that estimate the error of redrawing the samples.
    """

    high_density_radius: Scale
    w2_subsample: Several
    bootstrap: Several


class PointMeasures(Manifolds):
    """How points of an unknown distribution are measured.

    Attributes:
        w2_subsample: Samples and data in one transport problem of W2.
    """

    w2_subsample: Several


class Points(HeldOutDraws, Manifolds):
    """What is drawn and measured only of points of an unknown distribution.

    Held-out points of known modes have ``likelihood_draws`` of it too.
    """


class DrawSettings(Section):
    """Settings of the step ``draw``; one of ``points`` and ``images`` is null.

    ``held_out`` is of points alone, and null if none are measured that are held out. ``plane`` is
    used where the latent space is a plane; null draws none.
    """

    num_draws: Several
    points: PointDraws | None
    images: ImageDraws | None
    held_out: HeldOutDraws | None = None
    plane: Plane | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        _require_one(self, "points", "images")
        return self


class MeasureSettings(Section):
    """Settings of the step ``evaluate``: of one kind of data, the other two are null.

    ``labels`` says whether the classes of the data are used.
    """

    modes: ModeMeasures | None = None
    points: PointMeasures | None = None
    images: ImageMeasures | None = None
    labels: bool = False

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        _require_one(self, "modes", "points", "images")
        return self


class ModeSettings(Section):
    """Settings of Figure 1: the radius of a mode, and the datum whose posterior is shown."""

    high_density_radius: Scale
    posterior_datum: Index


S = TypeVar("S", bound=Section)


class Evaluation(PointDraws, ModeMeasures):
    """How a trained model is drawn from and measured.

    Attributes:
        num_draws: Draws of the prior, of the aggregate posterior and of the model.
        plane: Where a latent plane is decoded, for the report's explorer.
        points: Further settings of points, needed where modes are not known or data are held out.
        images: Settings of images; null if there are none.
    """

    num_draws: Several
    plane: Plane
    points: Points | None
    images: Images | None

    @model_validator(mode="after")
    def _enough_draws(self) -> Self:
        if self.w2_subsample > self.w2_draws:
            raise ValueError(
                f"w2_subsample {self.w2_subsample} must not exceed w2_draws {self.w2_draws}"
            )
        return self

    def with_changes(self, changes: dict[str, Any], place: str) -> Self:
        """These settings with some replaced, also within ``points`` and ``images``.

        Args:
            changes: The settings that differ.
            place: Where they are written, for messages.

        Raises:
            UserError: A setting is unknown or its value is not allowed.
        """
        return parse(type(self), merged(self.model_dump(), changes), place) if changes else self

    def draw_settings(self, traits: Traits) -> DrawSettings:
        """Settings of ``draw`` for a dataset of these traits."""
        if traits.kind == "images":
            images = _pick(ImageDraws, self._images())
            return DrawSettings(
                num_draws=self.num_draws, points=None, images=images, plane=self.plane
            )
        held_out = _pick(HeldOutDraws, self._points()) if traits.held_out else None
        points = _pick(PointDraws, self)
        return DrawSettings(
            num_draws=self.num_draws,
            points=points,
            images=None,
            held_out=held_out,
            plane=self.plane,
        )

    def measure_settings(self, traits: Traits) -> MeasureSettings:
        """Settings of ``evaluate`` for a dataset of these traits."""
        if traits.kind == "modes":
            return MeasureSettings(modes=_pick(ModeMeasures, self))
        if traits.kind == "images":
            images = _pick(ImageMeasures, self._images())
            return MeasureSettings(images=images, labels=traits.labels)
        further = _pick(Manifolds, self._points()).model_dump()
        points = PointMeasures(w2_subsample=self.w2_subsample, **further)
        return MeasureSettings(points=points, labels=traits.labels)

    def mode_settings(self) -> ModeSettings:
        """Settings of Figure 1."""
        return _pick(ModeSettings, self)

    def _images(self) -> Images:
        assert self.images is not None, "params.yaml was checked"
        return self.images

    def _points(self) -> Points:
        assert self.points is not None, "params.yaml was checked"
        return self.points


def evaluation_of(params: Params, dataset: str) -> Evaluation:
    """The settings of a dataset: those of all, with its own changes.

    Raises:
        UserError: A change is unknown or its value is not allowed.
    """
    changes = params.datasets[dataset].evaluation
    return params.evaluation.with_changes(changes, f"params.yaml: datasets.{dataset}.evaluation")


def _pick(section: type[S], source: Section) -> S:
    """A smaller section, with its fields copied from ``source``."""
    return section(**{name: getattr(source, name) for name in section.model_fields})


def _require_one(settings: Section, *names: str) -> None:
    if sum(getattr(settings, name) is not None for name in names) != 1:
        listed = f"{', '.join(names[:-1])} and {names[-1]}"
        raise ValueError(f"exactly one of {listed} must be set, the rest null")
