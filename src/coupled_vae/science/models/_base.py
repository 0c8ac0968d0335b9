"""The interface of a model to the training loop and to the drawing of samples."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from coupled_vae.config.problem import Problem
from coupled_vae.config.section import PositiveFraction, Section, StepSize
from coupled_vae.science.likelihoods._base import Likelihood, Parameters
from coupled_vae.science.networks._base import Network, Normalisation
from coupled_vae.science.priors._base import Prior


class AdamConfig(Section):
    """Step size of Adam; it falls linearly to zero over the last ``decay_share`` of training.

    Attributes:
        learning_rate: Step size of Adam.
        decay_share: Last share of the training, over which the step size falls to zero.
    """

    learning_rate: StepSize
    decay_share: PositiveFraction


def descend(adam: torch.optim.Optimizer, config: AdamConfig, loss: Tensor, progress: float) -> None:
    """One Adam step on the scalar ``loss``; ``progress`` is the share of training done, 0 to 1."""
    for group in adam.param_groups:
        group["lr"] = config.learning_rate * min(1.0, (1 - progress) / config.decay_share)
    adam.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    adam.step()


class LatentVariableModel(nn.Module, ABC):
    """A prior p(z), a decoder p(x|z), and an approximate posterior q(z|x).

    All state that training changes is in ``state_dict()``, ``optimizers`` and ``generator``. A
    training resumed from a checkpoint of the three ends in the same bits.

    Args:
        config: The model kind's arguments, and those of Adam.
        problem: Latent dimension, prior, architecture and likelihood, shared by all models.
        x: Training data, shape ``(n, d)``, on the device that trains; ``build`` moves the weights
            to the same device.
        generator: The only source of randomness, initial weights included. It is a CPU generator
            on every device, so that devices differ by rounding only.
    """

    config: AdamConfig
    num_iterations: int
    optimizers: dict[str, torch.optim.Optimizer]
    decoder: nn.Module

    def __init__(
        self, config: AdamConfig, problem: Problem, x: Tensor, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.config = config
        self.problem = problem
        self.x = x
        self.generator = generator
        self.prior: Prior = problem.build("prior", problem.latent_dim)
        self.likelihood: Likelihood = problem.build("likelihood")
        self.network: Network = problem.build("network")
        self.optimizers = {}

    def prepare(self) -> None:
        """Build the optimizers. Only training needs them, and their import takes time."""
        adam = torch.optim.Adam(self.parameters(), lr=self.config.learning_rate, fused=True)
        self.optimizers = {"adam": adam}

    def decode(self, z: Tensor) -> Parameters:
        """Parameters of p(x|z) for draws z, shape ``(b, latent_dim)``."""
        parameters: Parameters = self.decoder(z)
        return parameters

    @abstractmethod
    def iterate(self, iteration: int) -> dict[str, Tensor]:
        """One unit of training; scalars for the history, ``loss`` among them."""

    @abstractmethod
    def sample_posterior(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """One draw z ~ q(z|x) for each datum, ``(b, d)`` to ``(b, latent_dim)``."""

    @abstractmethod
    def posterior_mean(self, x: Tensor) -> Tensor:
        """E[z|x] under q, ``(b, d)`` to ``(b, latent_dim)``."""

    @abstractmethod
    def posterior_log_densities(self, x: Tensor, z: Tensor) -> Tensor:
        """Log-density in nats of q(z|x_i) of data ``(n, d)`` at ``(m, latent_dim)``: ``(m, n)``."""

    def posterior_log_density(self, x: Tensor, z: Tensor) -> Tensor:
        """Log-density of q(z|x) in nats, of one datum ``(d,)`` at ``(g, latent_dim)`` points."""
        return self.posterior_log_densities(x[None], z).squeeze(1)

    def finish(self) -> dict[str, float]:
        """Work after the last iteration; returns numbers for ``report.json``."""
        return {}

    def _build_decoder(self, normalisation: Normalisation) -> nn.Module:
        heads = [self.x.shape[1]] * self.likelihood.num_heads
        return self.network.decoder(self.problem.latent_dim, heads, normalisation)

    def load_buffers_and_weights(self, state: dict[str, Tensor]) -> None:
        """Load a ``state_dict`` whose buffers may differ in size from those of a new model."""
        buffers = dict(self.named_buffers())
        for name in buffers.keys() & state.keys():
            owner, _, leaf = name.rpartition(".")
            own = state[name].to(self.x.device, copy=True)
            self.get_submodule(owner).register_buffer(leaf, own)
        self.load_state_dict(state)
