"""A fixed number of rounds of the entropic solve, at the shape of a training pool.

A round of the semi-dual's fixed point is a round of Sinkhorn. So all sides reach the same potential
on the data, up to rounding and a constant.
"""

import math
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from coupled_vae.data.kinds import mog
from coupled_vae.pipeline.torch_setup import use_deterministic_kernels
from coupled_vae.reporting.performance import Row
from coupled_vae.science.likelihoods.gaussian import Config, Likelihood
from coupled_vae.science.transport import Bilinear, FixedPoint, Problem, soft_c_transform
from speed import ott_sinkhorn
from speed.race import Check, Side, compete
from speed.settings import Settings

TITLE = "Entropic transport, a fixed number of rounds"
ROUNDS = 30
# The potential is a sum of 30 updates in float32, of a size of some tens.
TOLERANCE = 1e-2
# Entries of a kernel underflow where the cost is above 87.
KERNEL_TOLERANCE = 0.05


def problem(draws: int, per_mode: int) -> Problem:
    """Draws that sit on 25 modes, each with sigma 0.1, against ``25 * per_mode`` data."""
    config = mog.Config(grid_side=5, spacing=1.0, std=0.05, points_per_mode=per_mode, seed=0)
    data = mog.generate(config)
    generator = torch.Generator().manual_seed(0)
    modes = torch.from_numpy(data.centres)[torch.randint(25, (draws,), generator=generator)]
    mean = modes + 0.05 * torch.randn(draws, 2, generator=generator)
    gaussian = Likelihood(Config(sigma_min=0.02, sigma_max=0.5))
    coefficients = gaussian.coefficients((mean, torch.zeros(draws, 2)))
    cost = Bilinear(coefficients, gaussian.features(torch.from_numpy(data.x)))
    log_p = torch.full((len(data.x),), -math.log(len(data.x)))
    return Problem(cost=cost, log_p=log_p, eps=1.0)


def ours(transport: Problem) -> Callable[[], Tensor]:
    """Blocks of the cost in the processor's cache."""
    solver = FixedPoint(steps=ROUNDS, scaling=1)
    return lambda: solver.round(transport, torch.zeros(transport.cost.shape[1]))


def whole_matrix(cost: Tensor) -> Callable[[], Tensor]:
    """The same update on the stored matrix as a whole, in plain torch."""

    def run() -> Tensor:
        v = torch.zeros(cost.shape[1])
        for _ in range(ROUNDS):
            v = v - torch.log(torch.softmax(v - cost, dim=1).mean(0) * len(v))
        return v

    return run


def pot(cost: Tensor) -> Callable[[], Tensor]:
    """POT's log-domain Sinkhorn on tensors; its first update is that of its second side."""
    import ot

    n, m = cost.shape
    weights = torch.full((n,), 1 / n), torch.full((m,), 1 / m)

    def run() -> Tensor:
        options = {"numItermax": ROUNDS, "stopThr": 0, "warn": False, "log": True}
        v: Tensor = ot.sinkhorn(*weights, cost, 1.0, method="sinkhorn_log", **options)[1]["log_u"]
        return v

    return run


def ott(transport: Problem, cost: Tensor, *, log_domain: bool) -> Callable[[], Tensor]:
    """OTT-JAX, in the log domain or on the kernel.

    It updates the second side first, here the data, from the draws' potential at v = 0. With the
    data as its first side the kernel is five times slower.
    """
    options = {
        "lse_mode": log_domain,
        "threshold": 0.0,
        "min_iterations": ROUNDS,
        "max_iterations": ROUNDS,
        "inner_iterations": ROUNDS,
    }
    solve = ott_sinkhorn.solver(cost, 1.0, options)
    u = soft_c_transform(torch.zeros(cost.shape[1]), transport)
    return lambda: ott_sinkhorn.to_torch(solve(u)[1])


def same_potential(one: Tensor, other: Tensor, tolerance: float = TOLERANCE) -> Check:
    """Largest difference of two potentials without their means."""
    apart = ((one - one.mean()) - (other - other.mean())).abs().max()
    return Check("largest difference of potentials (nats)", float(apart), tolerance)


def rows(settings: Settings) -> list[Row]:
    """Times of all solvers."""
    use_deterministic_kernels()
    transport = problem(settings.pick(2048, 64), settings.pick(300, 4))
    m, n = transport.cost.shape
    cost = transport.cost.columns(torch.arange(n))
    turned = cost.T.contiguous()  # POT updates its second side first, from zero on its first
    jax = ("jax", "ott")
    sides = [
        Side(name="ours, blocks", build=lambda: ours(transport)),
        Side(name="torch, whole matrix", build=lambda: whole_matrix(cost), check=same_potential),
        Side(
            name="OTT-JAX, log domain",
            build=lambda: ott(transport, cost, log_domain=True),
            packages=jax,
            check=same_potential,
        ),
        Side(
            name="OTT-JAX, kernel",
            build=lambda: ott(transport, cost, log_domain=False),
            packages=jax,
            check=partial(same_potential, tolerance=KERNEL_TOLERANCE),
        ),
        Side(name="POT, sinkhorn_log", build=lambda: pot(turned), check=same_potential),
    ]
    case = f"{m} draws by {n} data, {ROUNDS} rounds, eps 1, float32; compiled before it is timed"
    return compete(TITLE, case, sides, settings.effort(rounds=5, budget=20))
