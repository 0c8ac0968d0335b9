"""Sinkhorn's iteration in the log domain, for discrete priors; unbalanced for eq. 14."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from coupled_vae.science.transport.semi_dual import Output, Problem


@dataclass(frozen=True, kw_only=True)
class Sinkhorn:
    r"""Update both potentials in turn on the whole cost matrix (Cuturi 2013; Chizat et al. 2018).

    .. math:: u_b = -\frac{\lambda\varepsilon}{\lambda + \varepsilon} \log \sum_i p_i
              \exp((v_i - C_{bi}) / \varepsilon), \qquad
              v_i = -\varepsilon \log \sum_b q_b \exp((u_b - C_{bi}) / \varepsilon)

    With a categorical prior both sides are discrete, and the solution is exact. In the balanced
    problem the iterates are those of ``FixedPoint``, which eliminates u and stores no matrix. In
    the relaxed problem the plan's total mass converges to one only by the factor
    lambda / (lambda + eps) per update; ``FixedPoint`` keeps it at one.

    Attributes:
        max_steps: Largest number of updates of both potentials.
        tolerance: Marginal error on the data at which to stop; it includes an error of the plan's
            total mass.
    """

    max_steps: int
    tolerance: float

    def solve(self, problem: Problem, v: Tensor) -> Output:
        """Iterate from the potential ``v``, shape ``(n,)``.

        The output's potentials give the plan ``p_i exp((u_b + v_i - C_bi) / eps) / m``, as those of
        the other solvers. v is not shifted to mean zero: in the relaxed problem its constant is not
        free.
        """
        num_draws, num_data = problem.cost.shape
        eps, log_p = problem.eps, problem.log_p
        buffer = v.new_empty(num_draws, num_data, dtype=problem.cost.dtype)
        kernel = problem.cost.scores(slice(0, num_draws), torch.zeros_like(v), eps, buffer)
        log_q = problem.log_q
        if log_q is None:
            log_q = torch.full_like(kernel[:, 0], -math.log(num_draws))
        share = 1.0
        if problem.relaxation < math.inf:
            share = problem.relaxation / (problem.relaxation + eps)
        errors, weights = list[float](), log_p.exp()
        while True:
            u = -share * eps * torch.logsumexp(kernel + (v / eps + log_p), dim=1)
            new = -eps * torch.logsumexp(kernel + (u / eps + log_q)[:, None], dim=0)
            # Data marginal of the plan with u and the old v, compared with the weights.
            errors.append(float((torch.exp(log_p + (v - new) / eps) - weights).abs().sum()))
            if errors[-1] <= self.tolerance or len(errors) > self.max_steps:
                break
            v = new
        return Output(
            v=v,
            u=u + eps * (log_q + math.log(num_draws)),
            errors=errors,
            num_steps=len(errors) - 1,
            converged=errors[-1] <= self.tolerance,
        )
