"""The categorical prior over as many codes as there are latent dimensions.

A latent is the one-hot vector of its code. What a code means is learned: the first layer of the
decoder maps code k to its k-th column, which is a table of learned codes. With a pool in which
every code stands equally often the coupling is the discrete one, and an update of the semi-dual is
one of Sinkhorn's (``transport.Sinkhorn`` solves the same problem over the codes themselves).
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from coupled_vae.config.section import Section


class Config(Section):
    """Nothing to choose: the latent dimension is the number of codes."""


class Prior:
    """Uniform over ``dim`` codes."""

    full_support = False

    def __init__(self, config: Config, dim: int) -> None:
        self.config, self.dim = config, dim

    def sample(self, num: int, generator: torch.Generator) -> Tensor:
        """Independent draws, shape ``(num, dim)``."""
        return self._codes(torch.randint(self.dim, (num,), generator=generator))

    def sobol(self, num: int, generator: torch.Generator) -> Tensor:
        """Every code equally often, but for a remainder at random; shape ``(num, dim)``."""
        first = torch.randperm(self.dim, generator=generator)
        return self._codes(first[torch.arange(num) % self.dim])

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-probability in nats, ``-inf`` for what is no code; ``(..., dim)`` to ``(...)``."""
        is_code = ((z == 0) | (z == 1)).all(-1) & (z.sum(-1) == 1)
        return torch.where(is_code, -math.log(self.dim), -math.inf)

    def _codes(self, chosen: Tensor) -> Tensor:
        return one_hot(chosen, self.dim).to(torch.get_default_dtype())
