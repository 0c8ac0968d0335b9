"""What the training loop and the drawing of samples ask of a model."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from coupled_vae.config.problem import Problem
from coupled_vae.config.section import PositiveFraction, Section, StepSize
from coupled_vae.science.likelihoods._base import Likelihood, Parameters
from coupled_vae.science.networks._base import Network, Normalisation
from coupled_vae.science.priors._base import Prior


class AdamConfig(Section):
    """Step size of Adam; it falls linearly to zero over the last ``decay_share`` of training."""

    learning_rate: StepSize
    decay_share: PositiveFraction


def descend(adam: torch.optim.Optimizer, config: AdamConfig, loss: Tensor, progress: float) -> None:
    """One Adam step on ``loss``, a scalar, after the share ``progress`` of training."""
    for group in adam.param_groups:
        group["lr"] = config.learning_rate * min(1.0, (1 - progress) / config.decay_share)
    adam.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    adam.step()


class LatentVariableModel(nn.Module, ABC):
    """A prior p(z), a decoder p(x|z), and an approximate posterior q(z|x).

    All state that training changes is in ``state_dict()``, ``optimizers`` and ``generator``, so a
    checkpoint of the three resumes to the same bits.

    Args:
        config: The model kind's arguments, and how Adam steps.
        problem: Latent dimension, prior, architecture and likelihood, shared by all models.
        x: Training data, shape ``(n, d)``, on the device that is to train; ``build`` moves the
            weights there.
        generator: The only source of randomness, initial weights included. It is the CPU's on every
            device, so that devices differ by rounding alone.
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
        """Build what only training needs: the optimizers (drawing is spared their import)."""
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
        """Work after the last iteration; what it returns is written beside the weights."""
        return {}

    def _build_decoder(self, normalisation: Normalisation) -> nn.Module:
        heads = [self.x.shape[1]] * self.likelihood.num_heads
        return self.network.decoder(self.problem.latent_dim, heads, normalisation)

    def load_buffers_and_weights(self, state: dict[str, Tensor]) -> None:
        """Load a ``state_dict`` whose buffers may have changed their size since construction."""
        buffers = dict(self.named_buffers())
        for name in buffers.keys() & state.keys():
            owner, _, leaf = name.rpartition(".")
            own = state[name].to(self.x.device, copy=True)
            self.get_submodule(owner).register_buffer(leaf, own)
        self.load_state_dict(state)
