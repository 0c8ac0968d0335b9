"""The dual with neural potentials (Seguy et al. 2018, paper eq. 16)."""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from coupled_vae.science.batches import batches
from coupled_vae.science.transport.semi_dual import (
    Output,
    Problem,
    error_of,
    soft_c_transform,
    sweep,
    update,
    weighted_mean,
)


@dataclass(frozen=True, kw_only=True)
class NeuralDual:
    r"""Ascend the dual in a network u(z).

    For a v on the data, eq. 16 is separable in u,

    .. math:: E_z [u(z) - \varepsilon \exp((u(z) - v^{c,\varepsilon}(z)) / \varepsilon)] + E_x v(x),

    so its gradient in the network needs one pass over the cost, that of the c-transform. For a
    given u the exact best v takes one more pass. A round takes ``steps`` steps of the network and
    then that pass. Where u exceeds the c-transform by more than eps, the exponential is replaced
    by its Taylor polynomial of degree two: the objective stays concave, keeps its maximum and
    cannot overflow.

    v may be a network too, as in Seguy et al. The dual is separable in v in the same way: the
    network then takes as many steps towards the exact v. It has a value for unseen data as well.

    z and x are the inputs of the networks. For a ``Potential`` these are the cost's coordinates.

    Attributes:
        potential: u(z), a network from ``(b, dim)`` to ``(b,)``, changed in place.
        data_potential: v(x), a second network; with None, v is a free number for every datum.
        optimizer: Optimizer of the parameters of both networks.
        generator: Picks the draws, or data, of a step.
        steps: Steps of each network in a round.
        batch_size: Draws, or data, in a step.
        rounds: Largest number of rounds.
        tolerance: Marginal error at which to stop, tested after every round.
    """

    potential: nn.Module
    data_potential: nn.Module | None = None
    optimizer: torch.optim.Optimizer
    generator: torch.Generator
    steps: int
    batch_size: int
    rounds: int = 1
    tolerance: float = 0.0

    def solve(self, problem: Problem, v: Tensor, z: Tensor, x: Tensor | None = None) -> Output:
        """Ascend from the network's present parameters, by steps that fall to zero.

        Args:
            problem: A balanced problem with draws of equal weight.
            v: Potential on the data to start from, shape ``(n,)``.
            z: The network's input for the draws, shape ``(m, dim)``.
            x: The input of ``data_potential`` for the data, shape ``(n, d)``.

        Returns:
            u is the values of the network. v is exact for this u, or the values of the second
            network. The errors are those of this v, so they measure how far u is from the
            c-transform of v.

        Raises:
            ValueError: The problem is relaxed, its draws have unequal weights, or ``x`` is missing.
        """
        if problem.relaxation != math.inf or problem.log_q is not None:
            raise ValueError("the neural dual needs a balanced problem and draws of equal weight")
        if self.data_potential and x is None:
            raise ValueError("a network for v(x) needs the data x")
        errors, u = [error_of(v, problem)], values_of(self.potential, z)
        rates = [group["lr"] for group in self.optimizer.param_groups]
        while errors[-1] > self.tolerance and len(errors) <= self.rounds:
            self._set_rates([rate * (1 - (len(errors) - 1) / self.rounds) for rate in rates])
            v, u = self.round(problem, v, z, x)
            errors.append(error_of(v, problem))
        self._set_rates(rates)
        v = v - weighted_mean(v, problem)
        return Output(
            v=v,
            # A constant added to u is free; this one fits the v of mean zero.
            u=u + (soft_c_transform(v, problem) - u).mean(),
            errors=errors,
            num_steps=(len(errors) - 1) * self.steps,
            converged=errors[-1] <= self.tolerance,
        )

    def round(
        self, problem: Problem, v: Tensor, z: Tensor, x: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Fit the network to v's c-transform; returns the best v for it, and the network's values.

        Shapes are ``(n,)`` and ``(m,)``.
        """
        target = soft_c_transform(v, problem)
        u = self._fit(self.potential, z, target, torch.ones_like(target), problem.eps)
        # With draws weighted by exp((u - target) / eps), u is the latent potential of v. So the
        # update of the fixed point gives the exact best v for u.
        answered = replace(problem, log_q=torch.log_softmax((u - target) / problem.eps, dim=0))
        share, _ = sweep(v, answered, v.new_empty(len(v), 0))
        v = update(v, share, answered)
        if self.data_potential:
            assert x is not None
            weights = len(x) * problem.log_p.exp()
            v = self._fit(self.data_potential, x, v, weights, problem.eps)
        return v, u

    def _set_rates(self, rates: list[float]) -> None:
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate

    def _fit(
        self, network: nn.Module, inputs: Tensor, best: Tensor, weights: Tensor, eps: float
    ) -> Tensor:
        """Adam steps on the dual, which is largest at ``best``; returns the network's values."""
        with torch.enable_grad():
            for chosen in batches(len(inputs), self.batch_size, self.steps, self.generator):
                excess = (network(inputs[chosen]) - best[chosen]) / eps
                loss = (weights[chosen] * (_exponential(excess) - excess)).mean()
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
        return values_of(network, inputs)


@torch.no_grad()
def values_of(network: nn.Module, inputs: Tensor) -> Tensor:
    """A network's values without a gradient, shape ``(b,)``."""
    values: Tensor = network(inputs)
    return values


def _exponential(x: Tensor) -> Tensor:
    beyond = (x - 1).clamp_min(0)
    return torch.exp(x.clamp_max(1)) * (1 + beyond + 0.5 * beyond.square())
