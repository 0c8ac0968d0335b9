"""Base classes of the models that train an encoder and a decoder on minibatches of one loss."""

from abc import abstractmethod

import torch
from torch import Tensor

from coupled_vae.config.problem import Problem
from coupled_vae.config.section import Count, Several
from coupled_vae.science import gaussian
from coupled_vae.science.models._base import AdamConfig, LatentVariableModel, descend
from coupled_vae.science.networks._base import Normalisation, initialise


class AmortisedConfig(AdamConfig):
    """Adam on minibatches; ``normalisation`` is that of the decoder.

    The encoder always has batch normalisation. So a minibatch has at least two data: the standard
    deviation of one datum is zero.

    Attributes:
        num_steps: Adam steps.
        batch_size: Data in one step.
        normalisation: Normalisation of the decoder's layers.
    """

    num_steps: Count
    batch_size: Several
    normalisation: Normalisation


class MinibatchModel(LatentVariableModel):
    """Encoder and decoder trained jointly by minibatch gradients of one ``loss``.

    Args:
        config: Training arguments, and in subclasses those of the loss.
        problem: Latent dimension, prior, architecture and likelihood.
        x: Training data, shape ``(n, d)``.
        generator: The only source of randomness.
    """

    config: AmortisedConfig

    def __init__(
        self, config: AmortisedConfig, problem: Problem, x: Tensor, generator: torch.Generator
    ) -> None:
        super().__init__(config, problem, x, generator)
        self.num_iterations = config.num_steps
        self.encoder = self._build_encoder()
        self.decoder = self._build_decoder(config.normalisation)
        initialise(self, generator)
        self.register_buffer("order", torch.empty(0, dtype=torch.int64))
        self.order: Tensor

    @property
    def batched(self) -> bool:
        """Whether a step is ``descend`` on ``loss`` only, so that seeds can be trained together."""
        return True

    @abstractmethod
    def _build_encoder(self) -> torch.nn.Module:
        """The network from data ``(b, d)`` to the parameters of q(z|x)."""

    @abstractmethod
    def loss(self, x: Tensor, *noise: Tensor) -> dict[str, Tensor]:
        """Scalar terms of the loss on a minibatch ``(b, d)``; ``loss`` is their sum.

        A pure function: it draws no random numbers and takes no optimizer step. ``noise`` is the
        result of ``self.noise(b)``. So the losses of several seeds can be one batched computation
        (``ensemble``).
        """

    def noise(self, num: int) -> tuple[Tensor, ...]:
        """Random numbers for the loss of ``num`` data: standard normals ``(num, latent_dim)``.

        A loss that compares q(z) with the prior gets draws of the prior as well.
        """
        return (torch.randn(num, self.problem.latent_dim, generator=self.generator),)

    def iterate(self, iteration: int) -> dict[str, Tensor]:
        """One Adam step."""
        terms = self.loss(*self.minibatch())
        progress = iteration / self.num_iterations
        descend(self.optimizers["adam"], self.config, terms["loss"], progress)
        return terms

    def minibatch(self) -> tuple[Tensor, ...]:
        """The next data, ``(b, d)``, and the noise of their loss."""
        x = self.x[self._next_indices()]
        return x, *(part.to(x.device) for part in self.noise(len(x)))

    def _next_indices(self) -> Tensor:
        """Indices of the next minibatch, without repetition within an epoch."""
        size = min(self.config.batch_size, len(self.x))
        if len(self.order) < size:
            self.order = torch.randperm(len(self.x), generator=self.generator)
        chosen, self.order = self.order[:size], self.order[size:].clone()
        return chosen


class AmortisedModel(MinibatchModel):
    """The encoder gives the mean and the log standard deviation of a Gaussian q(z|x)."""

    def _build_encoder(self) -> torch.nn.Module:
        return self.network.encoder(self.x.shape[1], [self.problem.latent_dim] * 2)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log standard deviation of q(z|x), each ``(b, latent_dim)``."""
        mean, log_std = self.encoder(x)
        return mean, log_std

    def sample_posterior(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """One draw z ~ q(z|x) for each datum, ``(b, d)`` to ``(b, latent_dim)``."""
        return gaussian.draw(*self.encode(x), generator)

    def posterior_mean(self, x: Tensor) -> Tensor:
        """E[z|x] under q, ``(b, d)`` to ``(b, latent_dim)``."""
        return self.encode(x)[0]

    def posterior_log_densities(self, x: Tensor, z: Tensor) -> Tensor:
        """Log-density in nats of q(z|x_i) of data ``(n, d)`` at ``(m, latent_dim)``: ``(m, n)``."""
        return gaussian.log_density(z[:, None], *self.encode(x))
