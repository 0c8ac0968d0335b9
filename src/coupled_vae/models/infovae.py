"""InfoVAE (Zhao et al. 2019), the paper's eq. 4, with beta-VAE and AAE as special cases."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn.functional import softplus
from torch.optim import Adam

from coupled_vae import gaussian
from coupled_vae.mmd import mmd, rbf
from coupled_vae.models._amortised import AmortisedConfig, AmortisedModel
from coupled_vae.schema import Positive, Section, StepSize, Width


class DiscriminatorConfig(Section):
    """The adversary of the Jensen-Shannon divergence: two hidden layers, one Adam step a batch."""

    width: Width
    learning_rate: StepSize


class Config(AmortisedConfig):
    """``scale`` is the paper's lambda.

    Attributes:
        alpha: Weight of the mutual information; at most 1, and negative for beta-VAE's beta > 1.
        scale: lambda of eq. 4.
        divergence: D of eq. 4. ``kl`` is that of q(z|x), which exceeds KL(q(z) || p(z)) by the
            mutual information: with it alpha = 0, lambda = beta is beta-VAE.
        discriminator: What estimates ``js``; null with the others.
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


class Model(AmortisedModel):
    r"""Minimise eq. 4.

    .. math:: E_q[-\log p(x|z)] + (1 - \alpha) KL(q(z|x) || p(z))
              + (\alpha + \lambda - 1)\, D(q(z), p(z))

    With alpha = 0, lambda = 1 it is VAE whatever D; with alpha = 1 - beta, lambda = beta it is
    beta-VAE whatever D (Higgins et al. 2017); with alpha = lambda = 1 and D = JS it is AAE
    (Makhzani et al. 2016). The encoder meets JS by the non-saturating loss
    :math:`-E_q \log \mathrm{sigmoid}\, T(z)` of a discriminator T, as AAE's does.
    """

    config: Config

    @property
    def batched(self) -> bool:
        """Not with a discriminator, which the loss trains."""
        return self.config.discriminator is None

    def prepare(self) -> None:
        """Build the optimizers, of the autoencoder and of the discriminator."""
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
        """Normals for z, and draws of the prior for a divergence that compares with it."""
        if self.config.divergence == "kl":
            return super().noise(num)
        return *super().noise(num), self.prior.sample(num, self.generator)

    def loss(self, x: Tensor, *noise: Tensor) -> dict[str, Tensor]:
        """Eq. 4 in nats per datum."""
        normal, *prior = noise
        alpha, scale = self.config.alpha, self.config.scale
        mean, log_std = self.encode(x)
        z = gaussian.moved(mean, log_std, normal)
        reconstruction = -self.likelihood.log_prob(x, self.decode(z)).mean()
        kl = gaussian.kl_to_standard(mean, log_std).mean()
        discrepancy = self._divergence(z, kl, prior)
        return {
            "loss": reconstruction + (1 - alpha) * kl + (alpha + scale - 1) * discrepancy,
            "reconstruction": reconstruction,
            "kl": kl,
            self.config.divergence: discrepancy,
        }

    def _divergence(self, z: Tensor, kl: Tensor, prior: list[Tensor]) -> Tensor:
        """D of eq. 4, estimated on the batch; a scalar."""
        if self.config.divergence == "kl":
            return kl
        (real,) = prior
        if self.config.divergence == "mmd":
            return mmd(z, real, rbf)
        if self.training:
            self._teach(real, z.detach())
        return softplus(-self.discriminator(z)).mean()

    def _teach(self, real: Tensor, fake: Tensor) -> None:
        """One step of the discriminator, from the prior's draws (one) and the encoder's (zero)."""
        adversary = self.optimizers["discriminator"]
        loss = (
            softplus(-self.discriminator(real)).mean() + softplus(self.discriminator(fake)).mean()
        )
        adversary.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        adversary.step()
