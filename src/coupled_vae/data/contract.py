"""The checks of every dataset; an error is one line with type, shape and number of bad values.

A function that converts values returns notes, a few words each, so that nothing changes silently.
"""

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coupled_vae.runtime.errors import UserError

Array = NDArray[Any]
Notes = list[str]

LARGEST = 1e9  # from 1e13 on, the squared gradients of the likelihood overflow float32
SMALLEST = float(np.finfo(np.float32).tiny)  # models treat smaller numbers as zero
ROUNDING = 0.01  # largest rounding by float32, as a share of a column's standard deviation
STANDARDISE = "kind file: standardise: true"
DIGITS = 10  # class numbers below it are not renumbered

_NO_NUMBERS = {
    "c": "complex numbers; store the real and the imaginary part as two columns",
    "O": "Python objects; store plain numbers, as of x.astype(float)",
    "U": "text; store numbers, as of x.astype(float)",
    "S": "text; store numbers, as of x.astype(float)",
    "T": "text; store numbers, as of x.astype(float)",
    "M": "dates; store numbers, such as days since the first",
    "m": "durations; store numbers, such as seconds",
}


def announce(source: str, notes: Notes) -> None:
    """Print the notes as one line on standard error; print nothing without notes."""
    if notes:
        print(f"note: {source}: {'; '.join(notes)}", file=sys.stderr)


def described(array: Array) -> str:
    """Type and shape of an array, for messages."""
    return f"{array.dtype} {array.shape}"


def numbers(values: object, source: str) -> Array:
    """Values as an array of real numbers, of any shape and number type.

    Raises:
        UserError: The values are no array, not numbers, complex, sparse, or partly masked.
    """
    if hasattr(values, "toarray"):
        raise UserError(f"{source}: a sparse matrix is not read; store x.toarray()")
    try:
        array = np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"{source}: {type(values).__name__} is no array ({reason})") from error
    if fields := array.dtype.names:
        raise UserError(
            f"{source}: {array.shape}, has fields {', '.join(fields)}; store a plain array, as of "
            "numpy.lib.recfunctions.structured_to_unstructured(x)"
        )
    if array.dtype.kind not in "biuf":
        what = _NO_NUMBERS.get(array.dtype.kind, "no numbers; store plain numbers")
        raise UserError(f"{source}: {described(array)} holds {what}")
    if isinstance(values, np.ma.MaskedArray) and (hidden := int(np.ma.getmaskarray(values).sum())):
        raise UserError(
            f"{source}: {described(array)} masks {count(hidden, 'value')}; fill them or remove "
            "their rows"
        )
    return array


def points(values: object, source: str) -> tuple[Array, Notes]:
    """Values as rows of coordinates, shape ``(n, d)``; finite, with their number type unchanged.

    Raises:
        UserError: The values are not numbers, not two-dimensional, too few, or not finite.
    """
    array, notes = numbers(values, source), Notes()
    if array.ndim == 1:
        notes.append(f"shape {array.shape} read as {len(array)} rows of one coordinate")
        array = array[:, None]
    if array.ndim != 2:
        raise UserError(
            f"{source}: {described(array)} is not of two dimensions; points are (n, d), a row each"
        )
    require_rows(array, source)
    if array.dtype.itemsize > 8:
        notes.append(f"{array.dtype} read as float64")
        with np.errstate(over="ignore"):  # an overflow becomes infinite and is refused below
            array = array.astype(np.float64)
    require_finite(array, source)
    return array, notes


def require_rows(array: Array, source: str) -> None:
    """Raise a ``UserError`` unless the array has two rows or more, and a column."""
    if len(array) < 2:
        raise UserError(
            f"{source}: {described(array)} has {count(len(array), 'row')}; give two or more"
        )
    if 0 in array.shape:
        raise UserError(f"{source}: {described(array)} has no column; give one or more")


def require_finite(array: Array, source: str) -> None:
    """Raise a ``UserError`` if values are not finite; it has their number and the first of them."""
    bad = ~np.isfinite(array)
    if total := int(bad.sum()):
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        raise UserError(
            f"{source}: {described(array)} has {count(total, 'value')} not finite, the first "
            f"{array[first]} at x[{', '.join(map(str, first))}]; fill them or remove their rows"
        )


def require_difference(array: Array, source: str) -> None:
    """Raise a ``UserError`` if all rows are equal, since a model has then nothing to learn."""
    if (array == array[:1]).all():
        raise UserError(
            f"{source}: {described(array)}, all rows are equal, so there is nothing to learn; "
            "give rows that differ"
        )


def as_float32(array: Array, source: str) -> tuple[NDArray[np.float32], Notes]:
    """Finite numbers ``(n, d)`` as float32, in the byte order and memory order that models need.

    Raises:
        UserError: A square may overflow, or float32 rounds away the differences between rows.
    """
    notes = Notes()
    _require_range(array, source)
    converted = np.ascontiguousarray(array, np.float32)
    _require_digits(array, converted, source)
    if array.dtype != np.float32:  # np.float32 also means the machine's byte order
        notes.append(f"{described(array)} stored as float32")
    elif not array.flags.c_contiguous:
        notes.append(f"{described(array)} stored row by row")
    return converted, notes


def _require_range(array: Array, source: str) -> None:
    largest = max(float(array.max()), -float(array.min()))
    if largest > LARGEST:
        large = int((np.abs(array.astype(np.float64)) > LARGEST).sum())
        raise UserError(
            f"{source}: {described(array)} has {count(large, 'value')} beyond +-{LARGEST:g}, up to "
            f"{largest:g}, whose squares overflow in training; rescale ({STANDARDISE})"
        )
    if 0 < largest < SMALLEST:
        raise UserError(
            f"{source}: {described(array)} has no value beyond +-{largest:g}, which float32 "
            f"takes for zero; rescale ({STANDARDISE})"
        )


def _require_digits(array: Array, converted: NDArray[np.float32], source: str) -> None:
    if array.dtype.kind == "b" or np.can_cast(array.dtype, np.float32):
        return
    exact = array.astype(np.float64)
    change = np.abs(exact - converted).max(axis=0)
    for column in np.flatnonzero(change > ROUNDING * exact.std(axis=0)):
        if np.ptp(exact[:, column]) > 0:
            low, high = exact[:, column].min(), exact[:, column].max()
            raise UserError(
                f"{source}: {described(array)}, column {column} lies in {low:.12g} to {high:.12g}, "
                f"which the seven digits of float32 change by {change[column]:.2g}; subtract its "
                f"mean or rescale ({STANDARDISE})"
            )


def classes(values: object, size: int, source: str) -> tuple[NDArray[np.int64], Notes]:
    """Class of each datum as an integer of zero or more, shape ``(size,)``.

    Whole numbers are kept if all are 0 to 9, or if they are 0, 1, 2, ... without a gap. All other
    values, such as text, are numbered from 0 in sorted order.

    Raises:
        UserError: The number of labels is not that of the data, or a value is no class.
    """
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.shape != (size,):
        raise UserError(
            f"{source}: {described(array)} is not one label for each of {size} rows; give ({size},)"
        )
    if array.dtype.kind not in "biufUST":
        raise UserError(
            f"{source}: {described(array)} names no classes; give whole numbers or text"
        )
    if array.dtype.kind == "f":
        array = _whole(array, source)
    names, code = np.unique(array, return_inverse=True)
    if array.dtype.kind in "biu" and 0 <= int(names[0]) <= int(names[-1]) < max(len(names), DIGITS):
        return array.astype(np.int64), []
    return code.astype(np.int64), [f"labels numbered: {_numbered(names.tolist())}"]


def _whole(array: Array, source: str) -> NDArray[np.int64]:
    bad = ~np.isfinite(array) | (array != np.round(array)) | (np.abs(array) > 2**53)
    if bad.any():
        raise UserError(
            f"{source}: {described(array)} has {count(int(bad.sum()), 'label')} that "
            f"{'is' if bad.sum() == 1 else 'are'} no whole number, the first {array[bad][0]}; "
            "give whole numbers or text"
        )
    return array.astype(np.int64)


def _numbered(names: Sequence[object]) -> str:
    shown = ", ".join(f"{short(name)} is {k}" for k, name in enumerate(names[:5]))
    return shown if len(names) <= 5 else f"{shown}, ... {len(names)} in all"


def short(value: object, length: int = 40) -> str:
    """A value for a message: on one line, and shortened if it is long."""
    text = repr(value)
    return text if len(text) <= length else f"{text[: length - 4]}...{text[-1]}"


def count(number: int, noun: str) -> str:
    """``1 row``, ``2 rows``, ``no row``."""
    return f"{number or 'no'} {noun}{'s' if number > 1 else ''}"
