"""The last solve of a trained C-VAE by several solvers: ``python benchmarks/last_solve.py mnist``.

Needs the finished cell of seed 0. Every solver starts from zero and makes the same number of
updates on a fresh pool; ratios are to the first line.
"""

import os
import sys
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import torch

from coupled_vae.config.load import load
from coupled_vae.data import dataset
from coupled_vae.pipeline.cell import Cell, Spec
from coupled_vae.pipeline.torch_setup import use_deterministic_kernels
from coupled_vae.pipeline.weights import build, load_weights
from coupled_vae.science.models import cvae
from coupled_vae.science.models._phase import phase_at
from coupled_vae.science.transport import Anderson, FixedPoint, Problem

UPDATES, DRAWS = 60, 8192
SOLVERS: dict[str, FixedPoint | Anderson] = {
    "plain updates": FixedPoint(steps=1, scaling=1, max_rounds=UPDATES),
    "falling strength, rounds of 4": FixedPoint(steps=4, scaling=32, max_rounds=UPDATES // 4),
    "falling strength, one round": FixedPoint(steps=UPDATES, scaling=32),
    "Anderson, depth 5": Anderson(depth=5, max_steps=UPDATES, tolerance=0),
    "Anderson, depth 10": Anderson(depth=10, max_steps=UPDATES, tolerance=0),
}


@torch.no_grad()
def problem(name: str) -> Problem:
    """The transport problem of a trained cell."""
    told = load(Path("params.yaml"))
    spec = Spec(problem=told.datasets[name].problem, kind="cvae", args=told.args("cvae", name))
    cell = Cell(dataset=name, model="cvae", seed=0)
    model = build(cell, spec, dataset.load(Path(f"results/data/{name}.npz")))
    assert isinstance(model, cvae.Model)
    load_weights(Path(f"results/runs/{name}/cvae/0/weights.pt"), model, cell)
    pool = model.prior.sobol(DRAWS, torch.Generator().manual_seed(1))
    return model.against_data(pool, phase_at(model.config, 1)).transport


def main(name: str) -> None:
    """Print a line for each solver: seconds, ratio, marginal error before and after."""
    use_deterministic_kernels()
    transport = problem(name)
    start_at = torch.zeros(transport.cost.shape[1])
    first = None
    for label, solver in SOLVERS.items():
        start = time.perf_counter()
        output = solver.solve(transport, start_at)
        seconds = time.perf_counter() - start
        first = first or seconds
        errors = f"{output.errors[0]:.4f} to {output.errors[-1]:.4f}"
        print(f"{label:30s} {seconds:7.2f} s   x {seconds / first:5.2f}   error {errors}")


if __name__ == "__main__":
    main(sys.argv[1])
