"""Diagonal Gaussians by their mean and log standard deviation."""

import math

import torch
from torch import Tensor

LOG_2PI = math.log(2 * math.pi)


def draw(mean: Tensor, log_std: Tensor, generator: torch.Generator) -> Tensor:
    """One draw from each N(mean, exp(log_std)^2), differentiable in both (reparameterised)."""
    return moved(mean, log_std, torch.randn(mean.shape, generator=generator).to(mean.device))


def moved(mean: Tensor, log_std: Tensor, noise: Tensor) -> Tensor:
    """Standard normal draws ``noise`` as draws of N(mean, exp(log_std)^2); all of one shape."""
    return mean + torch.exp(log_std) * noise


def log_density(x: Tensor, mean: Tensor, log_std: Tensor) -> Tensor:
    """Log-density in nats, summed over the last dimension; ``(..., d)`` to ``(...)``."""
    squares = ((x - mean) * torch.exp(-log_std)).square()
    return -(0.5 * squares + log_std + 0.5 * LOG_2PI).sum(-1)


def kl_to_standard(mean: Tensor, log_std: Tensor) -> Tensor:
    """KL(N(mean, std^2) || N(0, I)) in nats; ``(b, d)`` to ``(b,)``."""
    return 0.5 * (mean.square() + torch.exp(2 * log_std) - 1 - 2 * log_std).sum(-1)
