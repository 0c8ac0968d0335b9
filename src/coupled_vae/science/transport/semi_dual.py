r"""The semi-dual of entropic optimal transport, on a pool of prior draws (paper eq. 17, 18).

The pool z_1..z_m represents the prior; the data have weights p_i. The semi-dual objective

.. math:: H(v) = \sum_i p_i v_i + \frac1m \sum_b u_b, \qquad
          u_b = -\varepsilon \log \sum_i p_i \exp((v_i - C_{bi}) / \varepsilon)

is concave in v and invariant to adding a constant to it.

The latent marginal q need not be the prior. Relaxed by :math:`\lambda KL(q(z) || p(z))` (eq. 14),
and with u eliminated in the same way, the optimal q reweights the draws,

.. math:: H_\lambda(v) = \sum_i p_i v_i - (\lambda + \varepsilon)
              \log \frac1m \sum_b \exp(-u_b / (\lambda + \varepsilon)), \qquad
          q_b \propto \exp(-u_b / (\lambda + \varepsilon)),

which tends to H as lambda grows. At lambda = 0 the marginal q is free; for eps = 1 the posterior
is then that of Bayes' theorem.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from coupled_vae.science.transport.cost import Cost

BLOCK_ENTRIES = 2**18


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One entropic transport problem.

    Attributes:
        cost: ``C[b, i] = -log p(x_i | z_b)`` in nats, m prior draws by n data.
        log_p: Log-weights of the data, shape ``(n,)``; ``-inf`` is a datum of weight zero.
        eps: Entropic strength, positive.
        log_q: Log-weights of the draws, shape ``(m,)``; equal if None.
        relaxation: lambda of eq. 14, zero or more; infinite where the latent marginal is fixed.
        block_entries: Entries of the cost in memory at once, which bounds the memory of a pass.
    """

    cost: Cost
    log_p: Tensor
    eps: float
    log_q: Tensor | None = None
    relaxation: float = math.inf
    block_entries: int = BLOCK_ENTRIES


@dataclass(frozen=True, kw_only=True)
class Output:
    """The result of a solver.

    Attributes:
        v: Potential on the data, shape ``(n,)``, of p-weighted mean zero.
        u: Potential on the draws, their log-weights included: ``latent_potential``, shape ``(m,)``.
        errors: Marginal error at the start and after every round.
        num_steps: Number of updates.
        converged: Whether the last error is at most the solver's tolerance.
    """

    v: Tensor
    u: Tensor
    errors: list[float]
    num_steps: int
    converged: bool


def soft_c_transform(v: Tensor, problem: Problem) -> Tensor:
    r"""Latent potential u = v^{c,eps} (paper eq. 11, 18).

    .. math:: u_b = -\varepsilon \log \sum_i p_i \exp((v_i - C_{bi}) / \varepsilon)

    Args:
        v: Potential on the data, shape ``(n,)``; defined up to a constant.
        problem: Cost, weights and entropic strength.

    Returns:
        Potential on the prior draws, shape ``(m,)``.
    """
    u = torch.cat([_logsumexp(scores) for _, scores in _blocks(v, problem)])
    return -problem.eps * u


def potential_of_data(u: Tensor, cost: Tensor, eps: float) -> Tensor:
    r"""Potential of any data, seen or unseen, from the pool's potential (paper eq. 9, 11).

    .. math:: v_i = -\varepsilon \log \frac1m \sum_b \exp((u_b - C_{bi}) / \varepsilon)

    Args:
        u: Potential on the prior draws, shape ``(m,)``.
        cost: Cost of the pool against these data, shape ``(m, k)``.
        eps: Entropic strength, positive.

    Returns:
        Potential of each datum, shape ``(k,)``.
    """
    return -eps * (torch.logsumexp((u[:, None] - cost) / eps, dim=0) - math.log(len(u)))


def latent_weights(u: Tensor, problem: Problem) -> Tensor:
    """Weights of the draws under the latent marginal of the plan, of mean one, shape ``(m,)``.

    Args:
        u: The soft c-transform of a potential, shape ``(m,)``.
        problem: The transport problem; ``log_q`` and ``relaxation`` determine the weights.
    """
    if not _weighs(problem):
        return torch.ones_like(u)
    return len(u) * torch.softmax(_log_weights(u, problem), dim=0)


def _weighs(problem: Problem) -> bool:
    """Whether the plan may give its draws unequal weights."""
    return problem.log_q is not None or problem.relaxation < math.inf


def _log_weights(u: Tensor, problem: Problem) -> Tensor:
    """Log-weights of the draws up to a constant, shape ``(m,)``."""
    scores = torch.zeros_like(u) if problem.log_q is None else problem.log_q
    if problem.relaxation < math.inf:
        scores = scores - u / (problem.relaxation + problem.eps)
    return scores


def latent_potential(v: Tensor, problem: Problem) -> Tensor:
    r"""The potential u of eq. 12, the draws' log-weights included, shape ``(m,)``.

    The plan is then :math:`\pi(x_i, z_b) = \frac{p_i}{m} \exp((u_b + v_i - C_{bi}) / \varepsilon)`
    for any weights of the draws. With equal weights u is the soft c-transform. In the relaxed
    problem it is :math:`\lambda / (\lambda + \varepsilon)` times the soft c-transform, plus a
    constant.
    """
    u = soft_c_transform(v, problem)
    if not _weighs(problem):
        return u
    # Not the log of ``latent_weights``: the smallest of these weights underflow to zero.
    log_weights = torch.log_softmax(_log_weights(u, problem), dim=0) + math.log(len(u))
    return u + problem.eps * log_weights


def responsibilities(v: Tensor, problem: Problem) -> Tensor:
    r"""chi_i(z_b), the share of draw b that the plan sends to datum i (Prop. 3.2).

    Returns:
        The whole matrix, shape ``(m, n)``; its rows sum to one. ``sweep`` needs no such matrix.
    """
    return torch.cat([torch.softmax(scores, dim=1) for _, scores in _blocks(v, problem)])


def sweep(v: Tensor, problem: Problem, features: Tensor) -> tuple[Tensor, Tensor]:
    r"""One pass over the plan, block by block.

    Args:
        v: Potential on the data, shape ``(n,)``.
        problem: Cost, weights and entropic strength.
        features: Statistics of the data to average, shape ``(n, k)``; k may be zero.

    Returns:
        The share of each datum, :math:`\bar\chi_i`, shape ``(n,)``, and the mean features of each
        draw, :math:`\sum_i \chi_i(z_b) f_i`, times the draw's weight, shape ``(m, k)``.
    """
    num_draws, num_data = problem.cost.shape
    weights = _weights(v, problem)
    share = v.new_zeros(num_data)
    means = v.new_empty(num_draws, features.shape[1])
    chi = v.new_empty(0)
    for rows, scores in _blocks(v, problem):
        # softmax and not exp of a difference: on a CPU the latter gives slow denormal numbers.
        if chi.shape != scores.shape:
            chi = torch.empty_like(scores)
        torch.softmax(scores, dim=1, out=chi)
        share += weights[rows] @ chi
        torch.mm(chi, features, out=means[rows])
    if _weighs(problem):
        means *= weights[:, None]
    return share / num_draws, means


def _blocks(v: Tensor, problem: Problem) -> Iterator[tuple[slice, Tensor]]:
    """Scores (v - C) / eps + log p of consecutive draws; the buffer is reused by the next block."""
    num_draws, num_data = problem.cost.shape
    size = min(num_draws, max(1, problem.block_entries // num_data))
    buffer = v.new_empty(size, num_data, dtype=problem.cost.dtype)
    bias = v / problem.eps + problem.log_p
    for start in range(0, num_draws, size):
        rows = slice(start, min(start + size, num_draws))
        yield rows, problem.cost.scores(rows, bias, problem.eps, buffer[: rows.stop - start])


def _weights(v: Tensor, problem: Problem) -> Tensor:
    """``latent_weights`` at a potential v; the balanced problem needs no pass over the cost."""
    if problem.relaxation == math.inf:
        return latent_weights(v.new_empty(problem.cost.shape[0]), problem)
    return latent_weights(soft_c_transform(v, problem), problem)


def _logsumexp(scores: Tensor) -> Tensor:
    """Log-sum-exp of each row, from its largest entry and the softmax of that entry.

    ``torch.logsumexp`` takes exp of differences. On a CPU this gives denormal numbers and is ten
    times slower than softmax.
    """
    top, where = scores.max(dim=1)
    return top - torch.softmax(scores, dim=1).gather(1, where[:, None]).squeeze(1).log()


def marginal_error(share: Tensor, log_p: Tensor) -> Tensor:
    r"""Total violation of the data marginal, :math:`\sum_i |\bar\chi_i - p_i|`.

    Args:
        share: Mean responsibility of each datum over the pool, shape ``(n,)``.
        log_p: Log-weights of the data, shape ``(n,)``.
    """
    return (share - log_p.exp()).abs().sum()


def error_of(v: Tensor, problem: Problem) -> float:
    """Marginal error of a potential, shape ``(n,)``; it is zero at the optimum."""
    share, _ = sweep(v, problem, v.new_empty(len(v), 0))
    return float(marginal_error(share, problem.log_p))


def objective(v: Tensor, problem: Problem) -> Tensor:
    """H(v), the semi-dual value of eq. 18 in nats, or of the relaxed eq. 14; a scalar.

    The relaxed value includes all constants: at the optimal v it equals the optimum of eq. 14.
    """
    u, data = soft_c_transform(v, problem), weighted_mean(v, problem)
    if problem.relaxation == math.inf:
        return data + (latent_weights(u, problem) * u).mean()
    strength = problem.relaxation + problem.eps
    log_q = torch.zeros_like(u) - math.log(len(u)) if problem.log_q is None else problem.log_q
    return data - strength * torch.logsumexp(log_q - u / strength, dim=0)


def update(v: Tensor, share: Tensor, problem: Problem) -> Tensor:
    r"""One step of the fixed point :math:`v_i \mathrel{-}= \varepsilon \log(\bar\chi_i / p_i)`.

    Args:
        v: Potential at which ``share`` was taken, shape ``(n,)``.
        share: Mean responsibility of each datum over the pool, shape ``(n,)``.
        problem: Cost, weights and entropic strength.

    Returns:
        The next potential, of p-weighted mean zero, shape ``(n,)``.
    """
    log_p, eps = problem.log_p, problem.eps
    # Where a share underflows its logarithm is useless: compute those columns in the log domain.
    # Data of weight zero are computed so too, since their ratio is 0 / 0.
    lost = share < torch.finfo(share.dtype).tiny / torch.finfo(share.dtype).eps
    new = v - eps * (share.log() - log_p)
    if bool(lost.any()):
        u = latent_potential(v, problem)
        size = max(1, problem.block_entries // len(u))
        for chosen in torch.split(lost.nonzero().squeeze(1), size):
            new[chosen] = potential_of_data(u, problem.cost.columns(chosen), eps)
    return new - weighted_mean(new, problem)


@dataclass(frozen=True, kw_only=True)
class FixedPoint:
    r"""Solve the semi-dual by its fixed point on the pool.

    At the optimum the gradient :math:`p_i - \bar\chi_i` vanishes, so v is a fixed point of
    ``update``. One update is one full round of Sinkhorn on the pool, with the latent side
    eliminated, and never lowers H.

    Where the cost varies much more than eps, groups of data exchange mass only at the few draws
    that they share. A plain update then changes the potential of a group by no more than ``eps``
    times a log-ratio. Rounds of falling strength converge faster: the k-th of ``steps`` updates
    uses ``eps * scaling**(1 - k / (steps - 1))``, so the first updates move whole groups and the
    last one works at eps (epsilon scaling; Schmitzer 2019, Peyre & Cuturi 2019, section 4.1).

    Attributes:
        steps: Updates in a round.
        scaling: Strength of a round's first update, in units of eps; 1 is the plain iteration.
        max_rounds: Largest number of rounds.
        tolerance: Marginal error at which to stop, tested at strength eps after every round.
    """

    steps: int
    scaling: float
    max_rounds: int = 1
    tolerance: float = 0.0

    def solve(self, problem: Problem, v: Tensor) -> Output:
        """Iterate from the potential ``v``, shape ``(n,)``."""
        errors = [error_of(v, problem)]
        while errors[-1] > self.tolerance and len(errors) <= self.max_rounds:
            v = self.round(problem, v)
            errors.append(error_of(v, problem))
        v = v - weighted_mean(v, problem)
        return Output(
            v=v,
            u=latent_potential(v, problem),
            errors=errors,
            num_steps=(len(errors) - 1) * self.steps,
            converged=errors[-1] <= self.tolerance,
        )

    def round(self, problem: Problem, v: Tensor) -> Tensor:
        """One round of updates from ``v`` at any error; shape ``(n,)``."""
        nothing = v.new_empty(len(v), 0)
        for k in range(self.steps):
            power = 1 - k / (self.steps - 1) if self.steps > 1 else 0.0
            scaled = replace(problem, eps=problem.eps * self.scaling**power)
            v = update(v, sweep(v, scaled, nothing)[0], scaled)
        return v


def weighted_mean(v: Tensor, problem: Problem) -> Tensor:
    """E_p[v], the free constant of a potential; a scalar."""
    return (problem.log_p.exp() * v).sum()
