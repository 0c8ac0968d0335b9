"""InfoVAE with an MMD divergence (Zhao et al. 2019), the paper's eq. 4."""

import torch
from torch import Tensor

from coupled_vae.mmd import mmd, rbf
from coupled_vae.models._amortised import (
    AmortisedConfig,
    AmortisedModel,
    gaussian_kl,
    reparameterise,
)
from coupled_vae.problem import Problem
from coupled_vae.schema import Fraction, Positive


class Config(AmortisedConfig):
    """``alpha`` weighs the mutual information; ``lambda`` of the paper is ``scale`` here."""

    alpha: Fraction
    scale: Positive


class Model(AmortisedModel):
    r"""Minimise eq. 4 with D = MMD.

    .. math:: E_q[-\log p(x|z)] + (1 - \alpha) KL(q(z|x) || p(z))
              + (\alpha + \lambda - 1)\, MMD(q(z), p(z))
    """

    config: Config

    def __init__(
        self, config: Config, problem: Problem, x: Tensor, generator: torch.Generator
    ) -> None:
        super().__init__(config, problem, x, generator)

    def loss(self, x: Tensor) -> dict[str, Tensor]:
        """Eq. 4 in nats per datum."""
        alpha, scale = self.config.alpha, self.config.scale
        mean, log_std = self.encode(x)
        z = reparameterise(mean, log_std, self.generator)
        reconstruction = -self.likelihood.log_prob(x, self.decode(z)).mean()
        kl = gaussian_kl(mean, log_std).mean()
        discrepancy = mmd(z, self.prior.sample(len(z), self.generator), rbf)
        return {
            "loss": reconstruction + (1 - alpha) * kl + (alpha + scale - 1) * discrepancy,
            "reconstruction": reconstruction,
            "kl": kl,
            "mmd": discrepancy,
        }
