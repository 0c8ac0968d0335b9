r"""Anderson acceleration of the semi-dual's fixed point (Anderson 1965; Walker & Ni 2011)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from coupled_vae.science.transport.semi_dual import (
    Output,
    Problem,
    latent_potential,
    marginal_error,
    sweep,
    update,
)

RESTART = 2.0  # as a multiple of the smallest error so far
RIDGE = 1e-8  # as a share of the trace


@dataclass(frozen=True, kw_only=True)
class Anderson:
    """Solve the semi-dual on a pool to a small marginal error.

    The residual of a potential is the step that a plain update takes from it. Where the cost
    varies much more than eps, plain updates repeat nearly the same small step. The next potential
    is therefore a combination of the last ones: the one whose residual would be the smallest if
    residuals were linear in the potential. The combination may overshoot. So the best potential
    so far is kept, and the iteration restarts from it when the error exceeds ``RESTART`` times the
    best error.

    Attributes:
        depth: Number of earlier differences that are combined; zero is the plain iteration.
        max_steps: Largest number of updates.
        tolerance: Marginal error at which to stop.
    """

    depth: int
    max_steps: int
    tolerance: float

    def solve(self, problem: Problem, v: Tensor) -> Output:
        """Iterate from the potential ``v``, shape ``(n,)``; the output has the best one found.

        ``errors`` of the output has the error of the best potential so far, after every update.
        """
        weights, nothing = problem.log_p.exp(), v.new_empty(len(v), 0)
        best, best_share = v, sweep(v, problem, nothing)[0]
        errors = [float(marginal_error(best_share, problem.log_p))]
        share = best_share
        points, residuals = list[Tensor](), list[Tensor]()
        while errors[-1] > self.tolerance and len(errors) <= self.max_steps:
            points = [*points, v][-self.depth - 1 :]
            residuals = [*residuals, update(v, share, problem) - v][-self.depth - 1 :]
            v = _combine(points, residuals, weights)
            share, _ = sweep(v, problem, nothing)
            error = float(marginal_error(share, problem.log_p))
            if error < errors[-1]:
                best, best_share = v, share
            elif not error <= RESTART * errors[-1]:
                v, share, points, residuals = best, best_share, [], []
            errors.append(min(error, errors[-1]))
        best = best - (weights * best).sum()
        return Output(
            v=best,
            u=latent_potential(best, problem),
            errors=errors,
            num_steps=len(errors) - 1,
            converged=errors[-1] <= self.tolerance,
        )


def _combine(points: list[Tensor], residuals: list[Tensor], weights: Tensor) -> Tensor:
    """One update from the combination with the least weighted residual, shape ``(n,)``."""
    plain = points[-1] + residuals[-1]
    if len(points) == 1:
        return plain
    # float64: the normal equations square the differences.
    steps = torch.stack(points).double().diff(dim=0)
    turns = torch.stack(residuals).double().diff(dim=0)
    gram = (turns * weights) @ turns.T
    gram += RIDGE * gram.trace() * torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
    share: Tensor = torch.linalg.lstsq(gram, (turns * weights) @ residuals[-1].double()).solution
    return plain - ((steps + turns).T @ share).to(plain.dtype)
