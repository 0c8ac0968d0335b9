"""All solvers of the transport on the same cost, that of a trained coupled model."""

import time
from collections.abc import Callable, Iterator

import pandas as pd
import torch
from torch import Tensor
from torch.optim import Adam

from coupled_vae.config.experiments import Solvers
from coupled_vae.science.transport import (
    Anderson,
    Ascent,
    Bilinear,
    FixedPoint,
    NeuralDual,
    Output,
    Potentials,
    Problem,
    Sinkhorn,
    objective,
)

EXACT = 1e-5  # marginal error of the reference solution

Solve = Callable[[Problem, Tensor], Output]


def compare(cost: Bilinear, log_p: Tensor, eps: float, settings: Solvers) -> pd.DataFrame:
    """The semi-dual's value that each solver reaches from v = 0, at falling temperatures.

    The training of C-VAE divides the cost by a temperature that falls to one. Each solver here
    does the same: at each temperature it starts from its solution at the temperature before, with
    the full budget of steps.

    Args:
        cost: Cost of draws of the prior against the data.
        log_p: Log-weights of the data, shape ``(n,)``.
        eps: Entropic strength.
        settings: Temperatures and the solvers' budgets.

    Returns:
        One row for each solver and temperature that is shown: ``value``, H(v) in nats times the
        temperature; ``gap``, the relative difference from the value of the reference solution;
        ``marginal_error``; and ``steps`` and ``seconds`` of one CPU thread, both since v = 0.
    """
    rows = []
    for name, solve in _solvers(cost, eps, settings):
        v, last, steps, started = torch.zeros_like(log_p), 1.0, 0, time.process_time()
        for temperature in settings.path():
            scaled = Bilinear(cost.coefficients / temperature, cost.features)
            problem = Problem(cost=scaled, log_p=log_p, eps=eps)
            output = solve(problem, v * (last / temperature))
            v, last, steps = output.v, temperature, steps + output.num_steps
            if temperature in settings.temperatures:
                row = {
                    "temperature": temperature,
                    "solver": name,
                    "value": temperature * float(objective(v, problem)),
                    "marginal_error": output.errors[-1],
                    "steps": steps,
                    "seconds": time.process_time() - started,
                }
                rows.append(row)
    frame = pd.DataFrame(rows)
    exact = frame[frame["solver"] == "exact"].set_index("temperature")["value"]
    frame.insert(3, "gap", (frame["value"] / frame["temperature"].map(exact) - 1).abs())
    return frame.sort_values("temperature", ascending=False, kind="stable")


def _solvers(cost: Bilinear, eps: float, settings: Solvers) -> Iterator[tuple[str, Solve]]:
    """Name and function of each solver; the first computes the reference solution."""
    own, tolerance = settings, settings.tolerance
    yield "exact", Anderson(depth=own.depth, max_steps=own.exact_updates, tolerance=EXACT).solve
    accelerated = Anderson(depth=own.depth, max_steps=own.updates, tolerance=tolerance)
    yield "anderson", accelerated.solve
    yield (
        "fixed_point",
        FixedPoint(steps=1, scaling=1, max_rounds=own.updates, tolerance=tolerance).solve,
    )
    yield "sinkhorn", Sinkhorn(max_steps=own.updates, tolerance=tolerance).solve
    ascent = Ascent(
        step=own.step, batch_size=own.batch_size, max_steps=own.steps, tolerance=tolerance
    )
    generator = torch.Generator().manual_seed(0)
    yield "ascent", lambda problem, v: ascent.solve(problem, v, generator)
    yield "neural_u", _Neural(cost, eps, settings, both=False)
    yield "neural_u_v", _Neural(cost, eps, settings, both=True)


class _Neural:
    """The neural dual; its networks are kept from one temperature to the next."""

    def __init__(self, cost: Bilinear, eps: float, settings: Solvers, *, both: bool) -> None:
        generator, own = torch.Generator().manual_seed(0), settings.network
        self.potentials = Potentials(cost.features, own.width, both, eps, generator)
        self.solver = NeuralDual(
            potential=self.potentials.u,
            data_potential=self.potentials.v,
            optimizer=Adam(self.potentials.parameters(), lr=own.learning_rate, fused=True),
            generator=generator,
            steps=own.steps,
            batch_size=own.batch_size,
            rounds=settings.updates,
            tolerance=settings.tolerance,
        )

    def __call__(self, problem: Problem, v: Tensor) -> Output:
        cost = problem.cost
        assert isinstance(cost, Bilinear)
        self.potentials.follow(v, cost.features, cost.coefficients)
        return self.solver.solve(problem, v, cost.coefficients, cost.features)
