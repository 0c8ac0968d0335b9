"""A dataset, its checks, and its file format."""

import hashlib
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coupled_vae.data import contract
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import Arrays, read_arrays, write_arrays

Float = NDArray[np.float32]
Float64 = NDArray[np.float64]
NO_CLASS = -1


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Training data x_1..x_n of equal weight 1/n, with n of two or more.

    Attributes:
        x: Data, shape ``(n, d)``, float32, finite, in row-major order.
        label: Class or component of each datum, shape ``(n,)``, int64; -1 where it is not known.
        centres: Component means of a known mixture, shape ``(k, d)``; else empty.
        std: Component standard deviation of a known mixture; else nan.
        shift: Number subtracted from each column, shape ``(d,)``, float64; empty for data that were
            not standardised. ``x * scale + shift`` is in the original units.
        scale: Number by which each column was then divided, shape ``(d,)``, float64; else empty.
        image: Height, width and channels of images, whose values x has in this order; empty for
            points, and for square images of one channel.
    """

    x: Float
    label: NDArray[np.int64]
    centres: Float = field(default_factory=lambda: np.empty((0, 0), np.float32))
    std: float = float("nan")
    shift: Float64 = field(default_factory=lambda: np.empty(0))
    scale: Float64 = field(default_factory=lambda: np.empty(0))
    image: tuple[int, ...] = ()

    def digest(self) -> str:
        """SHA-256 of the arrays. It identifies the data on which a model was trained."""
        sha = hashlib.sha256()
        for array in self.arrays().values():
            sha.update(str(array.shape).encode())
            sha.update(np.ascontiguousarray(array))  # type: ignore[arg-type]
        return sha.hexdigest()

    def arrays(self) -> Arrays:
        """The stored arrays by name; the units and ``image`` only if they are not empty."""
        arrays: Arrays = {
            "x": self.x,
            "label": self.label,
            "centres": self.centres,
            "std": np.float64(self.std),  # type: ignore[dict-item]
        }
        if len(self.shift):
            arrays |= {"shift": self.shift, "scale": self.scale}
        if self.image:
            arrays["image"] = np.array(self.image, np.int64)
        return arrays


def checked(made: object, source: str) -> Dataset:
    """Check the result of a kind's ``generate`` and convert it to a dataset for training.

    Number types and memory order are converted; one line on standard error names the conversions.

    Args:
        made: A ``Dataset`` whose arrays may be of any number type, or lists.
        source: The function or file that the data come from, for messages.

    Raises:
        UserError: ``made`` is no ``Dataset``, or its arrays are not finite numbers of shapes that
            fit together.
    """
    dataset, notes = _checked(made, source)
    contract.announce(source, notes)
    return dataset


def _checked(made: object, source: str) -> tuple[Dataset, contract.Notes]:
    if not isinstance(made, Dataset):
        raise UserError(
            f"{source}: generate returned {type(made).__name__}; it must return a "
            "coupled_vae.data.dataset.Dataset, such as Dataset(x=x, label=label)"
        )
    points, notes = contract.points(made.x, f"{source}: x")
    x, more = contract.as_float32(points, f"{source}: x")
    label = _labels(made.label, len(x), source)
    centres, std = _truth(made, x.shape[1], source)
    shift, scale = _units(made, x.shape[1], source)
    image = _image(made, x.shape[1], source)
    dataset = Dataset(
        x=x, label=label, centres=centres, std=std, shift=shift, scale=scale, image=image
    )
    return dataset, [*notes, *more]


def _labels(values: object, size: int, source: str) -> NDArray[np.int64]:
    array = contract.numbers(values, f"{source}: label")
    if array.shape != (size,) or array.dtype.kind not in "biu":
        raise UserError(
            f"{source}: label is {contract.described(array)}; give one whole number for each of "
            f"the {size} rows of x, {NO_CLASS} where there is none"
        )
    return array.astype(np.int64, copy=False)


def _truth(made: Dataset, dim: int, source: str) -> tuple[Float, float]:
    """Component means and their standard deviation, checked against the shape of the data."""
    centres = contract.numbers(made.centres, f"{source}: centres")
    std = contract.numbers(made.std, f"{source}: std")
    if centres.size and (
        centres.ndim != 2 or centres.shape[1] != dim or not np.isfinite(centres).all()
    ):
        raise UserError(
            f"{source}: centres is {contract.described(centres)}; give finite rows of {dim} "
            "coordinates, as x has, or none"
        )
    if std.ndim or (centres.size and not 0 < std < np.inf):
        raise UserError(f"{source}: std is {made.std}; give one positive number beside centres")
    if not centres.size:
        return np.empty((0, 0), np.float32), float(std)
    return np.ascontiguousarray(centres, np.float32), float(std)


def _units(made: Dataset, dim: int, source: str) -> tuple[Float64, Float64]:
    shift = contract.numbers(made.shift, f"{source}: shift").astype(np.float64)
    scale = contract.numbers(made.scale, f"{source}: scale").astype(np.float64)
    finite = np.isfinite(shift).all() and np.isfinite(scale).all() and (scale != 0).all()
    if shift.shape != scale.shape or shift.shape not in ((0,), (dim,)) or not finite:
        raise UserError(
            f"{source}: shift is {contract.described(shift)}, scale {contract.described(scale)}; "
            f"give both for each of {dim} columns, finite and no scale zero, or neither"
        )
    return shift, scale


def _image(made: Dataset, dim: int, source: str) -> tuple[int, ...]:
    image = tuple(int(size) for size in made.image)
    if image and (len(image) != 3 or min(image) < 1 or math.prod(image) != dim):
        raise UserError(
            f"{source}: image is {image}; give height, width and channels, whose product is the "
            f"{dim} columns of x, or nothing"
        )
    return image


def save(path: Path, dataset: Dataset) -> None:
    """Write a dataset as ``.npz`` with its checksum inside.

    Raises:
        UserError: The dataset fails the checks of ``checked``, or the file cannot be written.
    """
    dataset = checked(dataset, str(path))
    write_arrays(path, {**dataset.arrays(), "sha256": np.array(dataset.digest())})


def load(path: Path) -> Dataset:
    """Read a dataset.

    Raises:
        UserError: The file is missing or damaged, its content fails the checks of ``checked``, so
            ``save`` cannot have written it, or the checksum differs.
    """
    arrays = read_arrays(path, "x", "label", "centres", "std", "sha256")
    _require_form(arrays, path)
    stored = Dataset(
        x=arrays["x"],
        label=arrays["label"],
        centres=arrays["centres"],
        std=float(arrays["std"]),
        shift=arrays.get("shift", np.empty(0)),
        scale=arrays.get("scale", np.empty(0)),
        image=tuple(arrays.get("image", np.empty(0, np.int64)).tolist()),
    )
    # No advice to run again: the same data would be refused again.
    dataset, _ = _checked(stored, f"{path}, which the command data has not written")
    if dataset.digest() != str(arrays["sha256"]):
        raise UserError(f"{path}: content does not match its checksum; delete it and run again")
    return dataset


_FORM = {
    "x": ("float32", 2),
    "label": ("int64", 1),
    "centres": ("float32", 2),
    "std": ("float64", 0),
    "shift": ("float64", 1),
    "scale": ("float64", 1),
    "image": ("int64", 1),
}


def _require_form(arrays: Arrays, path: Path) -> None:
    for name, (dtype, dims) in _FORM.items():
        array = arrays.get(name)
        if array is not None and (array.dtype != dtype or array.ndim != dims):
            raise UserError(
                f"{path}, which the command data has not written: {name} is "
                f"{contract.described(array)}, not {dtype} of {dims} dimensions; mend what wrote it"
            )
