"""Points as they are trained on: finite float32 rows, standardised if asked for."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coupled_vae.data import contract
from coupled_vae.runtime.errors import UserError

Array = NDArray[Any]
Float = NDArray[np.float32]
USUAL = (0.01, 100)  # range of standard deviations without a hint
MOST_COLUMNS = 10_000


@dataclass(frozen=True)
class Units:
    """Shift and scale of each column, ``(d,)``, as in ``Dataset``; empty if not standardised."""

    shift: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    scale: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))


def points(
    data: Array, train: Array, *, standardise: bool, source: str
) -> tuple[Float, Units, contract.Notes]:
    """All points, standardised with the mean and standard deviation of the training rows only.

    Args:
        data: Real numbers, shape ``(n, d)`` or ``(n,)``.
        train: Indices of the training rows.
        standardise: Whether each column gets mean 0 and standard deviation 1.
        source: The file that they come from, for messages.

    Raises:
        UserError: A model cannot be trained on the points.
    """
    rows, notes = contract.points(data, source)
    if rows.shape[1] > MOST_COLUMNS:
        raise UserError(
            f"{source}: {contract.described(rows)} has more than {MOST_COLUMNS} columns; leave "
            "some out, or store principal components"
        )
    contract.require_difference(rows[train], source)
    units = Units()
    if standardise:
        units = _moments(rows[train])
        with np.errstate(over="ignore"):  # an overflow becomes infinite and is refused below
            rows = (rows - units.shift) / units.scale
        notes.append("standardised: metrics are in standard deviations of the columns")
    x, more = contract.as_float32(rows, source)
    hint = [] if standardise else _scale_hint(rows[train])
    return x, units, [*notes, *hint, *more]


def _scale_hint(rows: Array) -> contract.Notes:
    """A hint if standard deviations are outside the usual range of the models' settings."""
    spread = rows.astype(np.float64).std(axis=0)
    low, high = spread[spread > 0].min(initial=np.inf), spread.max()
    if USUAL[0] <= low and high <= USUAL[1]:
        return []
    return [f"columns have standard deviations of {low:.2g} to {high:.2g}, see standardise"]


def _moments(rows: Array) -> Units:
    """Mean and standard deviation of each column; 1 for the latter if a column is constant."""
    largest = np.abs(rows.astype(np.float64)).max(axis=0)
    unit = np.where(largest > 0, largest, 1.0)  # so that no square overflows or vanishes
    scaled = rows / unit
    deviation = scaled.std(axis=0) * unit
    varies = np.ptp(scaled, axis=0) > 0
    return Units(scaled.mean(axis=0) * unit, np.where(varies, deviation, 1.0))


def centres(values: object, dim: int, source: str) -> Float:
    """Means of a mixture's components, shape ``(k, d)``, different from each other.

    Raises:
        UserError: They are no finite rows of ``dim`` coordinates, or two are equal.
    """
    array = contract.numbers(values, source)
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or array.shape[1] != dim or not len(array):
        raise UserError(
            f"{source}: {contract.described(array)}; give one row or more of {dim} "
            f"{'coordinate' if dim == 1 else 'coordinates'}, as the data have"
        )
    contract.require_finite(array, source)
    rows = np.ascontiguousarray(array, np.float32)
    if len(np.unique(rows, axis=0)) < len(rows):
        raise UserError(f"{source}: {contract.described(array)}, two rows are equal; leave one out")
    return rows
