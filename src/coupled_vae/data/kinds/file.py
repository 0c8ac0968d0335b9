"""The user's data, from a file of arrays or a table (docs/own-data.md).

A further format needs one more entry in ``_READERS``.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from coupled_vae.config.section import Section, Seed
from coupled_vae.data import contract
from coupled_vae.data.dataset import NO_CLASS, Dataset, Float
from coupled_vae.data.kinds._arrays import read_array
from coupled_vae.data.kinds._images import binarised, intensities
from coupled_vae.data.kinds._tables import read_table
from coupled_vae.runtime.errors import UserError

Array = NDArray[Any]
USUAL = (0.01, 100)  # range of standard deviations without a hint
Text = Annotated[str, Field(min_length=1)]
Share = Annotated[float, Field(ge=0, lt=1)]


class Config(Section):
    """Only ``path`` is required; an argument that is null or absent has no effect.

    Attributes:
        path: The file, absolute or relative to the run's folder: .npy, .npz, .csv, .tsv, .parquet.
        array: Name of the data's array in an ``.npz``; not needed if the file has only one array.
        columns: Names of a table's columns that are coordinates; null takes all except the labels.
        label: The classes: the name of an array in an ``.npz`` or of a column in a table, or the
            path of another file for an ``.npy``.
        held_out: Share of the rows that is not used for training; required for images.
        seed: Seed of the choice of held-out rows and of the binary pixels of images.
        standardise: Whether each column gets mean 0 and standard deviation 1 on the training rows.
    """

    path: Text
    array: Text | None = None
    columns: Annotated[list[Text], Field(min_length=1)] | None = None
    label: Text | None = None
    held_out: Share | None = None
    seed: Seed | None = None
    standardise: bool = False

    @model_validator(mode="after")
    def _has_seed(self) -> Self:
        if self.held_out and self.seed is None:
            raise ValueError(f"held_out {self.held_out} needs a seed; write one, such as seed: 1")
        return self


@dataclass(frozen=True, kw_only=True)
class _Content:
    """The content of a file: data of any shape and type, their classes, and notes."""

    data: Array
    label: Array | None
    notes: contract.Notes


@dataclass(frozen=True)
class _Units:
    """Shift and scale of each column, ``(d,)``, as in ``Dataset``; empty if not standardised."""

    shift: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    scale: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))


def generate(config: Config) -> Dataset:
    """The training rows, in the order of the file: points ``(n, d)``, or binary images.

    Raises:
        UserError: One line: the file cannot be read, or a model cannot be trained on its content.
    """
    return _part(config, held_out=False)


def held_out(config: Config) -> Dataset:
    """The held-out rows; otherwise as ``generate``.

    Raises:
        UserError: As for ``generate``, or ``held_out`` is null.
    """
    if not config.held_out:
        raise UserError(
            f"{config.path}: no rows are held out; write held_out, such as 0.2, and a seed into "
            "the dataset's args in params.yaml"
        )
    return _part(config, held_out=True)


def files(config: Config) -> list[Path]:
    """The files that the dataset is generated from."""
    names = [config.path]
    if config.label is not None and Path(config.path).suffix.lower() == ".npy":
        names.append(config.label)
    return [Path(os.path.expanduser(name)) for name in names]  # ~ of an unknown user stays


def _part(config: Config, *, held_out: bool) -> Dataset:
    path = files(config)[0]
    content = _read(config, path)
    data = contract.numbers(content.data, str(path))
    label, notes = np.full(len(data) if data.ndim else 0, NO_CLASS, np.int64), content.notes
    if content.label is not None:
        label, more = contract.classes(content.label, len(label), f"{path}: label {config.label}")
        notes = [*notes, *more]
    make = _images if data.ndim in (3, 4) else _points
    train, rest = _split(config, len(label))
    x, units, more = make(config, data, train)
    contract.announce(str(path), [*notes, *more])
    rows = rest if held_out else train
    return Dataset(x=x[rows], label=label[rows], shift=units.shift, scale=units.scale)


def _points(config: Config, data: Array, train: Array) -> tuple[Float, _Units, contract.Notes]:
    """All points, standardised with the mean and standard deviation of the training rows only."""
    points, notes = contract.points(data, config.path)
    contract.require_difference(points[train], config.path)
    units = _Units()
    if config.standardise:
        units = _moments(points[train])
        with np.errstate(over="ignore"):  # an overflow becomes infinite and is refused below
            points = (points - units.shift) / units.scale
        notes.append("standardised: metrics are in standard deviations of the columns")
    x, more = contract.as_float32(points, config.path)
    hint = [] if config.standardise else _scale_hint(points[train])
    return x, units, [*notes, *hint, *more]


def _scale_hint(points: Array) -> contract.Notes:
    """A hint if standard deviations are outside the usual range of the models' settings."""
    spread = points.astype(np.float64).std(axis=0)
    low, high = spread[spread > 0].min(initial=np.inf), spread.max()
    if USUAL[0] <= low and high <= USUAL[1]:
        return []
    return [f"columns have standard deviations of {low:.2g} to {high:.2g}, see standardise"]


def _moments(points: Array) -> _Units:
    """Mean and standard deviation of each column; 1 for the latter if a column is constant."""
    largest = np.abs(points.astype(np.float64)).max(axis=0)
    unit = np.where(largest > 0, largest, 1.0)  # so that no square overflows or vanishes
    scaled = points / unit
    deviation = scaled.std(axis=0) * unit
    varies = np.ptp(scaled, axis=0) > 0
    return _Units(scaled.mean(axis=0) * unit, np.where(varies, deviation, 1.0))


def _images(config: Config, data: Array, train: Array) -> tuple[Float, _Units, contract.Notes]:
    """All images, flat; an image's pixels do not depend on the number of held-out images."""
    images, maximum = intensities(data, config.path)
    if config.standardise or config.seed is None:
        raise UserError(
            f"{config.path}: {contract.described(data)} are images, whose pixels are drawn as 0 "
            "or 1; write a seed and no standardise into the dataset's args in params.yaml"
        )
    _, bits = np.random.default_rng(config.seed).spawn(2)
    x = binarised(images, maximum, bits)
    contract.require_difference(x[train], config.path)
    note = f"{contract.described(data)} read as images, pixels drawn as 0 or 1 of {maximum}"
    return x, _Units(), [note]


def _split(config: Config, size: int) -> tuple[Array, Array]:
    """Indices of the training rows and of the held-out rows, both ascending."""
    if not config.held_out:
        return np.arange(size), np.arange(0)
    split, _ = np.random.default_rng(config.seed).spawn(2)
    order, num = split.permutation(size), round(config.held_out * size)
    if not 2 <= num <= size - 2:
        raise UserError(
            f"{config.path}: held_out {config.held_out} of {contract.count(size, 'row')} is {num}, "
            "and both parts need two or more; change held_out in params.yaml"
        )
    return np.sort(order[num:]), np.sort(order[:num])


def _read(config: Config, path: Path) -> _Content:
    reader = _READERS.get(path.suffix.lower())
    if os.path.isdir(path):  # Path.is_dir would raise for a name that is too long
        raise UserError(f"{path}: a folder; give one file: {', '.join(_READERS)}")
    if reader is None:
        raise UserError(f"{path}: cannot be read by its name; choices are {', '.join(_READERS)}")
    for file in files(config):
        if not os.path.isfile(file):
            raise UserError(
                f"{contract.short(str(file), 200)}: no such file; put it there, or mend the "
                f"dataset's args in params.yaml (a path is from {Path.cwd()})"
            )
    return reader(config, path)


def _read_arrays(config: Config, path: Path) -> _Content:
    if config.columns:
        raise UserError(f"{path}: columns {config.columns} are of tables; leave them out")
    archive = path.suffix.lower() == ".npz"
    data, notes = read_array(path, config.array, config.label if archive else None)
    label = None
    if config.label is not None:
        place, name = (path, config.label) if archive else (files(config)[1], None)
        label, _ = read_array(place, name, besides=None)
    return _Content(data=data, label=label, notes=notes)


def _read_table(config: Config, path: Path) -> _Content:
    if config.array is not None:
        raise UserError(f"{path}: array {config.array!r} is of an .npz; leave it out")
    data, label, notes = read_table(path, config.columns, config.label)
    return _Content(data=data, label=label, notes=notes)


_READERS: dict[str, Callable[[Config, Path], _Content]] = {
    ".npy": _read_arrays,
    ".npz": _read_arrays,
    ".csv": _read_table,
    ".tsv": _read_table,
    ".parquet": _read_table,
}
