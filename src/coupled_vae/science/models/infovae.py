"""InfoVAE (Zhao et al. 2019), the paper's eq. 4, with beta-VAE and AAE as special cases."""

from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn.functional import softplus
from torch.optim import Adam

from coupled_vae.config.problem import Problem
from coupled_vae.config.section import Positive, Section, StepSize, Width
from coupled_vae.science import gaussian
from coupled_vae.science.mmd import mmd, rbf
from coupled_vae.science.models._amortised import AmortisedConfig, AmortisedModel
from coupled_vae.science.models._base import descend
from coupled_vae.science.prior_density import require_density
from coupled_vae.science.priors._base import full_support, kl_to_prior


class DiscriminatorConfig(Section):
    """The adversary that estimates the Jensen-Shannon divergence.

    It has two hidden layers and takes one Adam step per minibatch.

    Attributes:
        width: Units of each hidden layer.
        learning_rate: Step size of Adam.
    """

    width: Width
    learning_rate: StepSize


class Config(AmortisedConfig):
    """Training arguments and the weights of eq. 4.

    Attributes:
        alpha: Weight of the mutual information; at most 1, and negative for beta-VAE's beta > 1.
        scale: lambda of eq. 4.
        divergence: D of eq. 4. ``kl`` is the mean of KL(q(z|x) || p(z)), which exceeds
            KL(q(z) || p(z)) by the mutual information. With ``kl``, alpha = 0 and lambda = beta
            give beta-VAE.
        discriminator: The network that estimates ``js``; null with the other divergences.
    """

    alpha: Annotated[float, Field(ge=-1e6, le=1)]
    scale: Positive
    divergence: Literal["kl", "mmd", "js"]
    discriminator: DiscriminatorConfig | None

    @model_validator(mode="after")
    def _adversary(self) -> Self:
        if (self.divergence == "js") != (self.discriminator is not None):
            raise ValueError(
                f"discriminator must be {'given' if self.divergence == 'js' else 'null'} with "
                f"divergence {self.divergence}"
            )
        return self


def check_problem(config: Config, problem: Problem) -> None:
    """Refuse a prior without a density, unless the KL has weight zero and D compares draws."""
    if config.alpha < 1 or config.divergence == "kl":
        require_density(problem)


class Model(AmortisedModel):
    r"""Minimise eq. 4.

    .. math:: E_q[-\log p(x|z)] + (1 - \alpha) KL(q(z|x) || p(z))
              + (\alpha + \lambda - 1)\, D(q(z), p(z))

    With alpha = 0, lambda = 1 it is VAE for any D; with alpha = 1 - beta, lambda = beta it is
    beta-VAE for any D (Higgins et al. 2017); with alpha = lambda = 1 and D = JS it is AAE
    (Makhzani et al. 2016). For JS the encoder minimises the non-saturating loss
    :math:`-E_q \log \mathrm{sigmoid}\, T(z)` of a discriminator T, as in AAE.

    With a prior without a density the KL term is left out. ``check_problem`` has then required
    alpha = 1, which gives it weight zero, but zero times an infinite KL is not a number.
    """

    config: Config

    @property
    def batched(self) -> bool:
        """False with a discriminator, since ``iterate`` then trains a second network."""
        return self.config.discriminator is None

    def prepare(self) -> None:
        """Build the optimizers of the autoencoder and of the discriminator."""
        parameters = [*self.encoder.parameters(), *self.decoder.parameters()]
        self.optimizers = {"adam": Adam(parameters, lr=self.config.learning_rate, fused=True)}
        if own := self.config.discriminator:
            adversary = Adam(self.discriminator.parameters(), lr=own.learning_rate, fused=True)
            self.optimizers["discriminator"] = adversary

    def _build_encoder(self) -> nn.Module:
        if own := self.config.discriminator:
            self.discriminator = nn.Sequential(
                nn.Linear(self.problem.latent_dim, own.width),
                nn.ReLU(),
                nn.Linear(own.width, own.width),
                nn.ReLU(),
                nn.Linear(own.width, 1),
            )
        return super()._build_encoder()

    def noise(self, num: int) -> tuple[Tensor, ...]:
        """Standard normals for z; with ``mmd`` and ``js`` also draws of the prior."""
        if self.config.divergence == "kl":
            return super().noise(num)
        return *super().noise(num), self.prior.sample(num, self.generator)

    def iterate(self, iteration: int) -> dict[str, Tensor]:
        """One step of the discriminator, if any, and then one step of the autoencoder.

        Both steps use the same draws z.
        """
        x, normal, *prior = self.minibatch()
        posterior = self._posterior(x, normal)
        if self.config.discriminator:
            (real,) = prior
            self._teach(real, posterior.z.detach())
        terms = self._terms(x, posterior, prior)
        progress = iteration / self.num_iterations
        descend(self.optimizers["adam"], self.config, terms["loss"], progress)
        return terms

    def loss(self, x: Tensor, *noise: Tensor) -> dict[str, Tensor]:
        """Eq. 4 in nats per datum, with the present discriminator."""
        normal, *prior = noise
        return self._terms(x, self._posterior(x, normal), prior)

    def _posterior(self, x: Tensor, normal: Tensor) -> "_Posterior":
        mean, log_std = self.encode(x)
        return _Posterior(mean, log_std, gaussian.moved(mean, log_std, normal))

    def _terms(self, x: Tensor, q: "_Posterior", prior: list[Tensor]) -> dict[str, Tensor]:
        """The loss's terms; ``prior`` holds draws of p(z) for ``mmd`` and ``js``, else nothing."""
        alpha, scale = self.config.alpha, self.config.scale
        terms = {"reconstruction": -self.likelihood.log_prob(x, self.decode(q.z)).mean()}
        loss = terms["reconstruction"]
        if full_support(self.prior):
            terms["kl"] = kl_to_prior(self.prior, *q).mean()
            loss = loss + (1 - alpha) * terms["kl"]
        if prior:
            terms[self.config.divergence] = self._divergence(q.z, *prior)
        loss = loss + (alpha + scale - 1) * terms[self.config.divergence]
        return {"loss": loss, **terms}

    def _divergence(self, z: Tensor, real: Tensor) -> Tensor:
        """D of eq. 4 from draws of q(z) and of p(z), each ``(b, latent_dim)``; a scalar."""
        if self.config.divergence == "mmd":
            return mmd(z, real, rbf)
        return softplus(-self.discriminator(z)).mean()

    def _teach(self, real: Tensor, fake: Tensor) -> None:
        """One step of the discriminator: target one for the prior's draws, zero for q's."""
        adversary = self.optimizers["discriminator"]
        loss = (
            softplus(-self.discriminator(real)).mean() + softplus(self.discriminator(fake)).mean()
        )
        adversary.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        adversary.step()


class _Posterior(NamedTuple):
    """q(z|x) of a minibatch and one reparameterised draw of it, each ``(b, latent_dim)``."""

    mean: Tensor
    log_std: Tensor
    z: Tensor
