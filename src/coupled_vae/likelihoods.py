r"""Likelihoods p(x|z): log-density, draws, and the ground cost against all data at once.

The Gaussian decoder's standard deviation is learned, depends on z, and is bounded:
:math:`\sigma = \sigma_{min} (\sigma_{max} / \sigma_{min})^{\mathrm{sigmoid}(s)}`, s the network's
second head. Without a lower bound the density of a datum is unbounded (docs/decisions).
"""

import math

import torch
from torch import Tensor

from coupled_vae import gaussian
from coupled_vae.problem import Likelihood

Parameters = tuple[Tensor, Tensor]


class Gaussian:
    """Diagonal Gaussian p(x|z) = N(mean(z), sigma(z)^2)."""

    def __init__(self, sigma_min: float, sigma_max: float) -> None:
        self.sigma_min, self.sigma_max = sigma_min, sigma_max

    def log_sigma(self, scale: Tensor, sigma_max: float | None = None) -> Tensor:
        """Bounded log standard deviation; ``sigma_max`` overrides the bound (annealing)."""
        low, high = math.log(self.sigma_min), math.log(sigma_max or self.sigma_max)
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

    def coefficients(self, decoded: Parameters, sigma_max: float | None = None) -> Tensor:
        """The cost's coefficients on ``features``, shape ``(m, 2 d + 1)``.

        The cost of all pairs is one matrix product, ``C = coefficients @ features.T`` with
        ``C[b, i] = -log p(x_i | z_b)``; its mean under a coupling needs only the mean features
        (Prop. 3.1: a positive quadratic in x with its minimum at the decoder mean).
        """
        mean, scale = decoded
        log_sigma = self.log_sigma(scale, sigma_max)
        precision = torch.exp(-2 * log_sigma)
        constant = 0.5 * precision * mean.square() + log_sigma + 0.5 * gaussian.LOG_2PI
        return torch.cat([0.5 * precision, -precision * mean, constant.sum(1, keepdim=True)], dim=1)


def build(likelihood: Likelihood) -> Gaussian:
    """The likelihood that ``params.yaml`` names."""
    return {"gaussian": Gaussian}[likelihood.kind](likelihood.sigma_min, likelihood.sigma_max)
