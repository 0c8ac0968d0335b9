"""All solvers of the transport on one and the same cost, that of a trained coupled model."""

import time
from collections.abc import Callable, Iterator

import pandas as pd
import torch
from torch import Tensor
from torch.optim import Adam

from coupled_vae.experiments import Solvers
from coupled_vae.transport import (
    Anderson,
    Ascent,
    FixedPoint,
    NeuralDual,
    Output,
    Potential,
    Problem,
    Sinkhorn,
    objective,
)

EXACT = 1e-5  # marginal error of the solution that the others are held against
SCALING = 32  # strength of the first of as many updates, as in training

Named = tuple[str, Callable[[], Output]]


def compare(problem: Problem, z: Tensor, x: Tensor, settings: Solvers) -> pd.DataFrame:
    """The semi-dual's value that each solver reaches from v = 0, at several strengths.

    The strength is eps times a temperature, which is the same as dividing the cost by it: C-VAE
    begins its training at the highest and ends at one.

    Args:
        problem: Draws of the prior against the data, balanced.
        z: The draws, shape ``(m, latent_dim)``.
        x: The data, shape ``(n, d)``.
        settings: Temperatures and the solvers' budgets.

    Returns:
        One row for each temperature and solver: ``value`` H(v) in nats at that strength, ``gap``,
        its distance from the exact one as a share of that, ``marginal_error``, ``steps``, and
        ``seconds`` of one CPU thread.
    """
    rows = []
    for temperature in settings.temperatures:
        scaled = Problem(cost=problem.cost, log_p=problem.log_p, eps=temperature * problem.eps)
        exact = 0.0
        for name, solve in _solvers(scaled, z, x, settings):
            started = time.process_time()
            output = solve()
            seconds = time.process_time() - started
            value = float(objective(output.v, scaled))
            exact = value if name == "exact" else exact
            rows.append(
                {
                    "temperature": temperature,
                    "solver": name,
                    "value": value,
                    "gap": abs(value - exact) / abs(exact),
                    "marginal_error": output.errors[-1],
                    "steps": output.num_steps,
                    "seconds": seconds,
                }
            )
    return pd.DataFrame(rows)


def _solvers(problem: Problem, z: Tensor, x: Tensor, settings: Solvers) -> Iterator[Named]:
    """Name and run of each, the exact one first."""
    start, tolerance = torch.zeros_like(problem.log_p), settings.tolerance
    rounds = FixedPoint(steps=SCALING, scaling=SCALING, max_rounds=settings.rounds, tolerance=0)
    exact = Anderson(depth=10, max_steps=settings.updates, tolerance=EXACT)
    ascent = Ascent(
        step=settings.step,
        batch_size=settings.batch_size,
        max_steps=settings.steps,
        tolerance=tolerance,
    )
    yield "exact", lambda: exact.solve(problem, rounds.solve(problem, start).v)
    own = FixedPoint(
        steps=SCALING, scaling=SCALING, max_rounds=settings.rounds, tolerance=tolerance
    )
    yield "fixed_point", lambda: own.solve(problem, start)
    plain = Sinkhorn(max_steps=settings.sinkhorn_steps, tolerance=tolerance)
    yield "sinkhorn", lambda: plain.solve(problem, start)
    generator = torch.Generator().manual_seed(0)
    yield "ascent", lambda: ascent.solve(problem, start, generator)
    for name, both in (("neural_u", False), ("neural_u_v", True)):
        dual = _neural_dual(z.shape[1], x.shape[1], both, settings)
        yield name, lambda dual=dual: dual.solve(problem, start, z, x)  # type: ignore[misc]


def _neural_dual(latent_dim: int, data_dim: int, both: bool, settings: Solvers) -> NeuralDual:
    generator, own = torch.Generator().manual_seed(0), settings.network
    potential = Potential(latent_dim, own.width, generator)
    other = Potential(data_dim, own.width, generator) if both else None
    parameters = [p for network in (potential, other) if network for p in network.parameters()]
    return NeuralDual(
        potential=potential,
        data_potential=other,
        optimizer=Adam(parameters, lr=own.learning_rate, fused=True),
        generator=generator,
        steps=own.steps,
        batch_size=own.batch_size,
        rounds=own.rounds,
        tolerance=settings.tolerance,
    )
