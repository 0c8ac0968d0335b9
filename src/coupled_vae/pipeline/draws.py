"""The arrays of a ``draws.npz``: what each is, its shape, and that every number in it is finite.

The same checks run before writing and after reading. No torch, since reports read draws too.
"""

from pathlib import Path
from typing import Any, Literal, Self, overload

import numpy as np
from numpy.typing import NDArray

from coupled_vae.metrics import images
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import AGAIN, Arrays, read_arrays

Holds = Literal["numbers", "indices", "density"]


class Drawn:
    """One array: the names or sizes of its axes and what it holds. Read, it is a checked array.

    Args:
        axes: Axes of one name have the same size within a file. ``n`` data of ``d`` coordinates,
            ``h`` held-out data, latent dimension ``l``; other names are numbers of draws.
        holds: Numbers, indices of data, or a density, which is nowhere below zero.
    """

    def __init__(self, *axes: str | int, holds: Holds = "numbers") -> None:
        self.axes, self.holds = axes, holds

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, draws: None, owner: type) -> Self: ...

    @overload
    def __get__(self, draws: "Draws", owner: type) -> NDArray[Any]: ...

    def __get__(self, draws: "Draws | None", owner: type) -> Self | NDArray[Any]:
        return self if draws is None else draws.array(self)

    def flaw(self, array: NDArray[Any], sizes: dict[str, int]) -> str:
        """Why this cannot be the array; empty if it can. New axes are added to ``sizes``."""
        wanted, kind = ("iu", "integers") if self.holds == "indices" else ("f", "floats")
        if array.dtype.kind not in wanted:
            return f"is of type {array.dtype}, not of {kind}"
        if array.ndim != len(self.axes):
            return f"has shape {array.shape}, not {len(self.axes)} axes"
        for axis, size in zip(self.axes, array.shape, strict=True):
            known = axis if isinstance(axis, int) else sizes.setdefault(axis, size)
            if size != known:
                return f"has shape {array.shape}, where axis {axis} is {known}"
        bad = array.size - int(np.isfinite(array).sum())
        if bad:
            return f"has {bad} of {array.size} numbers that are not finite"
        least, most = (array.min(), array.max()) if array.size else (0, 0)
        if self.holds == "indices" and not 0 <= least <= most <= sizes.get("n", np.inf) - 1:
            return f"has indices {least} to {most}, which are not all of data"
        if self.holds == "density" and least < 0:
            return "has a density below zero"
        return ""


class Draws:
    """The arrays of a file, all of them checked.

    ``pipeline.draw`` and ``pipeline.image_draws`` say what they are. Points and images have
    different ones.

    Args:
        path: The file.
        sizes: Known sizes of axes: ``n``, ``d`` and ``h`` of the data.

    Raises:
        UserError: The file is missing or damaged, or an array is not of its form; or one is asked
            for that it lacks.
    """

    prior = Drawn("draws", "l")
    prior_other = Drawn("draws", "l")
    aggregate = Drawn("draws", "l")
    latent_mean = Drawn("n", "l")
    code = Drawn("n", "l")
    reconstruction_nll = Drawn("n")
    reconstruction = Drawn("n", "d")
    sample = Drawn("samples", "d")
    sample_mean = Drawn("means", "d")  # images have fewer means than samples
    sobol_sample = Drawn("even", "d")
    posterior_axis = Drawn("grid")
    posterior_density = Drawn("grid", "grid", holds="density")
    posterior_draws = Drawn("posterior", "n", "l")
    prior_sobol = Drawn("sobol", "l")
    shown = Drawn("shown", holds="indices")
    shown_reconstruction = Drawn("shown", "d")
    pairs = Drawn("pairs", 2, holds="indices")
    interpolation = Drawn("pairs", "steps", "d")
    plane_axis = Drawn("side")
    plane = Drawn("side", "side", "d")
    held_out_mean = Drawn("h", "l")
    held_out_nll = Drawn("h")
    held_out_reconstruction_nll = Drawn("h")

    def __init__(self, path: Path, **sizes: int) -> None:
        self.path, self._arrays = path, read_arrays(path)
        check(self._arrays, str(path), AGAIN, **sizes)

    def array(self, drawn: Drawn) -> NDArray[Any]:
        """One of the arrays."""
        if drawn.name not in self._arrays:
            held = ", ".join(self._arrays) or "nothing"
            raise UserError(f"{self.path}: lacks {drawn.name}; has {held}; {AGAIN}")
        return self._arrays[drawn.name]

    def hole_mass(self, cells: int, fraction: float) -> float:
        """``metrics.images.hole_mass`` of ``aggregate``, with all draws of the prior."""
        prior = np.concatenate([self.prior, self.prior_other])
        return images.hole_mass(self.aggregate, prior, cells, fraction)


def check(arrays: Arrays, place: str, hint: str, **sizes: int) -> None:
    """Refuse unknown arrays, arrays of another type or shape, and numbers that are not finite.

    Raises:
        UserError: One line: ``place``, the array, what is wrong, and ``hint``.
    """
    for name, array in arrays.items():
        drawn = vars(Draws).get(name)
        flaw = drawn.flaw(array, sizes) if isinstance(drawn, Drawn) else "is no array of draws"
        if flaw:
            raise UserError(f"{place}: {name} {flaw}; {hint}")
