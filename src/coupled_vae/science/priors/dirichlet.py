"""The symmetric Dirichlet prior: the coordinates of a latent are shares that sum to one."""

import math
from typing import Annotated

import torch
from pydantic import Field
from scipy.special import betaincinv
from torch import Tensor

from coupled_vae.config.section import Section, at_least
from coupled_vae.runtime.errors import UserError
from coupled_vae.science.priors._even import cube

TOLERANCE = 1e-5  # tolerance of the sum of a latent's coordinates, in float32


class Config(Section):
    """``concentration`` of every coordinate; 1 is uniform on the simplex.

    Attributes:
        concentration: Concentration of every coordinate.
    """

    concentration: Annotated[float, Field(gt=0, le=1e6), at_least(1e-3)]


class Prior:
    """Dirichlet on the simplex of ``dim`` coordinates.

    Raises:
        UserError: The latent space has one dimension; its only coordinate would always be one.
    """

    full_support = False

    def __init__(self, config: Config, dim: int) -> None:
        if dim < 2:
            raise UserError(
                f"a Dirichlet needs two latent dimensions, not {dim}; set latent_dim of the "
                "problem to 2 or more or choose another prior"
            )
        self.config, self.dim = config, dim

    def sample(self, num: int, generator: torch.Generator) -> Tensor:
        """Independent draws, shape ``(num, dim)``."""
        edge = torch.finfo(torch.float32).eps
        unit = torch.rand(num, self.dim - 1, generator=generator)
        return self._broken(unit.clamp(edge, 1 - edge))

    def sobol(self, num: int, generator: torch.Generator) -> Tensor:
        """Scrambled Sobol points mapped by stick breaking, shape ``(num, dim)``."""
        return self._broken(cube(num, self.dim - 1, generator))

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-density in nats, ``-inf`` off the simplex; ``(..., dim)`` to ``(...)``.

        The density is with respect to all coordinates except the last one.
        """
        a, k = self.config.concentration, self.dim
        on = ((z.sum(-1) - 1).abs() <= TOLERANCE) & (z >= 0).all(-1)
        constant = math.lgamma(k * a) - k * math.lgamma(a)
        inside = constant + torch.xlogy(torch.full_like(z, a - 1), z).sum(-1)
        return torch.where(on, inside, -math.inf)

    def _broken(self, unit: Tensor) -> Tensor:
        """Stick breaking: each share is a Beta-distributed part of the remaining length."""
        a, rest, shares = self.config.concentration, torch.ones(len(unit)), []
        for k in range(self.dim - 1):
            beta = betaincinv(a, a * (self.dim - 1 - k), unit[:, k].double().numpy())
            part = torch.from_numpy(beta).to(unit.dtype)
            shares.append(rest * part)
            rest = rest * (1 - part)
        return torch.stack([*shares, rest], dim=1)
