"""The categorical prior; the number of codes is the latent dimension.

A latent is the one-hot vector of its code. The decoder's first layer maps code k to the k-th column
of its weights, which is a learned embedding of the code. On a pool with equally many draws of every
code the coupling is the discrete one, and an update of the semi-dual is one of Sinkhorn's
(``transport.Sinkhorn`` solves the same problem with one draw per code).
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from coupled_vae.config.section import Section


class Config(Section):
    """No arguments: the number of codes is the latent dimension."""


class Prior:
    """Uniform over ``dim`` codes."""

    full_support = False

    def __init__(self, config: Config, dim: int) -> None:
        self.config, self.dim = config, dim

    def sample(self, num: int, generator: torch.Generator) -> Tensor:
        """Independent draws, shape ``(num, dim)``."""
        return self._codes(torch.randint(self.dim, (num,), generator=generator))

    def sobol(self, num: int, generator: torch.Generator) -> Tensor:
        """Equally many draws of every code, and a remainder at random; shape ``(num, dim)``."""
        first = torch.randperm(self.dim, generator=generator)
        return self._codes(first[torch.arange(num) % self.dim])

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-probability in nats, ``-inf`` where z is no code; ``(..., dim)`` to ``(...)``."""
        is_code = ((z == 0) | (z == 1)).all(-1) & (z.sum(-1) == 1)
        return torch.where(is_code, -math.log(self.dim), -math.inf)

    def _codes(self, chosen: Tensor) -> Tensor:
        return one_hot(chosen, self.dim).to(torch.get_default_dtype())
