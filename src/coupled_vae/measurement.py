"""The section ``evaluation`` of ``params.yaml``."""

from typing import Annotated

from pydantic import Field

from coupled_vae.schema import Index, Positive, Section


class Evaluation(Section):
    """How a trained model is drawn from and measured."""

    num_draws: Annotated[int, Field(ge=2)]
    posterior_datum: Index
    posterior_grid: Annotated[int, Field(ge=2)]
    posterior_extent: Positive
    high_density_radius: Positive
    w2_subsample: Annotated[int, Field(ge=2)]
    bootstrap: Annotated[int, Field(ge=2)]
