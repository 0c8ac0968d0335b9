"""OTT-JAX's Sinkhorn on a cost matrix of torch, compiled; imported where it is installed."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor


def solver(
    cost: Tensor, eps: float, options: Mapping[str, Any], *, scheduled: bool = False
) -> Callable[..., tuple[Any, Any, Any]]:
    """A compiled function from a pair of start potentials to ``(f, g, converged)``.

    Args:
        cost: Shape ``(rows, columns)``; weights are equal on both sides.
        eps: Entropic strength.
        options: Arguments of ``Sinkhorn``.
        scheduled: Whether the strength falls to ``eps`` from a hundred times as much.

    Returns:
        A function of f ``(rows,)`` and g ``(columns,)``, as tensors; zero if none are given. A
        round updates g and then f.
    """
    import jax
    import jax.numpy as jnp
    from ott.geometry import epsilon_scheduler, geometry
    from ott.problems.linear import linear_problem
    from ott.solvers.linear import sinkhorn

    strength = epsilon_scheduler.Epsilon(eps, init=100.0, decay=0.8) if scheduled else eps
    matrix, solve = jnp.asarray(cost.numpy()), sinkhorn.Sinkhorn(**options)

    def rounds(values: Any, f: Any, g: Any) -> tuple[Any, Any, Any]:
        geom = geometry.Geometry(cost_matrix=values, epsilon=strength)
        output = solve(linear_problem.LinearProblem(geom), init=(f, g))
        return output.f, output.g, output.converged

    compiled = jax.jit(rounds)

    def run(f: Tensor | None = None, g: Tensor | None = None) -> tuple[Any, Any, Any]:
        f = torch.zeros(cost.shape[0]) if f is None else f
        g = torch.zeros(cost.shape[1]) if g is None else g
        output = compiled(matrix, jnp.asarray(f.numpy()), jnp.asarray(g.numpy()))
        result: tuple[Any, Any, Any] = jax.block_until_ready(output)
        return result

    return run


def to_torch(values: Any) -> Tensor:
    """A JAX array as a tensor."""
    import numpy as np

    return torch.from_numpy(np.array(values))
