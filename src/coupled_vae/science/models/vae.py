"""Variational autoencoder (Kingma & Welling 2014), the paper's eq. 2."""

from torch import Tensor

from coupled_vae.config.problem import Problem
from coupled_vae.science import gaussian
from coupled_vae.science.models._amortised import AmortisedConfig, AmortisedModel
from coupled_vae.science.prior_density import require_density
from coupled_vae.science.priors._base import kl_to_prior


class Config(AmortisedConfig):
    """The training arguments only."""


def check_problem(config: Config, problem: Problem) -> None:
    """Refuse a prior without a density, since the KL divergence to it is infinite."""
    require_density(problem)


class Model(AmortisedModel):
    r"""Minimise the negative ELBO :math:`E_q[-\log p(x|z)] + KL(q(z|x) || p(z))`."""

    def loss(self, x: Tensor, *noise: Tensor) -> dict[str, Tensor]:
        """Negative ELBO in nats per datum."""
        mean, log_std = self.encode(x)
        z = gaussian.moved(mean, log_std, *noise)
        reconstruction = -self.likelihood.log_prob(x, self.decode(z)).mean()
        kl = kl_to_prior(self.prior, mean, log_std, z).mean()
        return {"loss": reconstruction + kl, "reconstruction": reconstruction, "kl": kl}
