r"""Coupled VAE by the semi-dual or the dual, with either strategy (paper Algorithms 1 and 2).

One iteration takes a fresh pool of prior draws and alternates the paper's two steps on it: raise
H in v over all data until the coupling is nearly feasible, then train the decoder with the
coupling fixed. The Dual strategy (Algorithm 2) lowers H in theta by Prop. 3.2,

.. math:: \nabla_\theta H = E_z \sum_i \chi_i(z) \nabla_\theta C_i(z),

with the responsibilities held fixed. The Primal strategy (Algorithm 1) lowers the cost
:math:`E_x E_{q(z|x)} C` at draws from the posterior. There is no encoder: the posterior is the
reweighted prior of eq. 20, sampled by importance weights over a pool of prior draws.
"""

import math

import torch
from torch import Tensor
from torch.optim import Adam

from coupled_vae.config.problem import Problem
from coupled_vae.science.batches import batches
from coupled_vae.science.models._base import LatentVariableModel, descend
from coupled_vae.science.models._coupling import CouplingConfig
from coupled_vae.science.models._dual import Dual, Neural, Pool, SemiDual, Solved
from coupled_vae.science.models._phase import Phase, phase_at
from coupled_vae.science.models._reweighting import Reweighting
from coupled_vae.science.networks._base import initialise
from coupled_vae.science.transport import (
    Bilinear,
    Potentials,
    marginal_error,
    potential_of_data,
    sweep,
)
from coupled_vae.science.transport import Problem as TransportProblem

HELD_FEATURES = 32  # from so many features on, a stored cost is faster than computing it again


class Config(CouplingConfig):
    """The alternation's arguments."""


class Model(LatentVariableModel):
    """Decoder and dual potential, which together determine the posterior.

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
        self.potentials: Potentials | None = None
        self.dual: Dual = SemiDual(config)
        if own := config.network:
            self.potentials = Potentials(self.features, own.width, own.both, config.eps, generator)
            self.dual = Neural(config, own, self.potentials, self.features, generator)

    def prepare(self) -> None:
        """Build the optimizers of the decoder and of the networks for u and v."""
        adam = Adam(self.decoder.parameters(), lr=self.config.learning_rate, fused=True)
        self.optimizers = {"adam": adam, **self.dual.optimizers()}

    def iterate(self, iteration: int) -> dict[str, Tensor]:
        """One pool: solve for v, then take many cheap decoder steps at the solved coupling."""
        config, progress = self.config, iteration / self.num_iterations
        phase = phase_at(config, progress)
        if iteration == 0:
            self.fit_linear_map()
        z = self.prior.sobol(config.pool_size, self.generator).to(self.x.device)
        pool = self.against_data(z, phase)
        updates = config.updates if iteration else config.first_updates
        v = self.dual.solve(pool, self.v, updates, phase.scaling)
        if config.strategy == "dual":
            share, statistics = sweep(v, pool.transport, self.features)
            pairs = z, statistics
        else:
            share, _ = sweep(v, pool.transport, self.features[:, :0])
            pairs = self._posterior_pairs(pool, v)
        # A solution has noise from the finite pool, and without averaging this noise would grow
        # from pool to pool. So the pool uses v, but self.v is a running average of the solutions.
        self.v = torch.lerp(self.v, v, phase.memory)
        loss = self.decoder_steps(*pairs, phase, progress)
        return {"loss": loss, "marginal_error": marginal_error(share, self.log_p)}

    @torch.no_grad()
    def _posterior_pairs(self, pool: Pool, v: Tensor) -> tuple[Tensor, Tensor]:
        """Draws z ~ q(z|x) for all data and the features of each x: the targets of Algorithm 1.

        Every datum has equally many draws, together as many as the pool's decoder steps use.
        """
        posterior = Reweighting(
            z=pool.z,
            u=self.dual.potential(pool, v),
            coefficients=pool.coefficients,
            eps=self.config.eps,
        )
        used = self.config.decoder_steps * min(self.config.batch_size, len(pool.z))
        num = math.ceil(used / len(self.x))
        chosen = posterior.draw(self.features, num, self.generator)
        return pool.z[chosen.ravel()], self.features.repeat_interleave(num, dim=0)

    def fit_linear_map(self) -> None:
        """Start from a linear map, as the generative topographic map does (Bishop 1998).

        The first latent coordinates map to the data's leading principal components, scaled by their
        standard deviations. E[x|z] then has the data's mean, and the data's covariance within these
        components.
        """
        x = self.x.cpu()  # the signs of the axes are then the same on every device
        mean = x.mean(0)
        _, spread, axes = torch.linalg.svd(x - mean, full_matrices=False)
        rank = min(self.problem.latent_dim, len(axes))
        scaled = axes[:rank] * spread[:rank, None] / math.sqrt(len(x))
        mean, scaled = mean.to(self.x.device), scaled.to(self.x.device)
        for _ in range(self.config.linear_steps):
            z = self.prior.sample(self.config.batch_size, self.generator).to(self.x.device)
            error = self.likelihood.mean(self.decode(z)) - mean - z[:, :rank] @ scaled
            descend(self.optimizers["adam"], self.config, error.square().mean(), progress=0)

    def coefficients(self, z: Tensor, phase: Phase) -> Tensor:
        """Coefficients of the cost on the features, divided by the temperature: ``(b, k)``."""
        decoded = self.decode(z)
        return self.likelihood.coefficients(decoded, learned=phase.learned) / phase.temperature

    @torch.no_grad()
    def against_data(self, z: Tensor, phase: Phase) -> Pool:
        """The pool of the draws z, ``(m, latent_dim)``, with its transport problem to all data."""
        coefficients = self.coefficients(z, phase)
        cost = Bilinear(coefficients, self.features)
        small = math.prod(cost.shape) <= self.config.held_entries
        held = self.features.shape[1] >= HELD_FEATURES and small
        transport = TransportProblem(
            cost=cost.held() if held else cost,
            log_p=self.log_p,
            eps=self.config.eps,
            relaxation=self.config.relaxation or math.inf,
            block_entries=self.config.block_entries,
        )
        return Pool(z=z, coefficients=coefficients, transport=transport)

    def decoder_steps(self, z: Tensor, statistics: Tensor, phase: Phase, progress: float) -> Tensor:
        """Adam steps on the mean cost of latents against features; returns the mean loss.

        Args:
            z: Latents, shape ``(m, latent_dim)``.
            statistics: One row for each latent, shape ``(m, k)``: the mean features under the
                coupling (dual), or the features of one datum (primal).
            phase: The state of the anneal.
            progress: Share of training done.
        """
        config, total = self.config, z.new_zeros(())
        for chosen in batches(len(z), config.batch_size, config.decoder_steps, self.generator):
            coefficients = self.coefficients(z[chosen], phase)
            loss = (coefficients * statistics[chosen]).sum(1).mean()
            descend(self.optimizers["adam"], config, loss, progress)
            total += loss.detach()
        return total / config.decoder_steps

    @torch.no_grad()
    def finish(self) -> dict[str, float]:
        """Solve for the potentials of the trained decoder on a large pool, for the posterior."""
        pool = self.prior.sobol(self.config.posterior_pool, self.generator)
        self.pool = pool.to(self.x.device)
        output = self.dual.solve_to_the_end(self.against_data(self.pool, self._trained), self.v)
        self.v, self.u = output.v, output.u
        return {"marginal_error": output.errors[-1], "solver_steps": float(output.num_steps)}

    @property
    def _trained(self) -> Phase:
        return phase_at(self.config, 1)

    def _posterior(self) -> Reweighting:
        coefficients = self.coefficients(self.pool, self._trained)
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
        posterior, phase = self._posterior(), self._trained
        v = potential_of_data(self.u, posterior.coefficients @ features.T, eps)
        cost = self.coefficients(z, phase) @ features.T
        solved = Solved(z=self.pool, u=self.u, v=self.v, phase=phase)
        u = self.dual.potential_at(z, solved, self)
        return self.prior.log_prob(z)[:, None] + (u[:, None] + v - cost) / eps
