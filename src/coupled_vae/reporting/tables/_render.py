"""Write a table three times: numbers as CSV, the same formatted as Markdown and LaTeX.

Labels are text of ``params.yaml``: each format escapes them here, and nowhere else.
"""

import math
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd
from tabulate import tabulate

from coupled_vae.metrics import catalogue
from coupled_vae.reporting import labels
from coupled_vae.runtime.files import write_text

Row = dict[str, Any]
NOT_RUN = "not run"  # in place of every number of a dataset that is not run

# What LaTeX's text fonts may lack, once tabulate has escaped the rest.
TEX = {
    "±": r"$\pm$",
    "10⁻³": r"$10^{-3}$",
    "✓": r"$\checkmark$",
}


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
) -> None:
    """Write ``name.csv``, ``name.md`` and ``name.tex`` into a folder.

    Args:
        folder: Created where needed.
        name: Stem of the three files.
        rows: The numbers, column to value; all rows have the same columns.
        show: Formats a row, header to cell.
        note: What a reader must know, below the table.
        num_text: How many columns at the left are text.
    """
    stored = [{name: _storable(value) for name, value in row.items()} for row in rows]
    text = pd.DataFrame(stored).to_csv(index=False, lineterminator="\n", float_format="%.10g")
    shown = [show(row) for row in rows]
    markdown, tex = _markdown(shown, num_text), _latex(shown, num_text)
    comment = "".join(f"% {line}\n" for line in ("Needs booktabs and amssymb.", note))
    write_text(folder / f"{name}.csv", text)
    write_text(folder / f"{name}.md", f"{markdown}\n\n{note}\n")
    write_text(folder / f"{name}.tex", f"{comment}{tex}\n")


def _storable(value: Any) -> Any:  # noqa: ANN401
    """Text without halves of a surrogate pair, which no encoding has."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _markdown(shown: list[dict[str, str]], num_text: int) -> str:
    return _tabulate(shown, "pipe", num_text, labels.markdown)


def _latex(shown: list[dict[str, str]], num_text: int) -> str:
    commands: dict[str, str] = {}
    # tabulate escapes what is left; it must not see commands.
    tex = _tabulate(shown, "latex_booktabs", num_text, lambda cell: labels.latex(cell, commands))
    for plain, command in TEX.items():
        tex = tex.replace(plain, command)
    for command, character in commands.items():
        tex = tex.replace(character, command)
    return tex


def _tabulate(
    shown: list[dict[str, str]], style: str, num_text: int, escape: Callable[[str], str]
) -> str:
    cells = [[escape(cell) for cell in row.values()] for row in shown]
    headers = [escape(header) for header in shown[0]]
    align = ["left"] * num_text + ["right"] * (len(headers) - num_text)
    return str(tabulate(cells, headers, tablefmt=style, colalign=align, disable_numparse=True))
