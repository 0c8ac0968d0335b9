"""What every dataset must satisfy: each fault is one line with the type, shape and count of it.

A function returns what it converted as notes, a few words each, so that nothing changes silently.
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
SMALLEST = float(np.finfo(np.float32).tiny)  # models take what is below it for zero
ROUNDING = 0.01  # of a column's standard deviation, that float32 may change a value by
STANDARDISE = "kind file: standardise: true"
DIGITS = 10  # class numbers below it are kept as they are

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
    """Print what was converted, one line on standard error; nothing where nothing was."""
    if notes:
        print(f"note: {source}: {'; '.join(notes)}", file=sys.stderr)


def described(array: Array) -> str:
    """Type and shape, as messages show them."""
    return f"{array.dtype} {array.shape}"


def numbers(values: object, source: str) -> Array:
    """Values as an array of real numbers, of any shape and number type.

    Raises:
        UserError: They are no array, not numbers, complex, sparse, or partly masked.
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
    """Values as rows of coordinates, shape ``(n, d)``; finite, of the type they came in.

    Raises:
        UserError: They are not numbers, not two-dimensional, too few, or not finite.
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
        with np.errstate(over="ignore"):  # what is beyond it is not finite then
            array = array.astype(np.float64)
    require_finite(array, source)
    return array, notes


def require_rows(array: Array, source: str) -> None:
    """Raise a ``UserError`` unless there are two rows or more, and a coordinate."""
    if len(array) < 2:
        raise UserError(
            f"{source}: {described(array)} has {count(len(array), 'row')}; give two or more"
        )
    if 0 in array.shape:
        raise UserError(f"{source}: {described(array)} has no column; give one or more")


def require_finite(array: Array, source: str) -> None:
    """Raise a ``UserError`` with the number of values that are not finite, and the first."""
    bad = ~np.isfinite(array)
    if total := int(bad.sum()):
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        raise UserError(
            f"{source}: {described(array)} has {count(total, 'value')} not finite, the first "
            f"{array[first]} at x[{', '.join(map(str, first))}]; fill them or remove their rows"
        )


def require_difference(array: Array, source: str) -> None:
    """Raise a ``UserError`` if all rows are equal: then there is no distribution to learn."""
    if (array == array[:1]).all():
        raise UserError(
            f"{source}: {described(array)}, all rows are equal, so there is nothing to learn; "
            "give rows that differ"
        )


def as_float32(array: Array, source: str) -> tuple[NDArray[np.float32], Notes]:
    """Finite numbers ``(n, d)`` in the type, byte order and memory order that models take.

    Raises:
        UserError: A square may overflow, or what distinguishes the rows is below float32's digits.
    """
    notes = Notes()
    _require_range(array, source)
    converted = np.ascontiguousarray(array, np.float32)
    _require_digits(array, converted, source)
    if array.dtype != np.float32:  # of the machine's own byte order
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
    """Class of each datum as an integer, shape ``(size,)``, none below zero.

    Whole numbers are kept if they are 0 to 9, or have no gap from 0 on. All else, text among it,
    is numbered from 0 in sorted order.

    Raises:
        UserError: There is not one class for each datum, or a value names none.
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
    """A value as a message shows it: on one line, not too long."""
    text = repr(value)
    return text if len(text) <= length else f"{text[: length - 4]}...{text[-1]}"


def count(number: int, noun: str) -> str:
    """``1 row``, ``2 rows``, ``no row``."""
    return f"{number or 'no'} {noun}{'s' if number > 1 else ''}"
