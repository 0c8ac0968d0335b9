"""Two ways to solve for the coupling on a pool: free potentials, or networks as potentials."""

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
        coefficients: Coefficients of the cost on the data's features, shape ``(m, k)``.
        transport: The transport problem between the draws and the data.
    """

    z: Tensor
    coefficients: Tensor
    transport: Problem


@dataclass(frozen=True, kw_only=True)
class Solved:
    """The result of the last solve.

    Attributes:
        z: The pool's draws, shape ``(m, latent_dim)``.
        u: Potential on the draws, shape ``(m,)``.
        v: Potential on the data, shape ``(n,)``.
        phase: The phase at the end of training.
    """

    z: Tensor
    u: Tensor
    v: Tensor
    phase: Phase


class Decoder(Protocol):
    """Gives the cost of any latents against the data."""

    def coefficients(self, z: Tensor, phase: Phase) -> Tensor:
        """Coefficients of the cost on the features, ``(b, latent_dim)`` to ``(b, k)``."""

    def against_data(self, z: Tensor, phase: Phase) -> Pool:
        """The pool of these latents and the transport problem between them and all data."""


class Dual(Protocol):
    """Solves for the potentials."""

    def optimizers(self) -> dict[str, Optimizer]:
        """New optimizers of the potentials' networks, by name."""

    def solve(self, pool: Pool, v: Tensor, updates: int, scaling: float) -> Tensor:
        """``updates`` updates of v, shape ``(n,)``, the first at strength ``scaling`` times eps."""

    def solve_to_the_end(self, pool: Pool, v: Tensor) -> Output:
        """Updates until the tolerance is met, on the pool of the trained model's posterior."""

    def potential(self, pool: Pool, v: Tensor) -> Tensor:
        """Potential u of the pool's draws for a given v, shape ``(m,)``."""

    def potential_at(self, z: Tensor, solved: Solved, decoder: Decoder) -> Tensor:
        """Potential u at any latents, shape ``(b,)``; the free constant is that of the pool."""


@dataclass(frozen=True)
class SemiDual:
    """A free number for every datum (eq. 17); u is its soft c-transform."""

    config: CouplingConfig

    def optimizers(self) -> dict[str, Optimizer]:
        """No optimizers: v is not a network."""
        return {}

    def solve(self, pool: Pool, v: Tensor, updates: int, scaling: float) -> Tensor:
        """One round of the fixed point; its strength falls from ``scaling`` times eps to eps."""
        return FixedPoint(steps=updates, scaling=scaling).round(pool.transport, v)

    def solve_to_the_end(self, pool: Pool, v: Tensor) -> Output:
        """Solve with Anderson acceleration."""
        own = self.config
        return Anderson(
            depth=own.posterior_depth, max_steps=own.posterior_updates, tolerance=own.tolerance
        ).solve(pool.transport, v)

    def potential(self, pool: Pool, v: Tensor) -> Tensor:
        """The c-transform of v, the draws' log-weights included."""
        return latent_potential(v, pool.transport)

    def potential_at(self, z: Tensor, solved: Solved, decoder: Decoder) -> Tensor:
        """The c-transform of v; in the relaxed problem lambda / (lambda + eps) times it."""
        u = soft_c_transform(solved.v, decoder.against_data(z, solved.phase).transport)
        if not self.config.relaxation:
            return u
        one = decoder.against_data(solved.z[:1], solved.phase)
        first = soft_c_transform(solved.v, one.transport)
        share = self.config.relaxation / (self.config.relaxation + self.config.eps)
        return share * (u - first) + solved.u[:1]


@dataclass
class Neural:
    """A network for u(z), and a second one for v(x) with ``network.both`` (eq. 16).

    Attributes:
        config: The alternation's arguments.
        network: The networks' arguments.
        potentials: The networks, changed in place.
        features: Features of the data, shape ``(n, k)``.
        generator: Picks the draws, or data, of a step.
    """

    config: CouplingConfig
    network: NetworkConfig
    potentials: Potentials
    features: Tensor
    generator: torch.Generator
    adam: Optimizer | None = field(default=None, init=False)

    def optimizers(self) -> dict[str, Optimizer]:
        """One optimizer for the parameters of all networks."""
        rate = self.network.learning_rate
        self.adam = Adam(self.potentials.parameters(), lr=rate, fused=True)
        return {"potentials": self.adam}

    def solve(self, pool: Pool, v: Tensor, updates: int, scaling: float) -> Tensor:
        """``updates`` rounds from reset networks; ``scaling`` has no effect."""
        solver = self._solver(pool, v, updates)
        for _ in range(updates):
            v, _ = solver.round(pool.transport, v, pool.coefficients, self.features)
        return v

    def solve_to_the_end(self, pool: Pool, v: Tensor) -> Output:
        """Solve with step sizes that fall to zero."""
        solver = self._solver(pool, v, self.config.posterior_updates)
        return solver.solve(pool.transport, v, pool.coefficients, self.features)

    def potential(self, pool: Pool, v: Tensor) -> Tensor:
        """The network's values."""
        values: Tensor = self.potentials.u(pool.coefficients)
        return values

    def potential_at(self, z: Tensor, solved: Solved, decoder: Decoder) -> Tensor:
        """The network's values, shifted so that the first draw of the pool keeps its potential."""
        both = torch.cat([solved.z[:1], z])
        values: Tensor = self.potentials.u(decoder.coefficients(both, solved.phase))
        return values[1:] - values[:1] + solved.u[:1]

    def _solver(self, pool: Pool, v: Tensor, rounds: int) -> NeuralDual:
        """The solver, with networks reset for the present decoder."""
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
