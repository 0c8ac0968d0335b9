"""Build a model from its specification, and save and load trained weights."""

from pathlib import Path

import torch
from torch import Tensor

from coupled_vae.config.registry import config
from coupled_vae.config.registry import load as load_module
from coupled_vae.data.dataset import Dataset
from coupled_vae.pipeline.cell import Cell, Spec
from coupled_vae.pipeline.loop import from_file, to_bytes
from coupled_vae.pipeline.state import check_state
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import first_line, write_bytes
from coupled_vae.science.models._base import LatentVariableModel

CPU = torch.device("cpu")


def build(
    cell: Cell, spec: Spec, dataset: Dataset, device: torch.device = CPU
) -> LatentVariableModel:
    """A freshly initialised model of the cell with its training data, equal on every device.

    Raises:
        UserError: A kind or an argument is unknown or invalid, or the model refuses the problem.
    """
    return build_for(cell, spec, torch.from_numpy(dataset.x), device)


def build_for(cell: Cell, spec: Spec, x: Tensor, device: torch.device = CPU) -> LatentVariableModel:
    """As ``build``, with the training data as a tensor, shape ``(n, d)``.

    A model whose trained state is loaded afterwards may be built with any data of this shape.

    Raises:
        UserError: As for ``build``.
    """
    settings = config("models", spec.kind, spec.args, f"{cell}: args")
    generator = torch.Generator().manual_seed(cell.entropy("train"))
    module = load_module("models", spec.kind)
    if check := getattr(module, "check_problem", None):
        try:
            check(settings, spec.problem)
        except UserError as error:
            raise UserError(f"{cell}: {error} (params.yaml)") from None
    model: LatentVariableModel = module.Model(settings, spec.problem, x.to(device), generator)
    return model.to(device)


def save_weights(path: Path, model: LatentVariableModel, identity: str) -> None:
    """Write a trained model's state with the identity of its run."""
    state = {name: value.cpu() for name, value in model.state_dict().items()}
    write_bytes(path, to_bytes({"identity": identity, "state": state}))


def load_weights(path: Path, model: LatentVariableModel, cell: Cell) -> None:
    """Load trained weights into a freshly built model and switch it to evaluation.

    Raises:
        UserError: The file is missing, damaged, belongs to another cell or architecture, or has a
            weight that is not finite.
    """
    hint = "delete it and run again, that cell is then trained anew"
    content = from_file(path, hint)
    owner = str(content.get("identity")).split(" ")[0][:80]
    if owner != str(cell):
        raise UserError(f"{path}: weights of {owner}, but {cell} was asked for; {hint}")
    try:
        check_state(model.state_dict(), content.get("state"), trained=True)
        model.load_buffers_and_weights(content["state"])
    except Exception as error:  # torch raises many types for a state that does not fit
        reason = first_line(error)
        raise UserError(f"{path}: does not fit the model of {cell} ({reason}); {hint}") from error
    model.eval()
