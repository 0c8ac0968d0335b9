"""The problem that all models of one dataset share, a section of ``params.yaml``."""

from typing import Literal, Self

from pydantic import model_validator

from coupled_vae.schema import Count, Positive, Section


class Prior(Section):
    """p(z)."""

    kind: Literal["gaussian"]


class Network(Section):
    """Bodies of encoder and decoder."""

    kind: Literal["mlp"]
    depth: Count
    width: Count


class Likelihood(Section):
    """p(x|z): Gaussian whose standard deviation is learned within the two bounds."""

    kind: Literal["gaussian"]
    sigma_min: Positive
    sigma_max: Positive

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.sigma_min >= self.sigma_max:
            raise ValueError(f"sigma_min {self.sigma_min} must be below sigma_max {self.sigma_max}")
        return self


class Problem(Section):
    """What all models of one dataset share: latent space, prior, architecture, likelihood."""

    latent_dim: Count
    prior: Prior
    network: Network
    likelihood: Likelihood
