"""A dataset and its file format."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coupled_vae.errors import UserError
from coupled_vae.files import read_arrays, write_arrays

Float = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Training data x_1..x_n, each of weight 1/n.

    Attributes:
        x: Data, shape ``(n, d)``, float32.
        label: Class or component of each datum, shape ``(n,)``, int64.
        centres: Component means where the truth is known, shape ``(k, d)``; else empty.
        std: Component standard deviation where the truth is known; else nan.
    """

    x: Float
    label: NDArray[np.int64]
    centres: Float = field(default_factory=lambda: np.empty((0, 0), np.float32))
    std: float = float("nan")

    def digest(self) -> str:
        """SHA-256 over the arrays, the identity of the data a model was trained on."""
        sha = hashlib.sha256()
        for array in (self.x, self.label, self.centres, np.float64(self.std)):
            sha.update(str(array.shape).encode())
            sha.update(np.ascontiguousarray(array))  # type: ignore[arg-type]
        return sha.hexdigest()


def save(path: Path, dataset: Dataset) -> None:
    """Write a dataset as ``.npz`` with its checksum inside."""
    write_arrays(
        path,
        {
            "x": dataset.x,
            "label": dataset.label,
            "centres": dataset.centres,
            "std": np.float64(dataset.std),  # type: ignore[dict-item]
            "sha256": np.array(dataset.digest()),
        },
    )


def load(path: Path) -> Dataset:
    """Read a dataset.

    Raises:
        UserError: The file is missing or damaged, or its content does not match its checksum.
    """
    arrays = read_arrays(path, "x", "label", "centres", "std", "sha256")
    dataset = Dataset(
        x=arrays["x"],
        label=arrays["label"],
        centres=arrays["centres"],
        std=float(arrays["std"]),
    )
    if dataset.digest() != str(arrays["sha256"]):
        raise UserError(f"{path}: content does not match its checksum; delete it and run again")
    return dataset
