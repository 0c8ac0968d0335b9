"""Check the arrays of a ``draws.npz``: their shapes, and that every number in them is finite.

The same checks run before writing and after reading. No torch, since reports read draws too.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from coupled_vae.metrics import images
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import AGAIN, Arrays, read_arrays

# Each axis has a name or a fixed size. n data of d coordinates, h held-out data, latent dimension
# l; the other names are numbers of draws. Axes of one name have the same size within a file.
SHAPES: Mapping[str, tuple[str | int, ...]] = {
    "prior": ("draws", "l"),
    "prior_other": ("draws", "l"),
    "aggregate": ("draws", "l"),
    "latent_mean": ("n", "l"),
    "code": ("n", "l"),
    "reconstruction_nll": ("n",),
    "reconstruction": ("n", "d"),
    "sample": ("samples", "d"),
    "sample_mean": ("means", "d"),  # images have fewer means than samples
    "sobol_sample": ("even", "d"),
    "posterior_axis": ("grid",),
    "posterior_density": ("grid", "grid"),
    "posterior_draws": ("posterior", "n", "l"),
    "prior_sobol": ("sobol", "l"),
    "shown": ("shown",),
    "shown_reconstruction": ("shown", "d"),
    "pairs": ("pairs", 2),
    "interpolation": ("pairs", "steps", "d"),
    "plane_axis": ("side",),
    "plane": ("side", "side", "d"),
    "held_out_mean": ("h", "l"),
    "held_out_nll": ("h",),
    "held_out_reconstruction_nll": ("h",),
}
INDICES = ("shown", "pairs")  # arrays of indices of data
DENSITIES = ("posterior_density",)


def read(path: Path, *names: str, **sizes: int) -> Arrays:
    """Read some arrays of a ``draws.npz``.

    Args:
        path: The file.
        names: Names of the arrays.
        sizes: Known sizes of axes: ``n``, ``d`` and ``h`` of the data.

    Raises:
        UserError: The file is missing or damaged, or ``check`` refuses an array in it.
    """
    arrays = read_arrays(path, *names)
    chosen = {name: arrays[name] for name in names}
    check(chosen, f"{path}", AGAIN, **sizes)
    return chosen


def hole_mass(arrays: Arrays, cells: int, fraction: float) -> float:
    """``metrics.images.hole_mass`` of ``aggregate``, with all draws of the prior in the file."""
    prior = np.concatenate([arrays["prior"], arrays["prior_other"]])
    return images.hole_mass(arrays["aggregate"], prior, cells, fraction)


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
