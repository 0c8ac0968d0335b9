r"""Diagonal Gaussian p(x|z) = N(mean(z), sigma(z)^2).

The standard deviation is learned, depends on z, and is bounded:
:math:`\sigma = \sigma_{min} (\sigma_{max} / \sigma_{min})^{\mathrm{sigmoid}(s)}`, where s is the
decoder's second head. Without a lower bound the density of a datum is unbounded (docs/decisions).
"""

import math
from typing import Self

import torch
from pydantic import model_validator
from torch import Tensor

from coupled_vae.config.section import Scale, Section
from coupled_vae.science import gaussian
from coupled_vae.science.likelihoods._base import Parameters


class Config(Section):
    """Bounds of the standard deviation, in the unit of the data.

    Attributes:
        sigma_min: Smallest standard deviation.
        sigma_max: Largest standard deviation.
    """

    sigma_min: Scale
    sigma_max: Scale

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.sigma_min >= self.sigma_max:
            raise ValueError(f"sigma_min {self.sigma_min} must be below sigma_max {self.sigma_max}")
        return self


class Likelihood:
    """N(mean(z), sigma(z)^2), the two from the decoder's two heads."""

    num_heads = 2

    def __init__(self, config: Config) -> None:
        self.sigma_min, self.sigma_max = config.sigma_min, config.sigma_max

    def log_sigma(self, scale: Tensor) -> Tensor:
        """Bounded log standard deviation."""
        low, high = math.log(self.sigma_min), math.log(self.sigma_max)
        return low + (high - low) * torch.sigmoid(scale)

    def log_prob(self, x: Tensor, decoded: Parameters) -> Tensor:
        """Log-density of p(x|z) in nats, row by row: ``(b, d)`` to ``(b,)``."""
        mean, scale = decoded
        return gaussian.log_density(x, mean, self.log_sigma(scale))

    def sample(self, decoded: Parameters, generator: torch.Generator) -> Tensor:
        """One draw x ~ p(x|z) for each row, shape ``(b, d)``."""
        mean, scale = decoded
        return gaussian.draw(mean, self.log_sigma(scale), generator)

    def mean(self, decoded: Parameters) -> Tensor:
        """E[x|z], shape ``(b, d)``."""
        return decoded[0]

    def features(self, x: Tensor) -> Tensor:
        """Sufficient statistics [x^2, x, 1] of the data, ``(n, d)`` to ``(n, 2 d + 1)``."""
        return torch.cat([x.square(), x, torch.ones_like(x[:, :1])], dim=1)

    def coefficients(self, decoded: Parameters, *, learned: bool = True) -> Tensor:
        """The cost's coefficients on ``features``, shape ``(m, 2 d + 1)``.

        By Prop. 3.1 the cost is a positive quadratic in x with its minimum at the decoder mean.
        During the anneal the residuals of the coupling are large. They would drive a learned
        standard deviation to its upper bound, where its gradient vanishes. So the anneal passes
        ``learned`` false, which fixes the standard deviation at this bound.
        """
        mean, scale = decoded
        widest = torch.full_like(scale, math.log(self.sigma_max))
        log_sigma = self.log_sigma(scale) if learned else widest
        precision = torch.exp(-2 * log_sigma)
        constant = 0.5 * precision * mean.square() + log_sigma + 0.5 * gaussian.LOG_2PI
        return torch.cat([0.5 * precision, -precision * mean, constant.sum(1, keepdim=True)], dim=1)
