"""InfoVAE with an MMD divergence (Zhao et al. 2019), the paper's eq. 4."""

from torch import Tensor

from coupled_vae import gaussian
from coupled_vae.mmd import mmd, rbf
from coupled_vae.models._amortised import AmortisedConfig, AmortisedModel
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

    def loss(self, x: Tensor) -> dict[str, Tensor]:
        """Eq. 4 in nats per datum."""
        alpha, scale = self.config.alpha, self.config.scale
        mean, log_std = self.encode(x)
        z = gaussian.draw(mean, log_std, self.generator)
        reconstruction = -self.likelihood.log_prob(x, self.decode(z)).mean()
        kl = gaussian.kl_to_standard(mean, log_std).mean()
        discrepancy = mmd(z, self.prior.sample(len(z), self.generator), rbf)
        return {
            "loss": reconstruction + (1 - alpha) * kl + (alpha + scale - 1) * discrepancy,
            "reconstruction": reconstruction,
            "kl": kl,
            "mmd": discrepancy,
        }
