"""The section ``evaluation`` of ``params.yaml``."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from coupled_vae.schema import Count, Index, Positive, Section


class Evaluation(Section):
    """How a trained model is drawn from and measured."""

    num_draws: Annotated[int, Field(ge=2)]
    posterior_datum: Index
    posterior_grid: Annotated[int, Field(ge=2)]
    posterior_extent: Positive
    high_density_radius: Positive
    w2_draws: Count
    w2_subsample: Annotated[int, Field(ge=2)]
    bootstrap: Annotated[int, Field(ge=2)]

    @model_validator(mode="after")
    def _enough_draws(self) -> Self:
        if self.w2_subsample > self.w2_draws:
            raise ValueError(
                f"w2_subsample {self.w2_subsample} must not exceed w2_draws {self.w2_draws}"
            )
        return self
