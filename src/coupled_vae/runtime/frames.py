"""The one reader of CSV files: every column, every value and every key is checked.

A file that is cut off in a line, text in place of a number, or a repeated row is an error of one
line. The caller checks for missing rows, since only the caller knows the expected rows.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import AGAIN, first_line, read_text
from coupled_vae.runtime.ranges import Number

SHOWN = 40  # characters of a bad value


@dataclass(frozen=True, kw_only=True)
class Text:
    """A column of text that is not empty; if ``choices`` are given, the text is one of them."""

    choices: tuple[str, ...] = ()

    def read(self, text: str) -> str:
        """The value.

        Raises:
            ValueError: The text is empty or not one of the choices.
        """
        if not text:
            raise ValueError("is empty")
        if self.choices and text not in self.choices:
            raise ValueError(f"is unknown; choices are {', '.join(self.choices)}")
        return text


Columns = Mapping[str, Number | Text]


def read(path: Path, what: str, columns: Columns, key: Sequence[str]) -> pd.DataFrame:
    """Read a CSV file with exactly these columns.

    Args:
        path: The file.
        what: What the file should contain, for errors.
        columns: Name and type of each column; the order in the file is free.
        key: Columns whose values together identify a row, so that no two rows agree in them; may be
            empty.

    Raises:
        UserError: One line: the file, the line number, the value, and what is wrong with it.
    """
    try:
        return _parse(read_text(path), columns, key)
    except (ValueError, csv.Error) as error:
        raise UserError(f"{path}: not a {what} ({first_line(error)}); {AGAIN}") from None


def _parse(text: str, columns: Columns, key: Sequence[str]) -> pd.DataFrame:
    if not text.endswith("\n"):
        raise ValueError("its last line is cut off" if text else "it is empty")
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    if sorted(header) != sorted(columns):
        raise ValueError(f"its columns are {_short(','.join(header))}, not {','.join(columns)}")
    if not rows:
        raise ValueError("it has no rows")
    values = [_row(row, header, columns, line) for line, row in enumerate(rows, start=2)]
    frame = pd.DataFrame(values, columns=header)[list(columns)]
    twice = frame[frame.duplicated(list(key))] if key else frame[:0]
    if len(twice):
        names = ", ".join(str(value) for value in twice.iloc[0][list(key)])
        raise ValueError(f"a row stands twice: {names}")
    return frame


def _row(row: list[str], header: list[str], columns: Columns, line: int) -> list[Any]:
    if len(row) != len(header):
        raise ValueError(f"line {line} has {len(row)} fields, not {len(header)}")
    values = []
    for name, text in zip(header, row, strict=True):
        try:
            values.append(columns[name].read(text))
        except ValueError as error:
            raise ValueError(f"line {line}: {name} {_short(text)!r} {error}") from None
    return values


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."
