"""The uniform prior on a cube (in two dimensions a square)."""

import math

import torch
from torch import Tensor

from coupled_vae.config.section import Scale, Section
from coupled_vae.science.priors._even import cube


class Config(Section):
    """The cube is [-half_width, half_width]^dim; 1.7320508 gives unit variance.

    Attributes:
        half_width: Half the side of the cube.
    """

    half_width: Scale


class Prior:
    """Uniform on a cube about the origin."""

    full_support = False

    def __init__(self, config: Config, dim: int) -> None:
        self.config, self.dim = config, dim

    def sample(self, num: int, generator: torch.Generator) -> Tensor:
        """Independent draws, shape ``(num, dim)``."""
        return self._placed(torch.rand(num, self.dim, generator=generator))

    def sobol(self, num: int, generator: torch.Generator) -> Tensor:
        """Scrambled Sobol points, shape ``(num, dim)``."""
        return self._placed(cube(num, self.dim, generator))

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-density in nats, ``-inf`` outside the cube; ``(..., dim)`` to ``(...)``."""
        inside = (z.abs() <= self.config.half_width).all(-1)
        height = -self.dim * math.log(2 * self.config.half_width)
        return torch.where(inside, height, -math.inf)

    def _placed(self, unit: Tensor) -> Tensor:
        return (2 * unit - 1) * self.config.half_width
