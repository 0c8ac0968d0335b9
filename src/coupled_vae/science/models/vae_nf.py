r"""VAE whose posterior passes through planar flows (Rezende & Mohamed 2015).

One layer is :math:`f(z) = z + \hat u \tanh(w^\top z + b)` with
:math:`\hat u = u + (m(w^\top u) - w^\top u)\, w / ||w||^2` and
:math:`m(a) = -1 + \mathrm{softplus}(a)`, so that :math:`w^\top \hat u \ge -1` and f is invertible.
The encoder gives u, w, b of every layer.
"""

from typing import Annotated, NamedTuple

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import softplus

from coupled_vae.config.problem import Problem
from coupled_vae.science import gaussian
from coupled_vae.science.models._amortised import AmortisedConfig, MinibatchModel
from coupled_vae.science.prior_density import require_density

MEAN_DRAWS = 64
BISECTIONS = 60
BLOCK_ENTRIES = 2**20  # number of densities computed at once


class Config(AmortisedConfig):
    """``num_flows`` is the number of planar layers; the paper has 10.

    Attributes:
        num_flows: Planar layers.
    """

    num_flows: Annotated[int, Field(ge=1, le=1000)]


def check_problem(config: Config, problem: Problem) -> None:
    """Refuse a prior without a density, since the loss would be infinite."""
    require_density(problem)


class Planar(NamedTuple):
    """One layer for each datum: ``w`` and the invertible form of ``u``, ``(n, d)``, and ``b``."""

    u: Tensor
    w: Tensor
    b: Tensor

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """f(z) and log|det df/dz| of z ``(..., n, d)``, shapes ``(..., n, d)`` and ``(..., n)``."""
        hidden = torch.tanh((self.w * z).sum(-1) + self.b)
        slope = (1 - hidden.square()) * (self.w * self.u).sum(-1)
        # In float32 the slope of a saturated layer can round below its bound of -1.
        return z + self.u * hidden[..., None], torch.log((1 + slope).clamp_min(1e-6))

    def inverse(self, y: Tensor) -> Tensor:
        r"""Solve f(z) = y by bisection on :math:`w^\top z`, in which f is monotone.

        Shapes are those of ``forward``.
        """
        strength, target = (self.w * self.u).sum(-1), (self.w * y).sum(-1)
        low, high = target - strength.abs(), target + strength.abs()
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            above = middle + strength * torch.tanh(middle + self.b) > target
            low, high = torch.where(above, low, middle), torch.where(above, middle, high)
        return y - self.u * torch.tanh((low + high) / 2 + self.b)[..., None]


def planar(u: Tensor, w: Tensor, b: Tensor) -> Planar:
    """An invertible layer from unconstrained parameters."""
    inner = (w * u).sum(-1, keepdim=True)
    # The floor keeps the direction defined where the encoder puts w at zero.
    squares = w.square().sum(-1, keepdim=True).clamp_min(1e-8)
    return Planar(u + (softplus(inner) - 1 - inner) * w / squares, w, b)


class Model(MinibatchModel):
    r"""Minimise :math:`E_q[-\log p(x|z_K) + \log q(z_K|x) - \log p(z_K)]`."""

    config: Config

    def _build_encoder(self) -> nn.Module:
        """Mean, log standard deviation, and the parameters of all layers."""
        d = self.problem.latent_dim
        return self.network.encoder(self.x.shape[1], [d, d, self.config.num_flows * (2 * d + 1)])

    def _posterior(self, x: Tensor) -> tuple[Tensor, Tensor, list[Planar]]:
        """Mean and log standard deviation of z_0, and the layers in their order."""
        mean, log_std, flow = self.encoder(x)
        d = self.problem.latent_dim
        layers = [
            planar(block[:, :d], block[:, d : 2 * d], block[:, 2 * d])
            for block in flow.chunk(self.config.num_flows, dim=1)
        ]
        return mean, log_std, layers

    def loss(self, x: Tensor, *noise: Tensor) -> dict[str, Tensor]:
        """Negative ELBO in nats per datum; the KL is estimated at the drawn z."""
        mean, log_std, layers = self._posterior(x)
        start = gaussian.moved(mean, log_std, *noise)
        z, log_det = _push(start, layers)
        log_q = gaussian.log_density(start, mean, log_std) - log_det
        reconstruction = -self.likelihood.log_prob(x, self.decode(z)).mean()
        kl = (log_q - self.prior.log_prob(z)).mean()
        return {"loss": reconstruction + kl, "reconstruction": reconstruction, "kl": kl}

    def sample_posterior(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """One draw z ~ q(z|x) for each datum, ``(b, d)`` to ``(b, latent_dim)``."""
        mean, log_std, layers = self._posterior(x)
        return _push(gaussian.draw(mean, log_std, generator), layers)[0]

    def posterior_mean(self, x: Tensor) -> Tensor:
        """E[z|x] as the average of 64 draws, since a flow has no closed form for it."""
        generator = torch.Generator().manual_seed(0)
        return torch.stack([self.sample_posterior(x, generator) for _ in range(MEAN_DRAWS)]).mean(0)

    def posterior_log_densities(self, x: Tensor, z: Tensor) -> Tensor:
        """Log-density in nats of q(z|x_i) of data ``(n, d)`` at ``(m, latent_dim)``: ``(m, n)``."""
        mean, log_std, layers = self._posterior(x)
        densities = []
        for block in torch.split(z, max(1, BLOCK_ENTRIES // len(x))):
            start = block[:, None].expand(-1, len(x), -1)
            for layer in reversed(layers):
                start = layer.inverse(start)
            log_det = _push(start, layers)[1]
            densities.append(gaussian.log_density(start, mean, log_std) - log_det)
        return torch.cat(densities)


def _push(z: Tensor, layers: list[Planar]) -> tuple[Tensor, Tensor]:
    """Apply all layers: the last z, ``(..., n, d)``, and the sum of the log-determinants."""
    total = z.new_zeros(z.shape[:-1])
    for layer in layers:
        z, log_det = layer.forward(z)
        total = total + log_det
    return z, total
