"""The user's data, from a file of arrays, a table or a folder of images (docs/own-data.md)."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from coupled_vae.config.facts import Facts
from coupled_vae.config.section import Scale, Seed
from coupled_vae.data import contract
from coupled_vae.data.dataset import NO_CLASS, Dataset, Float
from coupled_vae.data.kinds import _content
from coupled_vae.data.kinds._image_arrays import channels_last, intensities, scaled
from coupled_vae.data.kinds._images import binarised
from coupled_vae.data.kinds._points import Units, centres, points
from coupled_vae.runtime.errors import UserError

Array = NDArray[Any]
Share = Annotated[float, Field(ge=0, lt=1)]


class Config(_content.Source):
    """Only ``path`` is required; an argument that is null or absent has no effect.

    Attributes:
        path: The file, absolute or relative to the run's folder: .npy, .npz, .csv, .tsv, .parquet;
            or a folder of images: .png, .jpg, .jpeg, .bmp, .gif.
        array: Name of the data's array in an ``.npz``; not needed if the file has only one array.
        columns: Names of a table's columns that are coordinates; null takes all except the labels.
        label: The classes: the name of an array in an ``.npz`` or of a column in a table, or the
            path of another file for an ``.npy``. Sub-folders of a folder are its classes.
        centres: The means of a mixture that the points are of, a row each: the name of an array in
            an ``.npz``; or the path of another ``.npy``, for a table of another table.
        std: The standard deviation of each component of the mixture, in all directions.
        held_out: Share of the rows that is not used for training.
        seed: Seed of the choice of held-out rows and of the binary pixels of images.
        standardise: Whether each column gets mean 0 and standard deviation 1 on the training rows.
        binarise: Whether each value of an image is drawn as 0 or 1 with its intensity as
            probability; null: images of one channel are, images of three keep their intensities.
    """

    std: Scale | None = None
    held_out: Share | None = None
    seed: Seed | None = None
    standardise: bool = False
    binarise: bool | None = None

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.held_out and self.seed is None:
            raise ValueError(f"held_out {self.held_out} needs a seed; write one, such as seed: 1")
        if (self.centres is None) != (self.std is None):
            raise ValueError("centres and std describe a mixture together; write both or neither")
        if self.std and self.standardise:
            raise ValueError(
                f"std {self.std:g} is in the units of the file, which standardise changes; write "
                "standardise: false, or leave centres and std out"
            )
        return self


@dataclass(frozen=True, kw_only=True)
class _Values:
    """The values of all rows, as a model is trained on them.

    Attributes:
        x: Points or flat images, shape ``(n, d)``.
        image: Height, width and channels of images; empty for points.
        centres: Component means of a mixture, shape ``(k, d)``; else empty.
        units: Shift and scale of the columns.
        notes: What was converted.
    """

    x: Float
    image: tuple[int, ...] = ()
    centres: Float = field(default_factory=lambda: np.empty((0, 0), np.float32))
    units: Units = field(default_factory=Units)
    notes: contract.Notes


@dataclass(frozen=True, kw_only=True)
class _Whole:
    """Values and labels ``(n,)`` of all rows; which are trained on, and which are held out."""

    values: _Values
    label: NDArray[np.int64]
    train: Array
    rest: Array
    notes: contract.Notes


def facts(config: Config) -> Facts:
    """Sizes of the dataset, from the data as they are generated.

    Raises:
        UserError: As for ``generate``.
    """
    return _facts(_whole(config))


def generate(config: Config) -> Dataset:
    """The training rows, in the order of the file: points ``(n, d)`` or flat images.

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
    """The files that the dataset is generated from; of a folder all its images, sorted."""
    return _content.files(config)


def paths(config: Config) -> list[str]:
    """Names of the arguments that are paths."""
    return _content.paths(config)


def _part(config: Config, *, held_out: bool) -> Dataset:
    whole = _whole(config)
    contract.announce(config.path, whole.notes)
    return _dataset(config, whole, whole.rest if held_out else whole.train)


def _facts(whole: _Whole) -> Facts:
    values = whole.values
    return Facts.model_validate(
        {
            "rows": len(whole.train),
            "columns": values.x.shape[1],
            "held_out": len(whole.rest),
            "image": values.image or None,
            "classes": len(np.unique(whole.label[whole.label != NO_CLASS])),
            "modes": len(values.centres) > 0,
            "binary": bool(((values.x == 0) | (values.x == 1)).all()),
        }
    )


def _dataset(config: Config, whole: _Whole, rows: Array) -> Dataset:
    values = whole.values
    return Dataset(
        x=values.x[rows],
        label=whole.label[rows],
        centres=values.centres,
        std=config.std or float("nan"),
        shift=values.units.shift,
        scale=values.units.scale,
        image=() if _is_plain(values.image) else values.image,
    )


def _is_plain(image: tuple[int, ...]) -> bool:
    """Whether the number of values tells the shape of an image: square, of one channel."""
    return bool(image) and image[0] == image[1] and image[2] == 1


def _whole(config: Config) -> _Whole:
    content = _content.read(config)
    data = contract.numbers(content.data, config.path)
    size = len(data) if data.ndim else 0
    label, notes = np.full(size, NO_CLASS, np.int64), content.notes
    if content.label is not None:
        place = f"{config.path}: label {config.label or 'by sub-folder'}"
        label, more = contract.classes(content.label, size, place)
        notes = [*notes, *more]
    train, rest = _split(config, size)
    if data.ndim in (3, 4):
        values = _images(config, data, train)
    else:
        values = _points(config, data, content.centres, train)
    notes = [*notes, *values.notes]
    return _Whole(values=values, label=label, train=train, rest=rest, notes=notes)


def _points(config: Config, data: Array, means: Array | None, train: Array) -> _Values:
    if config.binarise is not None:
        raise UserError(
            f"{config.path}: {contract.described(data)} are points, and binarise is of images; "
            "leave it out"
        )
    x, units, notes = points(data, train, standardise=config.standardise, source=config.path)
    if means is None:
        return _Values(x=x, units=units, notes=notes)
    known = centres(means, x.shape[1], f"{config.path}: centres {config.centres}")
    return _Values(x=x, centres=known, units=units, notes=notes)


def _images(config: Config, data: Array, train: Array) -> _Values:
    """All images, flat; an image's values do not depend on the number of held-out images."""
    source, shape = config.path, contract.described(data)
    images, notes = channels_last(data, source)
    for key, given in (("standardise", config.standardise), ("centres", config.centres)):
        if given:
            raise UserError(f"{source}: {shape} are images, and {key} is of points; leave it out")
    maximum = intensities(images, source)
    drawn = images.shape[3] == 1 if config.binarise is None else config.binarise
    x = _drawn(config, images, maximum) if drawn else scaled(images, maximum)
    contract.require_difference(x[train], source)
    how = f"drawn as 0 or 1, {maximum} always as 1" if drawn else f"divided by {maximum}"
    image = tuple(images.shape[1:])
    return _Values(x=x, image=image, notes=[*notes, f"{shape} read as images, {how}"])


def _drawn(config: Config, images: Array, maximum: int) -> Float:
    if config.seed is None:
        raise UserError(
            f"{config.path}: {contract.described(images)} are images, whose values are drawn as 0 "
            "or 1; write a seed, such as seed: 1, or binarise: false"
        )
    _, bits = np.random.default_rng(config.seed).spawn(2)
    return binarised(images, maximum, bits)


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
