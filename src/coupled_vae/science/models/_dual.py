"""The two ways to solve for the coupling on a pool: free potentials, or networks for them."""

from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor
from torch.optim import Adam, Optimizer

from coupled_vae.science.models._coupling import CouplingConfig, NetworkConfig
from coupled_vae.science.models._phase import Phase
from coupled_vae.science.transport import (
    Anderson,
    FixedPoint,
    NeuralDual,
    Output,
    Potentials,
    Problem,
    latent_potential,
    soft_c_transform,
)


@dataclass(frozen=True, kw_only=True)
class Pool:
    """Draws of the prior under a decoder, against all data.

    Attributes:
        z: The draws, shape ``(m, latent_dim)``.
        coefficients: Of their cost on the features of data, shape ``(m, k)``.
        transport: The problem between them and the data.
    """

    z: Tensor
    coefficients: Tensor
    transport: Problem


@dataclass(frozen=True, kw_only=True)
class Solved:
    """What the last solve has left.

    Attributes:
        z: The draws that carry the posterior, shape ``(m, latent_dim)``.
        u: Their potential, shape ``(m,)``.
        v: That of the data, shape ``(n,)``.
        phase: Of the trained model.
    """

    z: Tensor
    u: Tensor
    v: Tensor
    phase: Phase


class Decoder(Protocol):
    """What tells the cost of any latents."""

    def coefficients(self, z: Tensor, phase: Phase) -> Tensor:
        """Of the cost on the features, ``(b, latent_dim)`` to ``(b, k)``."""

    def against_data(self, z: Tensor, phase: Phase) -> Pool:
        """The latents against all data."""


class Dual(Protocol):
    """Solves for the potentials."""

    def optimizers(self) -> dict[str, Optimizer]:
        """New ones of its own, by name."""

    def solve(self, pool: Pool, v: Tensor, updates: int, scaling: float) -> Tensor:
        """Some updates of v, shape ``(n,)``, the first ones stronger by ``scaling``."""

    def solve_to_the_end(self, pool: Pool, v: Tensor) -> Output:
        """Updates until the tolerance is met, on the pool that carries the posterior."""

    def potential(self, pool: Pool, v: Tensor) -> Tensor:
        """Potential u of the draws that goes with v, shape ``(m,)``."""

    def potential_at(self, z: Tensor, solved: Solved, decoder: Decoder) -> Tensor:
        """Potential u of any latents, shape ``(b,)``; its constant is that of the pool."""


@dataclass(frozen=True)
class SemiDual:
    """A free number for every datum (eq. 17); u is its soft c-transform."""

    config: CouplingConfig

    def optimizers(self) -> dict[str, Optimizer]:
        """None."""
        return {}

    def solve(self, pool: Pool, v: Tensor, updates: int, scaling: float) -> Tensor:
        """One round of the fixed point, its strength falling from ``scaling`` times eps."""
        return FixedPoint(steps=updates, scaling=scaling).round(pool.transport, v)

    def solve_to_the_end(self, pool: Pool, v: Tensor) -> Output:
        """By Anderson's acceleration."""
        own = self.config
        return Anderson(
            depth=own.posterior_depth, max_steps=own.posterior_updates, tolerance=own.tolerance
        ).solve(pool.transport, v)

    def potential(self, pool: Pool, v: Tensor) -> Tensor:
        """The c-transform of v, with the draws' weights in it."""
        return latent_potential(v, pool.transport)

    def potential_at(self, z: Tensor, solved: Solved, decoder: Decoder) -> Tensor:
        """The c-transform of v; relaxed, a share of it."""
        u = soft_c_transform(solved.v, decoder.against_data(z, solved.phase).transport)
        if not self.config.relaxation:
            return u
        one = decoder.against_data(solved.z[:1], solved.phase)
        first = soft_c_transform(solved.v, one.transport)
        share = self.config.relaxation / (self.config.relaxation + self.config.eps)
        return share * (u - first) + solved.u[:1]


@dataclass
class Neural:
    """A network for u(z), and one for v(x) if asked for (eq. 16).

    Attributes:
        config: The alternation's arguments.
        network: Those of the networks.
        potentials: The networks, changed in place.
        features: Of the data, shape ``(n, k)``.
        generator: Picks the draws, or data, of a step.
    """

    config: CouplingConfig
    network: NetworkConfig
    potentials: Potentials
    features: Tensor
    generator: torch.Generator
    adam: Optimizer | None = field(default=None, init=False)

    def optimizers(self) -> dict[str, Optimizer]:
        """One of both networks."""
        rate = self.network.learning_rate
        self.adam = Adam(self.potentials.parameters(), lr=rate, fused=True)
        return {"potentials": self.adam}

    def solve(self, pool: Pool, v: Tensor, updates: int, scaling: float) -> Tensor:
        """Rounds of the networks, begun anew; their steps are as long whatever ``scaling``."""
        solver = self._solver(pool, v, updates)
        for _ in range(updates):
            v, _ = solver.round(pool.transport, v, pool.coefficients, self.features)
        return v

    def solve_to_the_end(self, pool: Pool, v: Tensor) -> Output:
        """By steps that fall to zero."""
        solver = self._solver(pool, v, self.config.posterior_updates)
        return solver.solve(pool.transport, v, pool.coefficients, self.features)

    def potential(self, pool: Pool, v: Tensor) -> Tensor:
        """The network's own values."""
        values: Tensor = self.potentials.u(pool.coefficients)
        return values

    def potential_at(self, z: Tensor, solved: Solved, decoder: Decoder) -> Tensor:
        """The network's values, moved to the pool's constant."""
        both = torch.cat([solved.z[:1], z])
        values: Tensor = self.potentials.u(decoder.coefficients(both, solved.phase))
        return values[1:] - values[:1] + solved.u[:1]

    def _solver(self, pool: Pool, v: Tensor, rounds: int) -> NeuralDual:
        """The solver, its networks at the decoder as it is."""
        assert self.adam, "prepare has built it"
        self.potentials.follow(v, self.features, pool.coefficients)
        return NeuralDual(
            potential=self.potentials.u,
            data_potential=self.potentials.v,
            optimizer=self.adam,
            generator=self.generator,
            steps=self.network.steps,
            batch_size=self.network.batch_size,
            rounds=rounds,
            tolerance=self.config.tolerance,
        )
