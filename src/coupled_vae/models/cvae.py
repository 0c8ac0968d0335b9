r"""Coupled VAE by the semi-dual or the dual, with either strategy (paper Algorithms 1 and 2).

One iteration takes a fresh pool of prior draws and alternates the paper's two steps on it: raise
H in v over all data until the coupling is nearly feasible, then move the decoder under it. The
Dual strategy (Algorithm 2) lowers H in theta by Prop. 3.2,

.. math:: \nabla_\theta H = E_z \sum_i \chi_i(z) \nabla_\theta C_i(z),

with the responsibilities held fixed. The Primal strategy (Algorithm 1) lowers the cost
:math:`E_x E_{q(z|x)} C` at draws from the posterior. There is no encoder: the posterior is the
reweighted prior of eq. 20, sampled by importance weights over a pool of prior draws.
"""

import math

import torch
from torch import Tensor
from torch.optim import Adam

from coupled_vae.batches import batches
from coupled_vae.models._base import LatentVariableModel, descend
from coupled_vae.models._coupling import CouplingConfig
from coupled_vae.models._reweighting import Reweighting
from coupled_vae.networks._base import initialise
from coupled_vae.problem import Problem
from coupled_vae.transport import (
    Anderson,
    Bilinear,
    FixedPoint,
    NeuralDual,
    Output,
    Potentials,
    latent_potential,
    marginal_error,
    potential_of_data,
    soft_c_transform,
    sweep,
)
from coupled_vae.transport import Problem as TransportProblem

HELD_FEATURES = 32  # so many that multiplying out a cost takes longer than looking at it


class Config(CouplingConfig):
    """The alternation's arguments."""


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
        self.log_p = x.new_full((len(x),), -math.log(len(x)))
        self.v: Tensor
        self.pool: Tensor
        self.u: Tensor
        self.register_buffer("v", torch.zeros(len(x)))
        self.register_buffer("pool", torch.empty(0, problem.latent_dim))
        self.register_buffer("u", torch.empty(0))
        self.potentials = None
        if own := config.network:
            self.potentials = Potentials(self.features, own.width, own.both, config.eps, generator)

    def prepare(self) -> None:
        """Build the optimizers, of the decoder and of the networks for u and v."""
        rate = self.config.learning_rate
        self.optimizers = {"adam": Adam(self.decoder.parameters(), lr=rate, fused=True)}
        if self.config.network:
            assert self.potentials
            rate = self.config.network.learning_rate
            own = Adam(self.potentials.parameters(), lr=rate, fused=True)
            self.optimizers["potentials"] = own

    def iterate(self, iteration: int) -> dict[str, Tensor]:
        """One pool: solve for v, then many cheap decoder steps under the coupling found."""
        config, progress = self.config, iteration / self.num_iterations
        annealed = min(1.0, progress / config.anneal_share)
        temperature = None if annealed == 1 else config.anneal_from ** (1 - annealed)
        if iteration == 0:
            self._fit_linear_map()
        z = self.prior.sobol(config.pool_size, self.generator).to(self.x.device)
        transport = self._transport(z, self.features, temperature)
        updates = config.updates if iteration else config.first_updates
        v = self._solve(transport, z, updates, temperature)
        if config.strategy == "dual":
            share, statistics = sweep(v, transport, self.features)
            step = z, statistics
        else:
            share, _ = sweep(v, transport, self.features[:, :0])
            step = self._posterior_pairs(z, v, transport, temperature)
        # What a pool's solution owes to its own few draws must not add up from pool to pool: the
        # borders would swing ever wider. So the pool uses v, and only a part of v is kept.
        kept = config.memory ** max(
            0.0, (progress - config.anneal_share) / (1 - config.anneal_share)
        )
        self.v = torch.lerp(self.v, v, kept)
        loss = self._decoder_steps(*step, temperature, progress)
        return {"loss": loss, "marginal_error": marginal_error(share, self.log_p)}

    def _solve(
        self, transport: TransportProblem, z: Tensor, updates: int, temperature: float | None
    ) -> Tensor:
        """Some updates of v from that of the last pool, shape ``(n,)``."""
        if not self.potentials:
            scaling = self.config.scaling if temperature is None else 1
            return FixedPoint(steps=updates, scaling=scaling).round(transport, self.v)
        with torch.no_grad():
            coefficients = self._coefficients(z, temperature)
        solver, v = self._neural_dual(updates, coefficients), self.v
        for _ in range(updates):
            v, _ = solver.round(transport, v, coefficients, self.features)
        return v

    def _neural_dual(self, rounds: int, coefficients: Tensor) -> NeuralDual:
        """The solver, its networks at the decoder as it is: of these coefficients of the cost."""
        own = self.config.network
        assert own
        assert self.potentials
        self.potentials.follow(self.v, self.features, coefficients)
        return NeuralDual(
            potential=self.potentials.u,
            data_potential=self.potentials.v,
            optimizer=self.optimizers["potentials"],
            generator=self.generator,
            steps=own.steps,
            batch_size=own.batch_size,
            rounds=rounds,
            tolerance=self.config.tolerance,
        )

    @torch.no_grad()
    def _posterior_pairs(
        self, z: Tensor, v: Tensor, transport: TransportProblem, temperature: float | None
    ) -> tuple[Tensor, Tensor]:
        """Draws z ~ q(z|x) of all data and the features of their x: what Algorithm 1 learns from.

        As many of every datum as the decoder's steps on the pool can use.
        """
        coefficients = self._coefficients(z, temperature)
        u = self.potentials.u(coefficients) if self.potentials else latent_potential(v, transport)
        posterior = Reweighting(z=z, u=u, coefficients=coefficients, eps=self.config.eps)
        used = self.config.decoder_steps * min(self.config.batch_size, len(z))
        num = math.ceil(used / len(self.x))
        chosen = posterior.draw(self.features, num, self.generator)
        return z[chosen.ravel()], self.features.repeat_interleave(num, dim=0)

    def _fit_linear_map(self) -> None:
        """Start from a map without folds, as a generative topographic map does (Bishop 1998).

        The first latent coordinates become the data's leading principal components, each with its
        own spread: E[x|z] then has the data's mean and covariance, as far as the latent space can.
        """
        x = self.x.cpu()  # whose signs of the axes serve every device
        mean = x.mean(0)
        _, spread, axes = torch.linalg.svd(x - mean, full_matrices=False)
        rank = min(self.problem.latent_dim, len(axes))
        scaled = axes[:rank] * spread[:rank, None] / math.sqrt(len(x))
        mean, scaled = mean.to(self.x.device), scaled.to(self.x.device)
        for _ in range(self.config.linear_steps):
            z = self.prior.sample(self.config.batch_size, self.generator).to(self.x.device)
            error = self.likelihood.mean(self.decode(z)) - mean - z[:, :rank] @ scaled
            descend(self.optimizers["adam"], self.config, error.square().mean(), progress=0)

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
        small = math.prod(cost.shape) <= self.config.held_entries
        held = features.shape[1] >= HELD_FEATURES and small
        return TransportProblem(
            cost=cost.held() if held else cost,
            log_p=self.log_p,
            eps=self.config.eps,
            relaxation=self.config.relaxation or math.inf,
            block_entries=self.config.block_entries,
        )

    def _decoder_steps(
        self, z: Tensor, statistics: Tensor, temperature: float | None, progress: float
    ) -> Tensor:
        """Adam on the mean cost of latents against features, shapes ``(k, .)``; the mean loss.

        The features are the mean ones of each draw under the coupling, or those of one datum.
        """
        config, total = self.config, z.new_zeros(())
        for chosen in batches(len(z), config.batch_size, config.decoder_steps, self.generator):
            coefficients = self._coefficients(z[chosen], temperature)
            loss = (coefficients * statistics[chosen]).sum(1).mean()
            descend(self.optimizers["adam"], config, loss, progress)
            total += loss.detach()
        return total / config.decoder_steps

    @torch.no_grad()
    def finish(self) -> dict[str, float]:
        """Solve for the potential of the trained decoder on the pool that carries the posterior."""
        pool = self.prior.sobol(self.config.posterior_pool, self.generator)
        self.pool = pool.to(self.x.device)
        transport = self._transport(self.pool, self.features)
        output = self._last_solve(transport)
        self.v, self.u = output.v, output.u
        return {"marginal_error": output.errors[-1], "solver_steps": float(output.num_steps)}

    def _last_solve(self, transport: TransportProblem) -> Output:
        config = self.config
        if self.potentials:
            coefficients = self._coefficients(self.pool, None)
            solver = self._neural_dual(config.posterior_updates, coefficients)
            return solver.solve(transport, self.v, coefficients, self.features)
        return Anderson(
            depth=config.posterior_depth,
            max_steps=config.posterior_updates,
            tolerance=config.tolerance,
        ).solve(transport, self.v)

    def _posterior(self) -> Reweighting:
        coefficients = self.likelihood.coefficients(self.decode(self.pool))
        return Reweighting(z=self.pool, u=self.u, coefficients=coefficients, eps=self.config.eps)

    def sample_posterior(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """One draw z ~ q(z|x) for each datum, ``(b, d)`` to ``(b, latent_dim)``."""
        chosen = self._posterior().draw(self.likelihood.features(x), 1, generator)
        return self.pool[chosen.squeeze(1)]

    def posterior_mean(self, x: Tensor) -> Tensor:
        """E[z|x] under q, ``(b, d)`` to ``(b, latent_dim)``."""
        return self._posterior().mean(self.likelihood.features(x))

    def posterior_log_densities(self, x: Tensor, z: Tensor) -> Tensor:
        """Log-density in nats of q(z|x_i) of data ``(n, d)`` at ``(m, latent_dim)``: ``(m, n)``."""
        eps, features = self.config.eps, self.likelihood.features(x)
        coefficients = self._posterior().coefficients
        v = potential_of_data(self.u, coefficients @ features.T, eps)
        cost = self._coefficients(z, None) @ features.T
        scores = (self._potential_at(z)[:, None] + v - cost) / eps
        return self.prior.log_prob(z)[:, None] + scores

    def _potential_at(self, z: Tensor) -> Tensor:
        """u(z) of any latents, shape ``(g,)``; its constant is that of the pool's potential."""
        if self.potentials:
            values: Tensor = self.potentials.u(
                self._coefficients(torch.cat([self.pool[:1], z]), None)
            )
            return values[1:] - values[:1] + self.u[:1]
        u = soft_c_transform(self.v, self._transport(z, self.features))
        if not self.config.relaxation:
            return u
        first = soft_c_transform(self.v, self._transport(self.pool[:1], self.features))
        share = self.config.relaxation / (self.config.relaxation + self.config.eps)
        return share * (u - first) + self.u[:1]
