"""What a model asks of a prior."""

from typing import Protocol

import torch
from torch import Tensor


class Prior(Protocol):
    """A distribution p(z) over the latent space, of ``dim`` coordinates."""

    dim: int

    def sample(self, num: int, generator: torch.Generator) -> Tensor:
        """Independent draws, shape ``(num, dim)``."""

    def sobol(self, num: int, generator: torch.Generator) -> Tensor:
        """A scrambled low-discrepancy set, shape ``(num, dim)``; each point alone is a draw."""

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-density in nats; ``(..., dim)`` to ``(...)``."""
