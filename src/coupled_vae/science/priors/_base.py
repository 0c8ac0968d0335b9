"""The interface of a prior to the models."""

from typing import ClassVar, Protocol, runtime_checkable

import torch
from torch import Tensor

from coupled_vae.science import gaussian


class Prior(Protocol):
    """A distribution p(z) over the latent space.

    Attributes:
        full_support: Whether ``log_prob`` is finite at every z. Where it is not, the KL divergence
            of an encoder's Gaussian to p(z) is infinite or undefined (``prior_density``).
        dim: Number of latent coordinates.
    """

    full_support: ClassVar[bool]
    dim: int

    def sample(self, num: int, generator: torch.Generator) -> Tensor:
        """Independent draws, shape ``(num, dim)``."""

    def sobol(self, num: int, generator: torch.Generator) -> Tensor:
        """A scrambled low-discrepancy set, ``(num, dim)``; each point by itself follows p(z)."""

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-density in nats; ``(..., dim)`` to ``(...)``."""


def full_support(prior: object) -> bool:
    """The attribute ``full_support`` of a prior or its class; false if it is absent."""
    return bool(getattr(prior, "full_support", False))


@runtime_checkable
class ClosedForm(Protocol):
    """A prior to which the KL divergence of a diagonal Gaussian has a closed form."""

    def kl(self, mean: Tensor, log_std: Tensor) -> Tensor:
        """KL(N(mean, std^2) || p(z)) in nats; ``(b, dim)`` to ``(b,)``."""


def kl_to_prior(prior: Prior, mean: Tensor, log_std: Tensor, z: Tensor) -> Tensor:
    """KL(q || p(z)) of q = N(mean, std^2): in closed form where the prior has one, else estimated.

    The estimate is log q(z) - log p(z) at one draw, whose expectation under q is the KL divergence.
    It is differentiated through z too, so its gradient is unbiased as well.

    Args:
        prior: A prior of full support.
        mean: Mean of q, shape ``(b, dim)``.
        log_std: Log standard deviation of q, shape ``(b, dim)``.
        z: One reparameterised draw of each q, shape ``(b, dim)``.

    Returns:
        The divergence or its estimate in nats, shape ``(b,)``.
    """
    if isinstance(prior, ClosedForm):
        return prior.kl(mean, log_std)
    return gaussian.log_density(z, mean, log_std) - prior.log_prob(z)
