"""Train several seeds of one model at the same time on a GPU."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from coupled_vae.data import dataset as datasets
from coupled_vae.pipeline.cell import Cell, Spec
from coupled_vae.pipeline.ensemble import Ensemble, can_be_batched, of_seed
from coupled_vae.pipeline.loop import Result, fit, write_checkpoint
from coupled_vae.pipeline.torch_setup import training_device, use_deterministic_kernels
from coupled_vae.pipeline.train import CHECKPOINTS, checkpoint_file
from coupled_vae.pipeline.weights import build
from coupled_vae.runtime.fingerprint import fingerprint
from coupled_vae.runtime.machine import checkpoint_seconds
from coupled_vae.science.models._base import LatentVariableModel


def train_together(cells: Sequence[Cell], spec: Spec, data: Path, code: str) -> None:
    """Train cells that differ only in their seed, and write a checkpoint of each at its end.

    ``train`` of each cell then resumes from this checkpoint, has no iteration left, and writes the
    results as usual. Without a GPU, or for models that cannot be batched, this function does
    nothing: a single seed keeps a CPU busy. A cell that already has a checkpoint is left out.

    Args:
        cells: Cells of one dataset and model.
        spec: Problem, model kind and arguments.
        data: The dataset's ``.npz``.
        code: Fingerprint of the training code.

    Raises:
        UserError: The loss of a seed is not finite.
    """
    use_deterministic_kernels()
    device = training_device()
    if device.type == "cpu":
        return
    dataset = datasets.load(data)
    identities = {cell: cell.identity(spec, dataset.digest(), code) for cell in cells}
    files = {cell: checkpoint_file(CHECKPOINTS, identities[cell], device) for cell in cells}
    fresh = [cell for cell in cells if not files[cell].exists()]
    models = [build(cell, spec, dataset) for cell in fresh]
    if len(models) < 2 or not all(map(can_be_batched, models)):
        return
    label = f"{fresh[0]}_and_{len(fresh) - 1}"
    identity = f"{label} {_digest(*(identities[cell] for cell in fresh))}"
    common = checkpoint_file(CHECKPOINTS, identity, device)
    result = fit(Ensemble(models, device), common, identity, label, checkpoint_seconds())
    for place, (cell, model) in enumerate(zip(fresh, models, strict=True)):
        _write_end(files[cell], model, identities[cell], result, place, len(models))
    common.unlink(missing_ok=True)


def _digest(*identities: str) -> str:
    """Digest of the cells and of the code that trains them together.

    It names the common checkpoint, so a resumed run continues only with the same cells and code.
    """
    told = " ".join([fingerprint("pipeline.ensemble"), *identities])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _write_end(
    path: Path, model: LatentVariableModel, identity: str, result: Result, place: int, num: int
) -> None:
    """Write the last checkpoint of one of ``num`` seeds, with an equal share of the time."""
    model.prepare()  # a checkpoint needs an optimizer's state; this one takes no step
    history = [
        {"iteration": row["iteration"], **of_seed(place, row, "/")} for row in result.history
    ]
    end, seconds = model.num_iterations, result.seconds / num
    write_checkpoint(path, model, identity, end, seconds, history, {})
