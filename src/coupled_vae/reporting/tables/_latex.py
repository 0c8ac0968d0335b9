r"""A table as LaTeX, twice: all columns across the page, and the main columns in a text column.

The wide form is a ``table*`` that shrinks to ``\textwidth`` where it must. The narrow form is a
``table`` of ``tabularx``: numbers take the room they need, texts break into lines in the rest.
A deviation is a subscript, and headers are stacked, or no table of means would fit a column.
"""

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tabulate import tabulate

from coupled_vae.reporting import labels

HEADER = 10  # characters in a line of a header, unless a word is longer
LONG = 45  # characters from which on a text breaks into lines, also in the wide form
MAIN = 2, 2  # columns of text and of numbers in a narrow table that does not say which
NUMBER = re.compile(r"(-?)([\d.]+)(?: ± ([\d.]+))?")  # sign, value, deviation
BREAKS = r">{\raggedright\arraybackslash}X"
# What LaTeX's text fonts may lack, once all other characters are escaped.
SYMBOLS = {"±": r"$\pm$", "10⁻³": r"$10^{-3}$", "✓": r"$\checkmark$"}
ESCAPED = {character: rf"\{character}" for character in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\^{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}


@dataclass(frozen=True)
class Form:
    """How a table is set: width, environment of the float, and what stands around the columns."""

    width: str
    float_: str
    packages: str
    size: str


ALL = "booktabs, amssymb, array, tabularx"
WIDE = Form(r"\textwidth", "table*", f"{ALL} and adjustbox", "small")
NARROW = Form(r"\columnwidth", "table", ALL, "footnotesize")


def wide(shown: list[dict[str, str]], num_text: int, note: str, label: str) -> str:
    """All columns, as wide as the text of a page.

    Args:
        shown: Cells of each row by their headers.
        num_text: How many columns at the left are text.
        note: What a reader must know; the caption.
        label: For ``ref``.
    """
    texts = [header for header in [*shown[0]][:num_text] if _longest(shown, header) > LONG]
    return _floating(WIDE, shown, num_text, texts, note, label)


def narrow(
    shown: list[dict[str, str]], num_text: int, note: str, label: str, main: Sequence[str]
) -> str:
    """The main columns, as wide as a column of text; arguments as of ``wide``.

    Args:
        shown: Cells of each row by their headers.
        num_text: How many columns at the left are text.
        note: What a reader must know; the caption.
        label: For ``ref``.
        main: Headers of the main columns; the first ones where it is empty.
    """
    headers = [*shown[0]]
    texts, numbers = headers[:num_text], headers[num_text:]
    main = main or [*texts[: MAIN[0]], *numbers[: MAIN[1]]]
    kept = [{header: row[header] for header in main} for row in shown]
    texts = [header for header in main if header in texts]
    return _floating(NARROW, kept, len(texts), texts, note, label)


def label_of(folder: Path, name: str) -> str:
    """A label that no other table has, by the folder of results and the name of the files."""
    parts = folder.parts[folder.parts.index("results") + 1 :] if "results" in folder.parts else ()
    words = [part for part in (*parts, name) if part not in ("tables", "report", "table")]
    return ":".join(["tab", "-".join(words) or name])


def _longest(shown: list[dict[str, str]], header: str) -> int:
    return max(len(row[header]) for row in shown)


def _floating(
    form: Form,
    shown: list[dict[str, str]],
    num_text: int,
    breaking: Sequence[str],
    note: str,
    label: str,
) -> str:
    columns = "".join(
        BREAKS if header in breaking else "l" if place < num_text else "r"
        for place, header in enumerate(shown[0])
    )
    inner = _body(shown, num_text)
    if breaking:
        opened = rf"\begin{{tabularx}}{{{form.width}}}{{@{{}}{columns}@{{}}}}"
        lines = [opened, inner, r"\end{tabularx}"]
    else:
        fitted = rf"\begin{{adjustbox}}{{max width={form.width}}}"
        opened = rf"\begin{{tabular}}{{@{{}}{columns}@{{}}}}"
        lines = [fitted, opened, inner, r"\end{tabular}", r"\end{adjustbox}"]
    head = [
        f"% Needs {form.packages}.",
        rf"\begin{{{form.float_}}}",
        r"\centering",
        rf"\caption{{{prose(note)}}}",
        rf"\label{{{label}}}",
        rf"\{form.size}\setlength{{\tabcolsep}}{{3pt}}",
    ]
    return "\n".join([*head, *lines, rf"\end{{{form.float_}}}"])


def _body(shown: list[dict[str, str]], num_text: int) -> str:
    """Rules and rows. tabulate escapes all text but the commands, which it sees as characters."""
    commands: dict[str, str] = {}
    headers = [
        _stacked(header, "l" if place < num_text else "r", commands)
        for place, header in enumerate(shown[0])
    ]
    cells = [
        [
            labels.latex(cell, commands) if place < num_text else _number(cell, commands)
            for place, cell in enumerate(row.values())
        ]
        for row in shown
    ]
    text = str(tabulate(cells, headers, tablefmt="latex_booktabs", disable_numparse=True))
    for plain, symbol in SYMBOLS.items():
        text = text.replace(plain, symbol)
    for command, character in commands.items():
        text = text.replace(character, command)
    return "\n".join(text.splitlines()[1:-1])  # without the environment


def _stacked(header: str, align: str, commands: dict[str, str]) -> str:
    lines = textwrap.wrap(header, HEADER, break_long_words=False, break_on_hyphens=False)
    if len(lines) < 2:
        return labels.latex(header, commands)
    broken = labels.command(r"\\", commands).join(labels.latex(line, commands) for line in lines)
    opened = labels.command(rf"\shortstack[{align}]{{", commands)
    return f"{opened}{broken}{labels.command('}', commands)}"


def _number(cell: str, commands: dict[str, str]) -> str:
    found = NUMBER.fullmatch(cell)
    if not found:
        return labels.latex(cell, commands)
    minus, value, error = found.groups()
    sign = labels.command("$-$", commands) if minus else ""
    return sign + value + (labels.command(rf"$_{{\pm {error}}}$", commands) if error else "")


def prose(note: str) -> str:
    """A note as text of LaTeX; words between asterisks are emphasised."""
    text = "".join(ESCAPED.get(character, character) for character in note)
    for plain, symbol in SYMBOLS.items():
        text = text.replace(plain, symbol)
    return re.sub(r"\*(\w+)\*", r"\\emph{\1}", text)
