"""Independent Bernoulli coordinates p(x|z), for binary data."""

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, softplus

from coupled_vae.config.section import Section
from coupled_vae.science.likelihoods._base import Parameters


class Config(Section):
    """No arguments."""


class Likelihood:
    """Bernoulli(sigmoid(logit)) of every coordinate, the logits from the decoder's one head."""

    num_heads = 1

    def __init__(self, config: Config) -> None:
        self.config = config

    def log_prob(self, x: Tensor, decoded: Parameters) -> Tensor:
        """Log-probability of p(x|z) in nats, row by row: ``(b, d)`` to ``(b,)``."""
        (logit,) = decoded
        return (logsigmoid(logit) - (1 - x) * logit).sum(1)

    def sample(self, decoded: Parameters, generator: torch.Generator) -> Tensor:
        """One draw x ~ p(x|z) for each row, shape ``(b, d)``, of zeros and ones."""
        return torch.bernoulli(self.mean(decoded), generator=generator)

    def mean(self, decoded: Parameters) -> Tensor:
        """E[x|z], shape ``(b, d)``."""
        return torch.sigmoid(decoded[0])

    def features(self, x: Tensor) -> Tensor:
        """Sufficient statistics [x, 1] of the data, ``(n, d)`` to ``(n, d + 1)``."""
        return torch.cat([x, torch.ones_like(x[:, :1])], dim=1)

    def coefficients(self, decoded: Parameters, *, learned: bool = True) -> Tensor:
        """The cost's coefficients on ``features``, shape ``(m, d + 1)``: linear in x.

        A Bernoulli distribution has no scale, so ``learned`` has no effect.
        """
        (logit,) = decoded
        return torch.cat([-logit, softplus(logit).sum(1, keepdim=True)], dim=1)
