"""Seeds trained together against one after another: ``python benchmarks/together.py mog 5 300``.

The dataset, the number of seeds and of steps; on the device that ``COUPLED_VAE_DEVICE`` says, one
thread. Models have the arguments of ``params.yaml``, but for the number of steps. Times are medians
over repeats, in turn, on the clock.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"

import torch

from coupled_vae.config import registry
from coupled_vae.config.load import load
from coupled_vae.data.dataset import Dataset
from coupled_vae.pipeline.cell import Cell, Spec
from coupled_vae.pipeline.ensemble import Ensemble
from coupled_vae.pipeline.loop import Trainable, fit
from coupled_vae.pipeline.torch_setup import training_device, use_deterministic_kernels
from coupled_vae.pipeline.weights import build
from coupled_vae.science.models._base import LatentVariableModel

MODELS, REPEATS = ("vae", "vae_nf", "wae", "infovae"), 3


def seconds(models: Sequence[Trainable]) -> float:
    """Time to train one after another."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        for model in models:
            fit(model, Path(folder) / "checkpoint.pt", "benchmark", "benchmark", interval=1e9)
        return time.perf_counter() - start


def builder(
    name: str, model: str, data: Dataset, seeds: int, steps: int
) -> Callable[[torch.device], list[LatentVariableModel]]:
    """Builds fresh models of all seeds on a device."""
    told = load(Path("params.yaml"))
    args = told.args(model, name) | {"num_steps": steps}
    spec = Spec(problem=told.datasets[name].problem, kind=told.kind(model), args=args)
    cells = [Cell(dataset=name, model=model, seed=seed) for seed in range(seeds)]
    return lambda device: [build(cell, spec, data, device) for cell in cells]


def main(name: str, seeds: int, steps: int) -> None:
    """Print a line for each model: seconds one after another, together, and the ratio."""
    use_deterministic_kernels()
    device, cpu = training_device(), torch.device("cpu")
    settings = load(Path("params.yaml")).datasets[name]
    module = registry.load("data", settings.kind)
    data = module.generate(registry.config("data", settings.kind, settings.args, name))
    print(f"{name}, {seeds} seeds, {steps} steps, {device.type}")
    for model in MODELS:
        fresh = builder(name, model, data, seeds, steps)
        seconds([Ensemble(fresh(cpu), device)])  # what happens once: imports, a GPU's start
        apart, together = [], []
        for _ in range(REPEATS):
            apart.append(seconds(fresh(device)))
            together.append(seconds([Ensemble(fresh(cpu), device)]))
        alone, all_at_once = statistics.median(apart), statistics.median(together)
        ratio = alone / all_at_once
        print(f"{model:8s} {alone:7.2f} s alone {all_at_once:7.2f} s together   x {ratio:4.2f}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
