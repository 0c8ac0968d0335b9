"""The semi-dual solve against peers on one problem, one thread: ``python benchmarks/solver.py``.

The problem has the shape of one training pool: 2048 prior draws, 7500 data on 25 sharp modes. Every
solver makes the same number of rounds; a round of the semi-dual is a round of Sinkhorn. Times are
medians over repeats, in turn, and ratios to the first line.
"""

import math
import os
import statistics
import time
from collections.abc import Callable

os.environ["OMP_NUM_THREADS"] = "1"

import ot
import torch
from torch import Tensor

from coupled_vae.data.kinds import mog
from coupled_vae.pipeline.torch_setup import use_deterministic_kernels
from coupled_vae.science.likelihoods.gaussian import Config, Likelihood
from coupled_vae.science.transport import Bilinear, FixedPoint, Problem, marginal_error, sweep

DRAWS, ROUNDS, REPEATS = 2048, 30, 3


def problem() -> Problem:
    """Draws that sit on the modes, each with sigma 0.1."""
    config = mog.Config(grid_side=5, spacing=1.0, std=0.05, points_per_mode=300, seed=0)
    data = mog.generate(config)
    generator = torch.Generator().manual_seed(0)
    modes = torch.from_numpy(data.centres)[torch.randint(25, (DRAWS,), generator=generator)]
    mean = modes + 0.05 * torch.randn(DRAWS, 2, generator=generator)
    gaussian = Likelihood(Config(sigma_min=0.02, sigma_max=0.5))
    scale = torch.zeros(DRAWS, 2)
    cost = Bilinear(
        gaussian.coefficients((mean, scale)), gaussian.features(torch.from_numpy(data.x))
    )
    log_p = torch.full((len(data.x),), -math.log(len(data.x)))
    return Problem(cost=cost, log_p=log_p, eps=1.0)


def blocks(transport: Problem) -> Tensor:
    """This project's solver: blocks in the cache, softmax."""
    solver = FixedPoint(steps=ROUNDS, scaling=1, max_rounds=1, tolerance=0)
    return solver.round(transport, torch.zeros(transport.cost.shape[1]))


def whole_matrix(transport: Problem, cost: Tensor) -> Tensor:
    """The same update on the matrix as a whole."""
    v = torch.zeros(cost.shape[1])
    for _ in range(ROUNDS):
        share = torch.softmax(v - cost, dim=1).mean(0)
        v = v - torch.log(share * len(v))
    return v


def pot(transport: Problem, cost: Tensor) -> Tensor:
    """POT's log-domain Sinkhorn on torch tensors."""
    m, n = cost.shape
    _, log = ot.sinkhorn(
        torch.full((m,), 1 / m),
        torch.full((n,), 1 / n),
        cost,
        1.0,
        method="sinkhorn_log",
        numItermax=ROUNDS,
        stopThr=0,
        warn=False,
        log=True,
    )
    v: Tensor = log["log_v"]
    return v


def main() -> None:
    """Print a line for each solver: median seconds, ratio, marginal error reached."""
    use_deterministic_kernels()
    transport = problem()
    cost = transport.cost.columns(torch.arange(transport.cost.shape[1]))
    solvers: dict[str, Callable[[], Tensor]] = {
        "blocks": lambda: blocks(transport),
        "whole matrix": lambda: whole_matrix(transport, cost),
        "POT sinkhorn_log": lambda: pot(transport, cost),
    }
    seconds: dict[str, list[float]] = {name: [] for name in solvers}
    found = {}
    for _ in range(REPEATS):
        for name, solve in solvers.items():
            start = time.perf_counter()
            found[name] = solve()
            seconds[name].append(time.perf_counter() - start)
    first = statistics.median(seconds["blocks"])
    for name, times in seconds.items():
        share, _ = sweep(found[name], transport, torch.empty(len(transport.log_p), 0))
        error = float(marginal_error(share, transport.log_p))
        median = statistics.median(times)
        print(f"{name:18s} {median:7.2f} s   x {median / first:5.1f}   error {error:.1e}")


if __name__ == "__main__":
    main()
