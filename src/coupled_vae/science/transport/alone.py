r"""The transport by itself, on a cost of the caller's: what ``coupled_vae.transport`` is.

Rows b are draws of weights q_b, columns i are data of weights p_i. The problem is

.. math:: \min_\pi \sum_{bi} \pi_{bi} C_{bi} + \varepsilon KL(\pi \,|\, q \otimes p)

over plans with marginals q and p, and the solution is
:math:`\pi_{bi} = q_b p_i \exp((u_b + v_i - C_{bi}) / \varepsilon)`. Against POT (Flamary et al.
2021), with ``M = C``, ``a = q``, ``b = p``, ``reg = eps``: the plan is the same array. POT's
entropy has no weights, so its scalings absorb them: f_b = u_b + eps log q_b, g_i = v_i + eps log
p_i, up to a constant that is added to one and subtracted from the other. The signs are the same.
``Output.u`` has the weights of the draws in it: ``Output.u`` = u_b + eps log(m q_b).
"""

import math

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from coupled_vae.runtime.errors import InputError
from coupled_vae.science.transport import (
    Anderson,
    Ascent,
    Bilinear,
    Cost,
    FixedPoint,
    Matrix,
    Output,
    Problem,
    Sinkhorn,
    latent_potential,
    marginal_error,
    objective,
    responsibilities,
    soft_c_transform,
)

__all__ = [
    "Anderson",
    "Ascent",
    "Bilinear",
    "Cost",
    "FixedPoint",
    "Matrix",
    "Output",
    "Problem",
    "Sinkhorn",
    "latent_potential",
    "marginal_error",
    "objective",
    "plan",
    "pot_potentials",
    "problem",
    "responsibilities",
    "soft_c_transform",
    "start",
]

ROUNDING = 1e-5  # of the sum of given weights


def problem(
    cost: ArrayLike | Tensor,
    *,
    eps: float,
    p: ArrayLike | Tensor | None = None,
    q: ArrayLike | Tensor | None = None,
    relaxation: float = math.inf,
) -> Problem:
    """A transport problem from arrays.

    Args:
        cost: C, shape ``(m, n)``: draws by data, finite. float32 stays, anything else is float64.
        eps: Entropic strength, positive; POT's ``reg``.
        p: Weights of the data, shape ``(n,)``, of sum one; equal if None.
        q: Weights of the draws, shape ``(m,)``, of sum one; equal if None.
        relaxation: lambda of eq. 14, zero or more; infinite where the draws' weights are fixed.

    Raises:
        InputError: A shape, a weight or a number cannot be.
    """
    values = _tensor(cost, "cost")
    if values.ndim != 2 or 0 in values.shape:
        raise InputError(f"cost has shape {tuple(values.shape)}; give (m, n), draws by data")
    if not (isinstance(eps, int | float) and 0 < eps < math.inf):
        raise InputError(f"eps is {eps!r}; give a positive number")
    if not (isinstance(relaxation, int | float) and relaxation >= 0):
        raise InputError(
            f"relaxation is {relaxation!r}; give a number of zero or more, or math.inf"
        )
    num_draws, num_data = values.shape
    weights = [_log_weights(q, num_draws, "q", values), _log_weights(p, num_data, "p", values)]
    log_q, log_p = weights
    if log_p is None:
        log_p = values.new_full((num_data,), -math.log(num_data))
    return Problem(cost=Matrix(values), log_p=log_p, eps=eps, log_q=log_q, relaxation=relaxation)


def start(problem: Problem) -> Tensor:
    """The potential zero on the data, shape ``(n,)``, from which a solver may start."""
    return torch.zeros_like(problem.log_p)


def plan(output: Output, problem: Problem) -> Tensor:
    """The plan of a solver's potentials, shape ``(m, n)``, as POT's for ``M = cost``.

    Its rows sum to the weights of the draws, and its columns to those of the data as closely as
    the last of ``output.errors`` says. ``numpy.asarray`` of it is an array.
    """
    num_draws, num_data = problem.cost.shape
    bias = output.v / problem.eps + problem.log_p
    buffer = torch.empty(num_draws, num_data, dtype=problem.cost.dtype, device=bias.device)
    scores = problem.cost.scores(slice(0, num_draws), bias, problem.eps, buffer)
    return torch.exp(scores + (output.u / problem.eps - math.log(num_draws))[:, None])


def pot_potentials(output: Output, problem: Problem) -> tuple[Tensor, Tensor]:
    """POT's f ``(m,)`` and g ``(n,)``, with which the plan is ``exp((f_b + g_i - C_bi) / reg)``."""
    num_draws = problem.cost.shape[0]
    f = output.u - problem.eps * math.log(num_draws)
    return f, output.v + problem.eps * problem.log_p


def _tensor(values: ArrayLike | Tensor, name: str) -> Tensor:
    try:
        tensor = values if isinstance(values, Tensor) else torch.from_numpy(np.array(values))
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} is no array of numbers ({str(error).splitlines()[0]})") from None
    if tensor.is_complex():
        raise InputError(f"{name} has complex numbers; give real ones")
    tensor = tensor.detach() if tensor.dtype == torch.float32 else tensor.detach().double()
    if bad := int((~torch.isfinite(tensor)).sum()):
        raise InputError(f"{name} has {bad} values that are not finite; fill them")
    return tensor


def _log_weights(
    weights: ArrayLike | Tensor | None, size: int, name: str, cost: Tensor
) -> Tensor | None:
    if weights is None:
        return None
    values = _tensor(weights, name).double()
    if values.shape != (size,):
        raise InputError(f"{name} has shape {tuple(values.shape)}; give ({size},) as the cost has")
    total = float(values.sum())
    if float(values.min()) < 0 or abs(total - 1) > ROUNDING:
        raise InputError(f"{name} sums to {total:g}; give weights of zero or more, of sum one")
    return torch.log(values / total).to(dtype=cost.dtype, device=cost.device)
