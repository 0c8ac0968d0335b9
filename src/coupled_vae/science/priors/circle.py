"""The uniform prior on a circle in the plane: a closed curve."""

import math

import torch
from torch import Tensor

from coupled_vae.config.section import Scale, Section
from coupled_vae.runtime.errors import UserError
from coupled_vae.science.priors._even import cube

THICKNESS = 1e-5  # tolerance of the radius, relative, for the rounding of float32


class Config(Section):
    """``radius`` of the circle; 1.4142136 gives each coordinate unit variance.

    Attributes:
        radius: Radius of the circle.
    """

    radius: Scale


class Prior:
    """Uniform on the circle about the origin.

    Raises:
        UserError: The latent space does not have two dimensions.
    """

    full_support = False

    def __init__(self, config: Config, dim: int) -> None:
        if dim != 2:
            raise UserError(
                f"a circle needs two latent dimensions, not {dim}; set latent_dim of the problem "
                "to 2 or choose another prior"
            )
        self.config, self.dim = config, dim

    def sample(self, num: int, generator: torch.Generator) -> Tensor:
        """Independent draws, shape ``(num, 2)``."""
        return self._placed(torch.rand(num, generator=generator))

    def sobol(self, num: int, generator: torch.Generator) -> Tensor:
        """Scrambled Sobol points on the circle, shape ``(num, 2)``."""
        return self._placed(cube(num, 1, generator).squeeze(1))

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-density in nats with respect to arc length, ``-inf`` off the circle.

        Shape ``(..., 2)`` to ``(...)``.
        """
        on = (z.norm(dim=-1) / self.config.radius - 1).abs() <= THICKNESS
        return torch.where(on, -math.log(2 * math.pi * self.config.radius), -math.inf)

    def _placed(self, turn: Tensor) -> Tensor:
        angle = 2 * math.pi * turn
        return self.config.radius * torch.stack([angle.cos(), angle.sin()], dim=1)
