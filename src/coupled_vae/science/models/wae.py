"""Wasserstein autoencoder, WAE-MMD (Tolstikhin et al. 2018)."""

from torch import Tensor

from coupled_vae.config.section import Positive
from coupled_vae.science import gaussian
from coupled_vae.science.mmd import imq, mmd
from coupled_vae.science.models._amortised import AmortisedConfig, AmortisedModel


class Config(AmortisedConfig):
    """``penalty`` is the factor of the MMD; the paper has 1 on MoG and 2 on MNIST.

    Attributes:
        penalty: Factor of the MMD.
    """

    penalty: Positive


class Model(AmortisedModel):
    r"""Minimise :math:`E_q[-\log p(x|z)] + \lambda\, MMD(q(z), p(z))`, no KL term.

    No term rewards a spread of q(z|x), so the trained encoder is almost deterministic.
    """

    config: Config

    def noise(self, num: int) -> tuple[Tensor, ...]:
        """Standard normals for z, and draws of the prior for the MMD."""
        return *super().noise(num), self.prior.sample(num, self.generator)

    def loss(self, x: Tensor, *noise: Tensor) -> dict[str, Tensor]:
        """Reconstruction loss in nats per datum, the MMD, and their weighted sum."""
        normal, prior = noise
        z = gaussian.moved(*self.encode(x), normal)
        reconstruction = -self.likelihood.log_prob(x, self.decode(z)).mean()
        discrepancy = mmd(z, prior, imq)
        return {
            "loss": reconstruction + self.config.penalty * discrepancy,
            "reconstruction": reconstruction,
            "mmd": discrepancy,
        }
