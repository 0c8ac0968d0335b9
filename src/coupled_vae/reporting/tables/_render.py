"""Write a table: numbers as CSV, the same formatted as Markdown and as LaTeX, wide and narrow.

Labels are text of ``params.yaml``: each format escapes them here, and nowhere else.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from tabulate import tabulate

from coupled_vae.metrics import catalogue
from coupled_vae.reporting import labels
from coupled_vae.reporting.tables import _latex
from coupled_vae.runtime.files import write_text

Row = dict[str, Any]
POINTS_NATS = 2  # decimals of a likelihood of points
NOT_RUN = "not run"  # in place of every number of a dataset that is not run


def number(value: float, decimals: int, scale: float = 1) -> str:
    """``scale * value`` with fixed decimals; "n/a" if undefined."""
    return "n/a" if math.isnan(value) else f"{scale * value:.{decimals}f}"


def plus_minus(value: float, error: float, decimals: int, scale: float = 1) -> str:
    """``value ± error``; only the value where the error is nan, as of a single seed."""
    shown = number(value, decimals, scale)
    if math.isnan(value) or math.isnan(error):
        return shown
    return f"{shown} ± {number(error, decimals, scale)}"


def spread(row: Row, metric: str, decimals: int, scale: float = 1) -> str:
    """``mean ± seed-to-seed standard deviation`` of a metric of a row."""
    return plus_minus(row[f"{metric}_mean"], row[f"{metric}_seed_std"], decimals, scale)


def of_points(columns: Mapping[str, catalogue.Shown]) -> dict[str, catalogue.Shown]:
    """Columns of a table of points, whose likelihoods differ by less than those of images."""
    return {
        name: (header, POINTS_NATS if name.endswith("_nll") else decimals, scale)
        for name, (header, decimals, scale) in columns.items()
    }


def meanings(metrics: Iterable[str]) -> str:
    """What some metrics are, for a note: of each the title, without its unit, and the meaning.

    A header in lower case belongs to the metric before it.
    """
    parts = [(title(name), catalogue.METRICS[name].meaning) for name in metrics]
    text = ". ".join(f"{header}: {meaning.rstrip('.')}" for header, meaning in parts) + "."
    return re.sub(r"[.] (?=[a-z])", "; ", text)


def title(metric: str) -> str:
    """Header of a metric without its unit."""
    return re.sub(r" \([^()]*\)$", "", catalogue.METRICS[metric].header)


def write(
    folder: Path,
    name: str,
    rows: list[Row],
    show: Callable[[Row], dict[str, str]],
    note: str,
    num_text: int = 1,
    main: Sequence[str] = (),
) -> None:
    """Write ``name.csv``, ``name.md``, ``name.tex`` and ``name.narrow.tex`` into a folder.

    Args:
        folder: Created where needed.
        name: Stem of the files.
        rows: The numbers, column to value; all rows have the same columns.
        show: Formats a row, header to cell.
        note: What a reader must know, below the table.
        num_text: How many columns at the left are text.
        main: Headers of the columns of the narrow LaTeX table; the first ones where it is empty.
    """
    stored = [{name: _storable(value) for name, value in row.items()} for row in rows]
    text = pd.DataFrame(stored).to_csv(index=False, lineterminator="\n", float_format="%.10g")
    shown = [show(row) for row in rows]
    label = _latex.label_of(folder, name)
    wide = _latex.wide(shown, num_text, note, label)
    narrow = _latex.narrow(shown, num_text, note, label, main)
    write_text(folder / f"{name}.csv", text)
    write_text(folder / f"{name}.md", f"{_markdown(shown, num_text)}\n\n{note}\n")
    write_text(folder / f"{name}.tex", f"{wide}\n")
    write_text(folder / f"{name}.narrow.tex", f"{narrow}\n")


def _storable(value: Any) -> Any:  # noqa: ANN401
    """Text without halves of a surrogate pair, which no encoding has."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _markdown(shown: list[dict[str, str]], num_text: int) -> str:
    cells = [[labels.markdown(cell) for cell in row.values()] for row in shown]
    headers = [labels.markdown(header) for header in shown[0]]
    align = ["left"] * num_text + ["right"] * (len(headers) - num_text)
    return str(tabulate(cells, headers, tablefmt="pipe", colalign=align, disable_numparse=True))
