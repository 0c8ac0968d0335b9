"""Priors p(z) over the latent space."""

from typing import Protocol

import torch
from torch import Tensor

from coupled_vae.gaussian import LOG_2PI
from coupled_vae.problem import Problem


class Prior(Protocol):
    """What a model needs of a prior."""

    dim: int

    def sample(self, num: int, generator: torch.Generator) -> Tensor:
        """Independent draws, shape ``(num, dim)``."""

    def sobol(self, num: int, generator: torch.Generator) -> Tensor:
        """A scrambled low-discrepancy set, shape ``(num, dim)``; each point alone is a draw."""

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-density in nats; ``(..., dim)`` to ``(...)``."""


class Gaussian:
    """N(0, I)."""

    def __init__(self, dim: int) -> None:
        self.dim = dim

    def sample(self, num: int, generator: torch.Generator) -> Tensor:
        """Independent draws, shape ``(num, dim)``."""
        return torch.randn(num, self.dim, generator=generator)

    def sobol(self, num: int, generator: torch.Generator) -> Tensor:
        """Scrambled Sobol points through the inverse normal CDF, shape ``(num, dim)``."""
        seed = int(torch.randint(2**31 - 1, (), generator=generator))
        engine = torch.quasirandom.SobolEngine(  # type: ignore[no-untyped-call]
            self.dim, scramble=True, seed=seed
        )
        edge = torch.finfo(torch.float32).eps
        normal: Tensor = torch.special.ndtri(engine.draw(num).clamp(edge, 1 - edge))
        return normal

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-density in nats; ``(..., dim)`` to ``(...)``."""
        return -0.5 * (z.square().sum(-1) + self.dim * LOG_2PI)


def build(problem: Problem) -> Prior:
    """The prior that ``params.yaml`` names."""
    return {"gaussian": Gaussian}[problem.prior.kind](problem.latent_dim)
