"""Variational autoencoder (Kingma & Welling 2014), the paper's eq. 2."""

import torch
from torch import Tensor

from coupled_vae.models._amortised import (
    AmortisedConfig,
    AmortisedModel,
    gaussian_kl,
    reparameterise,
)
from coupled_vae.problem import Problem


class Config(AmortisedConfig):
    """Nothing beside the training arguments."""


class Model(AmortisedModel):
    r"""Minimise the negative ELBO :math:`E_q[-\log p(x|z)] + KL(q(z|x) || p(z))`."""

    def __init__(
        self, config: Config, problem: Problem, x: Tensor, generator: torch.Generator
    ) -> None:
        super().__init__(config, problem, x, generator)

    def loss(self, x: Tensor) -> dict[str, Tensor]:
        """Negative ELBO in nats per datum."""
        mean, log_std = self.encode(x)
        z = reparameterise(mean, log_std, self.generator)
        reconstruction = -self.likelihood.log_prob(x, self.decode(z)).mean()
        kl = gaussian_kl(mean, log_std).mean()
        return {"loss": reconstruction + kl, "reconstruction": reconstruction, "kl": kl}
