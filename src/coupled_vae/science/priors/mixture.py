"""A mixture of isotropic Gaussians of equal weight, with means on a circle."""

import math
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from coupled_vae.config.section import Scale, Section
from coupled_vae.runtime.errors import UserError
from coupled_vae.science import gaussian
from coupled_vae.science.priors._even import cube


class Config(Section):
    """``count`` components of standard deviation ``std``, their means at distance ``radius``.

    Attributes:
        count: Number of components.
        radius: Distance of their means from the origin.
        std: Standard deviation of each component.
    """

    count: Annotated[int, Field(ge=1, le=10_000)]
    radius: Scale
    std: Scale


class Prior:
    """The mixture. The circle lies in the first two coordinates; all others have mean zero.

    Raises:
        UserError: The latent space has fewer than two dimensions.
    """

    full_support = True

    def __init__(self, config: Config, dim: int) -> None:
        if dim < 2:
            raise UserError(
                f"a mixture on a circle needs two latent dimensions, not {dim}; set latent_dim of "
                "the problem to 2 or more or choose another prior"
            )
        self.config, self.dim = config, dim
        angles = 2 * math.pi * torch.arange(config.count) / config.count
        self.means = torch.zeros(config.count, dim)
        self.means[:, 0], self.means[:, 1] = angles.cos(), angles.sin()
        self.means *= config.radius

    def sample(self, num: int, generator: torch.Generator) -> Tensor:
        """Independent draws, shape ``(num, dim)``."""
        chosen = torch.randint(len(self.means), (num,), generator=generator)
        noise = torch.randn(num, self.dim, generator=generator)
        return self.means[chosen] + self.config.std * noise

    def sobol(self, num: int, generator: torch.Generator) -> Tensor:
        """Scrambled Sobol points, ``(num, dim)``; an extra coordinate chooses the component."""
        unit = cube(num, self.dim + 1, generator)
        chosen = (unit[:, -1] * len(self.means)).long()
        noise: Tensor = torch.special.ndtri(unit[:, :-1])
        return self.means[chosen] + self.config.std * noise

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-density in nats; ``(..., dim)`` to ``(...)``."""
        log_std = torch.tensor(math.log(self.config.std))
        each = gaussian.log_density(z[..., None, :], self.means.to(z.device), log_std)
        return torch.logsumexp(each, dim=-1) - math.log(len(self.means))
