"""Train one cell and write weights, history and report to its run folder, and a separate timing."""

import platform
from pathlib import Path

import torch

from coupled_vae.data import dataset as datasets
from coupled_vae.pipeline.cell import Cell, Spec
from coupled_vae.pipeline.history import history_text
from coupled_vae.pipeline.loop import fit
from coupled_vae.pipeline.torch_setup import (
    peak_memory_mb,
    training_device,
    use_deterministic_kernels,
)
from coupled_vae.pipeline.weights import build, save_weights
from coupled_vae.runtime.files import write_json, write_text
from coupled_vae.runtime.machine import checkpoint_seconds

CHECKPOINTS = Path("results/checkpoints")


def train(
    cell: Cell,
    spec: Spec,
    data: Path,
    code: str,
    out: Path,
    timing: Path | None,
    checkpoints: Path = CHECKPOINTS,
) -> None:
    """Train a cell and write ``weights.pt``, ``history.csv`` and ``report.json`` into ``out``.

    Args:
        cell: Which dataset, model and seed.
        spec: Problem, model kind and arguments.
        data: The dataset's ``.npz``.
        code: Fingerprint of the training code, part of the run's identity.
        out: The cell's run folder.
        timing: JSON file for measurements of the training, such as its seconds. They differ from
            run to run, so they are not among the results. None: not written.
        checkpoints: Folder of checkpoints; that of a finished training is removed.
    """
    use_deterministic_kernels()
    dataset = datasets.load(data)
    identity = cell.identity(spec, dataset.digest(), code)
    device = training_device()
    checkpoint = checkpoint_file(checkpoints, identity, device)
    model = build(cell, spec, dataset, device)
    result = fit(model, checkpoint, identity, str(cell), checkpoint_seconds())
    write_text(out / "history.csv", history_text(result.history))
    save_weights(out / "weights.pt", model, identity)
    write_json(out / "report.json", result.report)
    if timing:
        write_json(timing, _measured(result.seconds, device))
    checkpoint.unlink(missing_ok=True)


def _measured(seconds: float, device: torch.device) -> dict[str, float | str]:
    """Time and memory of the training, and the device."""
    return {
        "train_seconds": seconds,
        "peak_memory_mb": peak_memory_mb(),
        "torch": torch.__version__,
        "machine": platform.processor() or platform.machine(),
        "device": torch.cuda.get_device_name() if device.type == "cuda" else "cpu",
    }


def checkpoint_file(checkpoints: Path, identity: str, device: torch.device) -> Path:
    """Path of the checkpoint of a run; ``identity`` begins with the cell's name.

    The file's name contains the identity, so a checkpoint of a different run is never used.
    """
    cell, digest = identity.split(" ")
    return checkpoints / cell / f"{digest}-{device.type}.pt"
