"""Load a trained model from its run folder alone."""

import os
from pathlib import Path
from typing import Any

import torch

from coupled_vae.config.section import parse
from coupled_vae.pipeline.about_data import AboutData
from coupled_vae.pipeline.cell import Cell, Spec
from coupled_vae.pipeline.kernels import same_bits
from coupled_vae.pipeline.loop import from_file
from coupled_vae.pipeline.trained import TrainedModel
from coupled_vae.pipeline.weights import build_for, load_weights
from coupled_vae.plan.layout import RECORD
from coupled_vae.plan.provenance import Record, read, sha256
from coupled_vae.runtime.errors import UserError, one_line

WEIGHTS = "weights.pt"
RUN = "a run folder such as results/runs/mog/cvae/0 has weights.pt and weights.provenance.json"


def load(folder: str | os.PathLike[str]) -> TrainedModel:
    """Load a trained model from the folder of its run.

    The folder may be a copy, on any machine: only its weights and their record are read, not the
    data. ::

        model = coupled_vae.load("results/runs/mog/cvae/0")
        x = model.sample(100)

    Args:
        folder: The run folder, with ``weights.pt`` and ``weights.provenance.json``.

    Raises:
        UserError: One line: a file is missing or damaged, the weights are not those of the record,
            or the record is of an earlier version.
    """
    place = Path(os.path.expanduser(folder))
    record = _record(place)
    cell, spec, about = _parts(record, place)
    _check_weights(place, record, cell)
    with same_bits():
        model = build_for(cell, spec, torch.zeros(1, 1).expand(about.rows, about.columns))
        load_weights(place / WEIGHTS, model, cell)
    return TrainedModel(model, cell, spec, about)


def _file(place: Path) -> Path:
    return place / f"{Path(WEIGHTS).stem}{RECORD}"


def _record(place: Path) -> Record:
    """The training record of a run folder.

    Raises:
        UserError: It is missing, damaged, or of another job.
    """
    if not place.is_dir():
        found = "it is a file" if place.exists() else "no such folder"
        raise UserError(one_line(f"{place}: {found}; {RUN}"))
    if not _file(place).is_file():
        raise UserError(one_line(f"{_file(place)}: no such file; {RUN}, copy both"))
    record = read(_file(place))
    if record.command != "train":
        raise UserError(f"{_file(place)}: of the job {record.command}, not of a training; {RUN}")
    return record


def _parts(record: Record, place: Path) -> tuple[Cell, Spec, AboutData]:
    """Cell, specification and data of a training, as its record has them."""
    file = _file(place)
    if record.data is None:
        raise UserError(
            f"{file}: lacks data, the sizes and units of the data, so an earlier version wrote it; "
            f"train the cell again in its project: coupled-vae train @{record.folder}/{file.name}"
        )
    job: dict[str, Any] = record.job
    try:
        cell = Cell.parse(str(job.get("cell")))
    except UserError:
        raise UserError(
            one_line(f"{file}: job.cell {job.get('cell')!r} is no dataset/model/seed; {RUN}")
        ) from None
    spec = parse(Spec, job.get("spec"), f"{file}: job.spec")
    return cell, spec, parse(AboutData, record.data, f"{file}: data")


def _check_weights(place: Path, record: Record, cell: Cell) -> None:
    """Refuse weights that the record does not name.

    Raises:
        UserError: They are missing, damaged, or of another run, which is named.
    """
    file, expected = place / WEIGHTS, record.outputs.get(WEIGHTS, "none")
    wanted = f"the record beside it is of {cell} and expects SHA-256 {expected[:12]}..."
    if not file.is_file():
        raise UserError(f"{file}: no such file; {wanted}; copy the whole folder of the run")
    found = sha256(file)
    if found == expected:
        return
    raise UserError(
        f"{file}: {_owner(file)}, SHA-256 {found[:12]}...; {wanted}; copy both files of one run"
    )


def _owner(file: Path) -> str:
    """Whose weights a file holds."""
    try:
        identity = str(from_file(file, "").get("identity"))
    except UserError:
        return "damaged"
    return one_line(f"weights of {identity.split(' ')[0]}", 100)
