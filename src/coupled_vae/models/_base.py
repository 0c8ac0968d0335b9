"""What the training loop and the drawing of samples ask of a model."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from coupled_vae import likelihoods, priors
from coupled_vae.problem import Problem
from coupled_vae.schema import Section


class LatentVariableModel(nn.Module, ABC):
    """A prior p(z), a decoder p(x|z), and an approximate posterior q(z|x).

    All state that training changes is in ``state_dict()``, ``optimizers`` and ``generator``, so a
    checkpoint of the three resumes to the same bits.

    Args:
        config: The model kind's arguments.
        problem: Latent dimension, prior, architecture and likelihood, shared by all models.
        x: Training data, shape ``(n, d)``.
        generator: The only source of randomness, initial weights included.
    """

    num_iterations: int
    optimizers: dict[str, torch.optim.Optimizer]

    def __init__(
        self, config: Section, problem: Problem, x: Tensor, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.problem = problem
        self.x = x
        self.generator = generator
        self.prior = priors.build(problem)
        self.likelihood = likelihoods.build(problem.likelihood)
        self.optimizers = {}

    @abstractmethod
    def decode(self, z: Tensor) -> likelihoods.Parameters:
        """Parameters of p(x|z) for draws z, shape ``(b, latent_dim)``."""

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
    def posterior_log_density(self, x: Tensor, z: Tensor) -> Tensor:
        """Log-density of q(z|x) in nats, of one datum ``(d,)`` at ``(g, latent_dim)`` points."""

    def finish(self) -> dict[str, float]:
        """Work after the last iteration; what it returns is written beside the weights."""
        return {}

    def load_buffers_and_weights(self, state: dict[str, Tensor]) -> None:
        """Load a ``state_dict`` whose buffers may have changed their size since construction."""
        buffers = dict(self.named_buffers())
        for name in buffers.keys() & state.keys():
            owner, _, leaf = name.rpartition(".")
            self.get_submodule(owner).register_buffer(leaf, state[name].clone())
        self.load_state_dict(state)


def set_step_size(
    optimizer: torch.optim.Optimizer, peak: float, progress: float, decay_share: float
) -> None:
    """Constant at ``peak``, then linear to zero over the last ``decay_share`` of training."""
    for group in optimizer.param_groups:
        group["lr"] = peak * min(1.0, (1 - progress) / decay_share)
