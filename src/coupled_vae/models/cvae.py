r"""Coupled VAE, trained by the Dual strategy over the semi-dual (paper Algorithm 2, eq. 17-20).

One iteration takes a fresh pool of prior draws and alternates the paper's two steps on it: raise
H in v over all data until the coupling is nearly feasible, then lower H in theta by Prop. 3.2,

.. math:: \nabla_\theta H = E_z \sum_i \chi_i(z) \nabla_\theta C_i(z),

with the responsibilities held fixed. There is no encoder: the posterior is the reweighted prior of
eq. 20, sampled by importance weights over a pool of prior draws.
"""

import math
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from coupled_vae.models._base import AdamConfig, LatentVariableModel
from coupled_vae.networks._base import Normalisation, initialise
from coupled_vae.problem import Problem
from coupled_vae.schema import Count, Positive, PositiveFraction
from coupled_vae.transport import (
    Anderson,
    Bilinear,
    FixedPoint,
    marginal_error,
    potential_of_data,
    soft_c_transform,
    sweep,
)
from coupled_vae.transport import Problem as TransportProblem

POSTERIOR_ENTRIES = 2**20
# A cost of many features is multiplied out once, and not in every update, where memory allows.
HELD_FEATURES, HELD_ENTRIES = 32, 2**26


class Config(AdamConfig):
    """Arguments of the alternation; docs/training.md tells how each was chosen.

    Attributes:
        eps: Entropic strength; 1 makes the relaxed problem the VAE's.
        num_pools: Iterations, each on a fresh pool.
        pool_size: Prior draws in a pool.
        first_updates: Plain updates of v on the first pool, where v starts at zero.
        updates: Updates of v on every later pool.
        scaling: Strength of the first of them in units of eps, once the anneal is over.
        memory: Share of a pool's solution that the potential kept from pool to pool takes over at
            the end of training; it falls to there from one, from the anneal on.
        decoder_steps: Adam steps on a pool.
        batch_size: Prior draws of one Adam step.
        normalisation: Of the decoder's layers.
        linear_steps: Adam steps that first fit the decoder to a linear map.
        anneal_from: Temperature of the cost at the start: what it is divided by.
        anneal_share: Share of the pools over which it falls to one. Until then the likelihood's
            scale is fixed.
        posterior_pool: Prior draws that carry the posterior of the trained model.
        posterior_updates: Updates of v in the last solve, on that pool, at most.
        posterior_depth: Earlier updates that each of them combines.
        tolerance: Marginal error at which the last solve stops.
    """

    eps: Positive
    num_pools: Count
    pool_size: Count
    first_updates: Count
    updates: Count
    scaling: Annotated[float, Field(ge=1)]
    memory: PositiveFraction
    decoder_steps: Count
    batch_size: Count
    normalisation: Normalisation
    linear_steps: Count
    anneal_from: Positive
    anneal_share: PositiveFraction
    posterior_pool: Count
    posterior_updates: Count
    posterior_depth: Count
    tolerance: Positive


class Model(LatentVariableModel):
    """Decoder and dual potential; the posterior follows from the two.

    Args:
        config: Arguments of the alternation.
        problem: Latent dimension, prior, architecture and likelihood.
        x: Training data, shape ``(n, d)``, of equal weight.
        generator: The only source of randomness.
    """

    config: Config

    def __init__(
        self, config: Config, problem: Problem, x: Tensor, generator: torch.Generator
    ) -> None:
        super().__init__(config, problem, x, generator)
        self.num_iterations = config.num_pools
        self.decoder = self._build_decoder(config.normalisation)
        initialise(self, generator)
        self.features = self.likelihood.features(x)
        self.log_p = torch.full((len(x),), -math.log(len(x)))
        self.v: Tensor
        self.pool: Tensor
        self.u: Tensor
        self.register_buffer("v", torch.zeros(len(x)))
        self.register_buffer("pool", torch.empty(0, problem.latent_dim))
        self.register_buffer("u", torch.empty(0))

    def iterate(self, iteration: int) -> dict[str, Tensor]:
        """One pool: solve for v, then many cheap decoder steps under the coupling found."""
        config, progress = self.config, iteration / self.num_iterations
        annealed = min(1.0, progress / config.anneal_share)
        temperature = None if annealed == 1 else config.anneal_from ** (1 - annealed)
        if iteration == 0:
            self._fit_linear_map()
        z = self.prior.sobol(config.pool_size, self.generator)
        transport = self._transport(z, self.features, temperature)
        updates = config.updates if iteration else config.first_updates
        scaling = config.scaling if temperature is None else 1
        v = FixedPoint(steps=updates, scaling=scaling).round(transport, self.v)
        share, statistics = sweep(v, transport, self.features)
        # What a pool's solution owes to its own few draws must not add up from pool to pool: the
        # borders would swing ever wider. So the pool uses v, and only a part of v is kept.
        kept = config.memory ** max(
            0.0, (progress - config.anneal_share) / (1 - config.anneal_share)
        )
        self.v = torch.lerp(self.v, v, kept)
        loss = self._decoder_steps(z, statistics, temperature, progress)
        return {"loss": loss, "marginal_error": marginal_error(share, self.log_p)}

    def _fit_linear_map(self) -> None:
        """Start from a map without folds, as a generative topographic map does (Bishop 1998).

        The first latent coordinates become the data's leading principal components, each with its
        own spread: E[x|z] then has the data's mean and covariance, as far as the latent space can.
        """
        mean = self.x.mean(0)
        _, spread, axes = torch.linalg.svd(self.x - mean, full_matrices=False)
        rank = min(self.problem.latent_dim, len(axes))
        scaled = axes[:rank] * spread[:rank, None] / math.sqrt(len(self.x))
        for _ in range(self.config.linear_steps):
            z = self.prior.sample(self.config.batch_size, self.generator)
            error = self.likelihood.mean(self.decode(z)) - mean - z[:, :rank] @ scaled
            self._descend(error.square().mean(), progress=0)

    def _coefficients(self, z: Tensor, temperature: float | None) -> Tensor:
        """Of the cost on the features; with a temperature, flattened and of a fixed scale."""
        if temperature is None:
            return self.likelihood.coefficients(self.decode(z))
        return self.likelihood.coefficients(self.decode(z), learned=False) / temperature

    @torch.no_grad()
    def _transport(
        self, z: Tensor, features: Tensor, temperature: float | None = None
    ) -> TransportProblem:
        cost = Bilinear(self._coefficients(z, temperature), features)
        held = features.shape[1] >= HELD_FEATURES and math.prod(cost.shape) <= HELD_ENTRIES
        return TransportProblem(
            cost=cost.held() if held else cost, log_p=self.log_p, eps=self.config.eps
        )

    def _decoder_steps(
        self, z: Tensor, statistics: Tensor, temperature: float | None, progress: float
    ) -> Tensor:
        """Adam on E_z of the mean cost, chi fixed; the mean loss over the steps."""
        size = min(self.config.batch_size, len(z))
        total, order = torch.zeros(()), torch.empty(0, dtype=torch.int64)
        for _ in range(self.config.decoder_steps):
            if len(order) < size:
                order = torch.randperm(len(z), generator=self.generator)
            chosen, order = order[:size], order[size:]
            coefficients = self._coefficients(z[chosen], temperature)
            loss = (coefficients * statistics[chosen]).sum(1).mean()
            self._descend(loss, progress)
            total += loss.detach()
        return total / self.config.decoder_steps

    @torch.no_grad()
    def finish(self) -> dict[str, float]:
        """Solve for the potential of the trained decoder on the pool that carries the posterior."""
        self.pool = self.prior.sobol(self.config.posterior_pool, self.generator)
        transport = self._transport(self.pool, self.features)
        solver = Anderson(
            depth=self.config.posterior_depth,
            max_steps=self.config.posterior_updates,
            tolerance=self.config.tolerance,
        )
        output = solver.solve(transport, self.v)
        self.v, self.u = output.v, soft_c_transform(output.v, transport)
        return {"marginal_error": output.errors[-1], "solver_steps": float(output.num_steps)}

    def _posterior_weights(self, x: Tensor, coefficients: Tensor) -> Tensor:
        """Importance weights of the pool for each datum, ``(b, d)`` to ``(b, pool)``.

        Eq. 20 with v(x) the soft c-transform over the pool, which is what normalises the weights:
        so data outside the training set need no potential of their own.
        """
        eps = self.config.eps
        scores = torch.addmm(
            self.u / eps, self.likelihood.features(x), coefficients.T, alpha=-1 / eps
        )
        return torch.softmax(scores, dim=1)

    def _pool_coefficients(self) -> Tensor:
        return self.likelihood.coefficients(self.decode(self.pool))

    def _blocks(self, x: Tensor) -> tuple[Tensor, ...]:
        """Data in blocks whose weights fit into memory."""
        return torch.split(x, max(1, POSTERIOR_ENTRIES // len(self.pool)))

    def sample_posterior(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """One draw z ~ q(z|x) for each datum, ``(b, d)`` to ``(b, latent_dim)``."""
        coefficients, chosen = self._pool_coefficients(), []
        for block in self._blocks(x):
            cumulated = self._posterior_weights(block, coefficients).cumsum(1)
            uniform = torch.rand(len(block), 1, generator=generator) * cumulated[:, -1:]
            chosen.append(torch.searchsorted(cumulated, uniform, right=True).squeeze(1))
        return self.pool[torch.cat(chosen).clamp_max(len(self.pool) - 1)]

    def posterior_mean(self, x: Tensor) -> Tensor:
        """E[z|x] under q, ``(b, d)`` to ``(b, latent_dim)``."""
        coefficients = self._pool_coefficients()
        weights = (self._posterior_weights(block, coefficients) for block in self._blocks(x))
        return torch.cat([block @ self.pool for block in weights])

    def posterior_log_density(self, x: Tensor, z: Tensor) -> Tensor:
        """Log-density of q(z|x) in nats, of one datum ``(d,)`` at ``(g, latent_dim)`` points."""
        eps, features = self.config.eps, self.likelihood.features(x[None])
        v = potential_of_data(self.u, self._pool_coefficients() @ features.T, eps)
        u = soft_c_transform(self.v, self._transport(z, self.features))
        cost = (self._coefficients(z, None) @ features.T).squeeze(1)
        return self.prior.log_prob(z) + (u + v - cost) / eps
