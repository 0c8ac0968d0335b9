"""Small transport problems in float64, with unequal weights, and the plan of an output."""

import math

import numpy as np
import torch

from coupled_vae.science.transport import (
    Bilinear,
    Matrix,
    NeuralDual,
    Potentials,
    Problem,
)


def weights_of(rng, size, zeros):
    weights = rng.uniform(0.2, 1.0, size)
    weights[:zeros] = 0
    return weights / weights.sum()


def random_problem(seed, relaxation=math.inf):
    """Unequal weights on both sides; two data of weight zero."""
    rng = np.random.default_rng(seed)
    m, n = int(rng.integers(5, 30)), int(rng.integers(5, 30))
    p, q = weights_of(rng, n, 2), weights_of(rng, m, 0)
    with np.errstate(divide="ignore"):
        log_p = torch.from_numpy(np.log(p))
    return Problem(
        cost=Matrix(torch.from_numpy(rng.uniform(0, 3, (m, n)))),
        log_p=log_p,
        eps=float(rng.uniform(0.2, 2)),
        log_q=torch.from_numpy(np.log(q)),
        relaxation=relaxation,
    )


def plan_of(output, problem):
    cost = problem.cost.columns(torch.arange(len(problem.log_p)))
    scores = (output.u[:, None] + output.v - cost) / problem.eps
    return torch.exp(scores + problem.log_p) / len(output.u)


def start(problem):
    return torch.zeros_like(problem.log_p)


def mixture_problem(num_draws=512):
    """Data of a small mixture against a map of the plane that is sharp between its modes.

    The cost and its coordinates: [x^2, x, 1] of the data, and what they are multiplied by.
    """
    generator = torch.Generator().manual_seed(0)
    centres = torch.cartesian_prod(torch.arange(3.0), torch.arange(3.0)).double() - 1
    x = centres.repeat_interleave(20, 0)
    x = x + 0.1 * torch.randn(x.shape, generator=generator, dtype=torch.float64)
    # Off the middle, so that the free optimum of each draw is far from a feasible coupling.
    z = 0.5 + 0.4 * torch.randn(num_draws, 2, generator=generator, dtype=torch.float64)
    one = torch.ones(num_draws, 1, dtype=torch.float64)
    features = torch.cat([x.square().sum(1, keepdim=True), x, one[:1].expand(len(x), 1)], dim=1)
    coefficients = torch.cat([one, -2 * z, z.square().sum(1, keepdim=True)], dim=1)
    cost = Bilinear(coefficients / (2 * 0.3**2), features)
    log_p = torch.full((len(x),), -math.log(len(x)), dtype=torch.float64)
    return Problem(cost=cost, log_p=log_p, eps=1.0)


def neural_solver(problem, *, both=False, **arguments):
    """Networks of a quarter of the points, and their solver on the problem's coordinates."""
    generator, cost = torch.Generator().manual_seed(2), problem.cost
    networks = Potentials(cost.features, 45, both, problem.eps, generator)
    networks.follow(start(problem), cost.features, cost.coefficients)
    solver = NeuralDual(
        potential=networks.u,
        data_potential=networks.v,
        optimizer=torch.optim.Adam(networks.parameters(), lr=0.05),
        generator=generator,
        **{"steps": 20, "batch_size": 128, **arguments},
    )
    return solver, (cost.coefficients, cost.features)
