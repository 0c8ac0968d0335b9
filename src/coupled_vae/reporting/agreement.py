"""Whether a file of results agrees with its reference: bit for bit, or within ``tolerance``."""

import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from coupled_vae.reporting.tolerance import CELL, MODEL, Agreement, judge, names, seeds, spreads
from coupled_vae.runtime import frames
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import AGAIN, check_file, first_line, read_json, read_text
from coupled_vae.runtime.ranges import Number

FEWEST = 3  # seeds behind a mean in a table, which does not say how many
VALUES = {
    "metrics.csv": ("value", Number(undefined=True)),
    "resampling.csv": ("resampling_std", Number(low=0, empty=True)),
}
# What may differ in a table that is read: numbers, bold print, widths of columns.
NUMBERS = re.compile(r"\\textbf|\\mathbf|\d+(\.\d+)?(e[+-]?\d+)?|[-\N{MINUS SIGN}:*\s|{}]+")
NOT_JUDGED = ("_std", "_min")  # columns


def agree(file: Path, reference: Path) -> Agreement:
    """Compare a file of results with its reference.

    A file that is damaged is ``beyond``, and ``why`` has the error.
    """
    try:
        check_file(file)
        if file.read_bytes() == reference.read_bytes():
            return Agreement("equal")
        return _compare(file, reference)
    except UserError as error:
        why = str(error).removeprefix(f"{file}: ")
        return Agreement("beyond", why.replace(str(reference), "the reference"))


def _compare(file: Path, reference: Path) -> Agreement:
    if file.name in VALUES:
        return seeds(_frame(file), _frame(reference))
    if file.name == "metrics.json":
        return _means(file, reference)
    if file.name.endswith(".provenance.json"):
        return _record(file, reference)
    if file.suffix == ".yaml":
        return Agreement("beyond", "made by other parameters or other code")
    if file.suffix == ".csv":
        return _table(file, reference)
    if file.suffix in (".md", ".tex"):
        return _text(file, reference)
    return _picture(file, reference)


def _frame(path: Path) -> pd.DataFrame:
    column, number = VALUES[path.name]
    columns: frames.Columns = {**dict.fromkeys(MODEL, frames.Text()), "seed": Number(whole=True)}
    frame = frames.read(path, "frame of metrics", {**columns, column: number}, key=CELL)
    return frame.rename(columns={column: "value"})


def _means(file: Path, reference: Path) -> Agreement:
    """Compare two ``metrics.json``; the spreads are those of the reference's ``metrics.csv``."""
    new, old = _leaves(read_json(file)), _leaves(read_json(reference))
    other = [key for key in {**old, **new} if (key in old) != (key in new)]
    if other:
        return Agreement("beyond", f"{'.'.join(other[0])} is in one of both only")
    table = spreads(_frame(reference.with_name("metrics.csv")))
    errors = dict(zip(names(table, ["dataset", "model", "metric"]), table["error"], strict=True))
    keys = ["/".join(key) for key in old]
    try:
        mine, its = (np.array([_number(one[key]) for key in old]) for one in (new, old))
    except ValueError as error:
        raise UserError(f"{file}: not means of metrics ({first_line(error)}); {AGAIN}") from None
    return judge(keys, mine, its, np.array([errors.get(key, math.nan) for key in keys]))


def _number(value: object) -> float:
    return math.nan if value is None else float(str(value))


def _leaves(tree: object, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], object]:
    """The values of a nested dictionary by their paths."""
    if not isinstance(tree, dict):
        return {path: tree}
    found = (_leaves(value, (*path, key)) for key, value in tree.items())
    return {key: value for leaves in found for key, value in leaves.items()}


def _record(file: Path, reference: Path) -> Agreement:
    """Compare the jobs of two provenance records; digests of inputs and outputs may differ."""
    new, old = (_leaves(read_json(path)) for path in (file, reference))
    for key in {**old, **new}:
        if key[:1] == ("job",) and new.get(key) != old.get(key):
            return Agreement("beyond", f"made otherwise: {'.'.join(key)} differs")
    return Agreement("within", "made by the same job, from other bits")


def _table(file: Path, reference: Path) -> Agreement:
    """Compare two tables: the means by the spreads beside them, the paper's values by equality.

    Spreads and minima have no spread themselves and are not judged. Rows may change their order,
    as those of the search do.
    """
    new, old = _read(file), _read(reference)
    if [*new] != [*old] or len(new) != len(old):
        return Agreement("beyond", "other rows or columns")
    words = [str(name) for name in old if not pd.api.types.is_numeric_dtype(old[name])]
    if words:
        new, old = (table.sort_values(words, kind="stable") for table in (new, old))
    for name in words:
        if [*new[name].fillna("")] != [*old[name].fillna("")]:
            return Agreement("beyond", f"column {name} differs")
    numbers = [str(name) for name in old if name not in words]
    numbers = [name for name in numbers if not name.endswith(NOT_JUDGED)]
    rows = [str(row) for row in old[words[0]]] if words else [f"row {i}" for i in range(len(old))]
    return judge(
        [f"{name} of {row}" for name in numbers for row in rows],
        new[numbers].to_numpy(float).ravel("F"),
        old[numbers].to_numpy(float).ravel("F"),
        np.concatenate([_error(old, name) for name in numbers]),
    )


def _error(table: pd.DataFrame, name: str) -> np.ndarray:
    """Standard errors of a column's values: zero for the paper's, nan where they are unknown."""
    if name.endswith(("_paper", "_paper_error")):
        return np.zeros(len(table))
    column = f"{name.removesuffix('_mean')}_seed_std"
    if not name.endswith("_mean") or column not in table:
        return np.full(len(table), math.nan)
    std = table[column].to_numpy(float)
    of_all = math.sqrt(np.nanmean(std**2)) if not np.isnan(std).all() else math.nan
    return np.asarray(np.fmax(std, of_all) / math.sqrt(FEWEST))


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path)
    except (OSError, ValueError) as error:  # pandas' errors are ValueErrors
        raise UserError(f"{path}: not a table ({first_line(error)}); {AGAIN}") from None


def _text(file: Path, reference: Path) -> Agreement:
    """Compare the words of two tables."""
    new, old = (NUMBERS.sub("", read_text(path)) for path in (file, reference))
    if sorted(new) != sorted(old):  # sorted: rows may change their order
        return Agreement("beyond", "its words differ")
    return Agreement("form", "same words, other numbers; its .csv has the numbers")


def _picture(file: Path, reference: Path) -> Agreement:
    new, old = _size(file), _size(reference)
    if new != old:
        return Agreement("beyond", f"size {new}, reference {old}")
    return Agreement("form", "same size, other content")


def _size(path: Path) -> str:
    """Width and height of a picture, as its file gives them.

    Raises:
        UserError: The file is no picture.
    """
    if path.suffix == ".png":
        try:
            with Image.open(path) as image:
                image.load()
                return "{} x {} pixels".format(*image.size)
        except (OSError, ValueError, SyntaxError) as error:
            raise UserError(f"{path}: not a PNG ({first_line(error)}); {AGAIN}") from None
    if path.suffix == ".pdf":
        return _page_size(path)
    text = read_text(path)
    found = re.search(r'<svg[^>]* viewBox="([^"]+)"', text)
    if not found or not text.rstrip().endswith("</svg>"):
        raise UserError(f"{path}: not an SVG; {AGAIN}")
    return found[1]


def _page_size(path: Path) -> str:
    """Width and height of the page of a PDF, in points."""
    content = path.read_bytes()
    found = re.search(rb"/MediaBox \[ 0 0 ([\d.]+ [\d.]+) \]", content)
    if not found or not content.rstrip().endswith(b"%%EOF"):
        raise UserError(f"{path}: not a PDF; {AGAIN}")
    return f"{found[1].decode()} points"
