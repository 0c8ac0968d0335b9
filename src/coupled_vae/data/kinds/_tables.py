"""Read the table of a user's ``.csv``, ``.tsv`` or ``.parquet`` file."""

import csv
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coupled_vae.data.contract import Notes, count, short
from coupled_vae.runtime.errors import UserError

Array = NDArray[Any]

MOST_BYTES = 2**30  # bytes of one file: all models keep all data in memory
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabulators"}
UNNAMED = "Unnamed:"  # the name that pandas gives a column without a name


@dataclass(frozen=True)
class Table:
    """Coordinates ``(n, d)``, the names of their columns, labels ``(n,)`` or None, and notes."""

    values: Array
    names: list[str]
    label: Array | None
    notes: Notes


def read_table(path: Path, columns: list[str] | None, label: str | None) -> Table:
    """The columns of coordinates and, where one is named for them, the column of labels.

    Args:
        path: The file.
        columns: Names of the coordinates' columns; null takes all except the labels and an unnamed
            column of row numbers.
        label: Name of the column of labels.

    Raises:
        UserError: The file is damaged, lacks a column, or has values that are not numbers.
    """
    if path.stat().st_size > MOST_BYTES:
        raise UserError(f"{path}: more than {MOST_BYTES / 2**30:.0f} GiB; store fewer rows")
    try:
        frame, notes = _parquet(path) if path.suffix.lower() == ".parquet" else _text(path)
    except UserError:
        raise
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path}: not UTF-8 (byte 0x{error.object[error.start]:02x}); store it as UTF-8"
        ) from error
    except Exception as error:  # parsers raise many types for a damaged file
        raise UserError(f"{path}: no table can be read ({_reason(error)}); mend it") from error
    _require_names(path, [*frame.columns], columns, label)
    frame, unnamed = _without_row_names(path, frame)
    wanted = columns or [name for name in frame.columns if name != label]
    chosen = frame[wanted]
    _require_values(path, chosen)
    labels = None if label is None else _labels(path, frame[label])
    notes = [*notes, *unnamed, *_counters(chosen)]
    return Table(chosen.to_numpy(np.float64), [*chosen.columns], labels, notes)


def _reason(error: Exception) -> str:
    if isinstance(error, pd.errors.ParserWarning):
        return "a row has more fields than the line of names"
    return (str(error).strip() or type(error).__name__).splitlines()[0][:160]


def _parquet(path: Path) -> tuple[pd.DataFrame, Notes]:
    try:
        frame = pd.read_parquet(path)
    except ImportError:
        raise UserError(
            f"{path}: reading .parquet needs pyarrow, which is not installed; install it or store "
            "the table as .csv"
        ) from None
    frame.columns = [str(name) for name in frame.columns]
    return frame, []


def _text(path: Path) -> tuple[pd.DataFrame, Notes]:
    with path.open("rb") as file:
        lines = [file.readline(2**16).decode("utf-8-sig", errors="replace") for _ in range(2)]
    separator, notes = _separator(path, lines)
    names = _header(path, separator)
    frame = _parse(path, separator, ".")
    if separator == ";" and any(_has_decimal_commas(frame[name]) for name in frame):
        frame = _parse(path, separator, ",")
        notes.append("decimal commas")
    return frame.rename(columns=dict(zip(frame.columns, names, strict=True))), notes


def _separator(path: Path, lines: list[str]) -> tuple[str, Notes]:
    """The separator that splits the first two lines into equally many fields.

    Of several candidates it is the one with the most fields. A quoted name may contain any
    separator, and an unquoted number a decimal comma.
    """
    if path.suffix.lower() == ".tsv":
        return "\t", []

    def rank(one: str) -> tuple[bool, int]:
        names, row = (len(next(csv.reader([line], delimiter=one), [])) for line in lines)
        return names == row > 1, names

    best = max(_SEPARATORS, key=rank)
    return best, [f"fields between {_SEPARATORS[best]}"] * (best != ",")


def _header(path: Path, separator: str) -> list[str]:
    try:
        row = pd.read_csv(
            path, sep=separator, header=None, nrows=1, dtype=str, keep_default_na=False,
            encoding="utf-8-sig",
        )  # fmt: skip
    except pd.errors.EmptyDataError:
        raise UserError(f"{path}: the file is empty; give a line of names and rows") from None
    names = [str(name).strip() or f"{UNNAMED} {k}" for k, name in enumerate(row.iloc[0])]
    # pandas.DataFrame(x).to_csv writes 0, 1, 2 as names; other numbers are a row of data.
    given = [name for name in names if not name.startswith(UNNAMED)]
    if given != [str(k) for k in range(len(given))] and all(
        _is_number(name.replace(",", ".")) for name in given
    ):
        raise UserError(
            f"{path}: the first line has numbers ({short(', '.join(names))}); put a line of "
            "column names above it"
        )
    return names


def _is_number(text: str) -> bool:
    if "_" in text:  # which Python takes for a number, and tables do not
        return False
    try:
        float(text)
    except ValueError:
        return False
    return True


def _parse(path: Path, separator: str, decimal: str) -> pd.DataFrame:
    with warnings.catch_warnings():
        # A row with more fields than the line of names is an error; pandas would take an index.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        return pd.read_csv(
            path, sep=separator, decimal=decimal, encoding="utf-8-sig", index_col=False,
            low_memory=False,
        )  # fmt: skip


def _has_decimal_commas(column: "pd.Series[Any]") -> bool:
    if column.dtype.kind != "O":
        return False
    text = column.dropna().astype(str)
    return bool(text.str.fullmatch(r"\s*[-+]?\d*,\d+([eE][-+]?\d+)?\s*").any())


def _require_names(
    path: Path, names: list[str], columns: list[str] | None, label: str | None
) -> None:
    named = [name for name in names if not name.startswith(UNNAMED)]
    twice = sorted({name for name in named if names.count(name) > 1})
    if twice:
        raise UserError(f"{path}: two columns are named {short(twice[0])}; rename one")
    choices = ", ".join(short(name) for name in named[:12]) + (", ..." if len(named) > 12 else "")
    for key, wanted in (("columns", columns or []), ("label", [label] if label else [])):
        for name in wanted:
            if name not in names:
                raise UserError(f"{path}: {key} {name!r} is no column; choices are {choices}")
    if columns and (len({*columns}) < len(columns) or label in columns):
        raise UserError(f"{path}: columns {columns} with label {label!r} names a column twice")


def _without_row_names(path: Path, frame: pd.DataFrame) -> tuple[pd.DataFrame, Notes]:
    """Leave out a first column without a name (pandas writes row names so), and empty columns."""
    unnamed = [name for name in frame.columns if name.startswith(UNNAMED)]
    for place, name in enumerate(frame.columns):
        if name in unnamed and place and frame[name].notna().any():
            raise UserError(f"{path}: column {place + 1} has no name; name it in the first line")
    return frame.drop(columns=unnamed), ["column without a name left out"] * bool(unnamed)


def _require_values(path: Path, frame: pd.DataFrame) -> None:
    if not len(frame):
        raise UserError(f"{path}: has no row below the names; give two or more")
    for name in frame:
        if (column := frame[name]).dtype.kind not in "biuf":
            text = [value for value in column.dropna() if not _is_number(str(value))]
            what = "numbers that are not of 64 bits; store it as float64"
            if text:
                what = f"{count(len(text), 'value')} no number, such as {short(text[0])}; mend them"
            raise UserError(
                f"{path}: column {short(name)} has {what}, or leave it out by columns, or name it "
                "as label"
            )
    missing = frame.isna().to_numpy()
    if total := int(missing.sum()):
        row, place = (int(i) for i in np.argwhere(missing)[0])
        raise UserError(
            f"{path}: {frame.shape[0]} rows, {frame.shape[1]} columns, {count(total, 'value')} "
            f"missing, the first in row {row + 1} of column {short(frame.columns[place])}; fill "
            "them or remove their rows"
        )


def _labels(path: Path, column: "pd.Series[Any]") -> Array:
    if total := int(column.isna().sum()):
        raise UserError(
            f"{path}: label {short(column.name)} is missing in {count(total, 'row')}; fill it or "
            "remove them"
        )
    return column.to_numpy() if column.dtype.kind in "biuf" else column.astype(str).to_numpy(str)


def _counters(frame: pd.DataFrame) -> Notes:
    """A hint about columns that only number the rows, which are rarely meant as coordinates."""
    rows = np.arange(len(frame))
    found = [
        str(name)
        for name in frame
        if len(rows) > 2 and any((frame[name] == rows + first).all() for first in (0, 1))
    ]
    return [f"column {short(name)} counts the rows, leave it out by columns?" for name in found]
