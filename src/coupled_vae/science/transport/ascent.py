"""Averaged stochastic ascent of the semi-dual (Genevay et al. 2016, Algorithm 2), as the paper."""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from coupled_vae.science.transport.semi_dual import (
    Output,
    Problem,
    error_of,
    latent_potential,
    sweep,
)

CHECKS = 20  # how often a solve computes the error


@dataclass(frozen=True, kw_only=True)
class Ascent:
    r"""Stochastic gradient ascent on H, by batches of draws, with averaged potentials.

    .. math:: v^{(k+1)}_i = v^{(k)}_i + \frac{s\, n\, \varepsilon}{\sqrt{k+1}}
              (p_i - \bar\chi_i), \qquad k = 0, 1, \dots

    The result is the mean of the last half of the iterates: the first half still depends on the
    start (suffix averaging; Rakhlin et al. 2012). The whole pool is used only to compute the
    error, so a step works with fresh draws of the prior as well.

    Attributes:
        step: s, without unit: the first step in units of n eps.
        batch_size: Draws in a step.
        max_steps: Largest number of steps.
        tolerance: Marginal error on the whole pool at which to stop, tested twenty times.
    """

    step: float
    batch_size: int
    max_steps: int
    tolerance: float

    def solve(self, problem: Problem, v: Tensor, generator: torch.Generator) -> Output:
        """Ascend from the potential ``v``, shape ``(n,)``, on draws that ``generator`` picks.

        Raises:
            ValueError: The problem is relaxed: its weights of the draws need all draws at once.
        """
        if problem.relaxation != math.inf:
            raise ValueError("ascent needs a balanced problem; use FixedPoint or Sinkhorn")
        weights, nothing = problem.log_p.exp(), v.new_empty(len(v), 0)
        chances = _chances(problem)
        every, mean, averaged = -(-self.max_steps // CHECKS), v, 0
        errors, done = [error_of(v, problem)], 0
        while errors[-1] > self.tolerance and done < self.max_steps:
            chosen = torch.multinomial(
                chances, self.batch_size, replacement=True, generator=generator
            )
            batch = replace(problem, cost=problem.cost.draws(chosen), log_q=None)
            rate = self.step * len(v) * problem.eps / math.sqrt(done + 1)
            v = v + rate * (weights - sweep(v, batch, nothing)[0])
            done += 1
            if 2 * done > self.max_steps:
                averaged += 1
                mean = torch.lerp(mean, v, 1 / averaged)
            if done % every == 0 or done == self.max_steps:
                errors.append(error_of(mean if averaged else v, problem))
        best = mean if averaged else v
        best = best - (weights * best).sum()
        return Output(
            v=best,
            u=latent_potential(best, problem),
            errors=errors,
            num_steps=done,
            converged=errors[-1] <= self.tolerance,
        )


def _chances(problem: Problem) -> Tensor:
    if problem.log_q is None:
        return torch.ones(problem.cost.shape[0])
    return problem.log_q.exp().cpu()  # the generator is on the CPU
