"""The interface of a likelihood to the models."""

from typing import Protocol

import torch
from torch import Tensor

Parameters = tuple[Tensor, ...]
"""Unconstrained parameters of p(x|z), as the decoder's heads give them, each ``(b, d)``."""


class Likelihood(Protocol):
    """A family p(x|z) with ``num_heads`` parameters for each coordinate of x."""

    num_heads: int

    def log_prob(self, x: Tensor, decoded: Parameters) -> Tensor:
        """Log-density of p(x|z) in nats, row by row: ``(b, d)`` to ``(b,)``."""

    def sample(self, decoded: Parameters, generator: torch.Generator) -> Tensor:
        """One draw x ~ p(x|z) for each row, shape ``(b, d)``."""

    def mean(self, decoded: Parameters) -> Tensor:
        """E[x|z], shape ``(b, d)``."""

    def features(self, x: Tensor) -> Tensor:
        """Sufficient statistics of the data, ``(n, d)`` to ``(n, k)``."""

    def coefficients(self, decoded: Parameters, *, learned: bool = True) -> Tensor:
        """Coefficients of the cost, a linear function of ``features``; shape ``(m, k)``.

        The cost of all pairs is one matrix product, ``C = coefficients @ features.T`` with
        ``C[b, i] = -log p(x_i | z_b)``; its mean under a coupling needs only the mean features.
        With ``learned`` false, a scale that the decoder learns is fixed at its upper bound.
        """
