"""The arrays of a ``draws.npz``: their shapes, and that every number in them is finite.

The same checks stand before writing and after reading. Without torch: reports read draws too.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import AGAIN, Arrays, read_arrays

# Axes by name: n data of d coordinates, h held out, latent dimension l; others are numbers of
# draws. Within a file an axis has one size. A number is a size.
SHAPES: Mapping[str, tuple[str | int, ...]] = {
    "prior": ("draws", "l"),
    "prior_other": ("draws", "l"),
    "aggregate": ("draws", "l"),
    "latent_mean": ("n", "l"),
    "code": ("n", "l"),
    "reconstruction_nll": ("n",),
    "reconstruction": ("n", "d"),
    "sample": ("samples", "d"),
    "sample_mean": ("means", "d"),  # of images fewer than there are samples
    "sobol_sample": ("even", "d"),
    "posterior_axis": ("grid",),
    "posterior_density": ("grid", "grid"),
    "posterior_draws": ("posterior", "n", "l"),
    "prior_sobol": ("sobol", "l"),
    "shown": ("shown",),
    "shown_reconstruction": ("shown", "d"),
    "pairs": ("pairs", 2),
    "interpolation": ("pairs", "steps", "d"),
    "held_out_mean": ("h", "l"),
    "held_out_nll": ("h",),
    "held_out_reconstruction_nll": ("h",),
}
INDICES = ("shown", "pairs")  # of data
DENSITIES = ("posterior_density",)


def read(path: Path, *names: str, **sizes: int) -> Arrays:
    """Read some arrays of a ``draws.npz``.

    Args:
        path: The file.
        names: Of the arrays.
        sizes: Of axes, where they are known: ``n``, ``d`` and ``h`` of the data.

    Raises:
        UserError: The file is missing or damaged, or an array in it is not what ``check`` wants.
    """
    arrays = read_arrays(path, *names)
    chosen = {name: arrays[name] for name in names}
    check(chosen, f"{path}", AGAIN, **sizes)
    return chosen


def check(arrays: Arrays, place: str, hint: str, **sizes: int) -> None:
    """Refuse arrays of another type or shape, and numbers that are not finite.

    Raises:
        UserError: One line: ``place``, the array, what is wrong, and ``hint``.
    """
    for name, array in arrays.items():
        flaw = _flaw(name, array, sizes)
        if flaw:
            raise UserError(f"{place}: {name} {flaw}; {hint}")


def _flaw(name: str, array: np.ndarray, sizes: dict[str, int]) -> str:
    wanted = "iu" if name in INDICES else "f"
    if array.dtype.kind not in wanted:
        return f"is of type {array.dtype}, not of {'integers' if wanted == 'iu' else 'floats'}"
    axes = SHAPES[name]
    if array.ndim != len(axes):
        return f"has shape {array.shape}, not {len(axes)} axes"
    for axis, size in zip(axes, array.shape, strict=True):
        known = axis if isinstance(axis, int) else sizes.setdefault(axis, size)
        if size != known:
            return f"has shape {array.shape}, where axis {axis} is {known}"
    bad = array.size - int(np.isfinite(array).sum())
    if bad:
        return f"has {bad} of {array.size} numbers that are not finite"
    if name in INDICES and array.size and not 0 <= array.min() <= array.max() < _count(sizes):
        return f"has indices {array.min()} to {array.max()}, which are not all of data"
    if name in DENSITIES and array.size and array.min() < 0:
        return "has a density below zero"
    return ""


def _count(sizes: dict[str, int]) -> float:
    return sizes.get("n", np.inf)
