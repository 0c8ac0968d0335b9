"""The standard normal prior N(0, I)."""

import torch
from torch import Tensor

from coupled_vae.config.section import Section
from coupled_vae.science import gaussian


class Config(Section):
    """No arguments."""


class Prior:
    """N(0, I) over ``dim`` coordinates."""

    full_support = True

    def __init__(self, config: Config, dim: int) -> None:
        self.config, self.dim = config, dim

    def sample(self, num: int, generator: torch.Generator) -> Tensor:
        """Independent draws, shape ``(num, dim)``."""
        return torch.randn(num, self.dim, generator=generator)

    def sobol(self, num: int, generator: torch.Generator) -> Tensor:
        """Scrambled Sobol points mapped by the inverse normal CDF, shape ``(num, dim)``."""
        seed = int(torch.randint(2**31 - 1, (), generator=generator))
        engine = torch.quasirandom.SobolEngine(  # type: ignore[no-untyped-call]
            self.dim, scramble=True, seed=seed
        )
        edge = torch.finfo(torch.float32).eps
        normal: Tensor = torch.special.ndtri(engine.draw(num).clamp(edge, 1 - edge))
        return normal

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-density in nats; ``(..., dim)`` to ``(...)``."""
        zero = torch.zeros(())
        return gaussian.log_density(z, mean=zero, log_std=zero)

    def kl(self, mean: Tensor, log_std: Tensor) -> Tensor:
        """KL(N(mean, std^2) || N(0, I)) in nats; ``(b, dim)`` to ``(b,)``."""
        return gaussian.kl_to_standard(mean, log_std)
