"""The tables of ``docs/performance.md``, from the file that ``make bench`` writes."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd
from tabulate import tabulate

from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.project import TOP

FILE = TOP / "benchmarks/performance.csv"
NOTHING = "Nothing has been measured yet. `make bench` measures."


@dataclass(frozen=True, kw_only=True)
class Row:
    """One side of a case. A number that was not measured is nan.

    Attributes:
        contest: Heading of the table.
        case: What all sides compute.
        side: Who computes it; the first side of a case is this project.
        seconds: Median time of one run.
        low: Lower quartile of these times.
        high: Upper quartile of these times.
        rounds: Number of timed runs.
        ratio: Median over the rounds of the side's seconds divided by ours in the same round.
        ratio_low: Lower quartile of these ratios.
        ratio_high: Upper quartile of these ratios.
        memory_mb: Peak memory of one run, beyond what the process had before the run.
        check: Distance of the side's result from ours, and the largest that is allowed.
        note: Why a number is missing, or what else a reader must know.
        machine: Processor, and how many of its cores were used.
        versions: Versions of Python and of the packages that were compared.
        date: Day of the measurement, ``YYYY-MM-DD``.
    """

    contest: str
    case: str
    side: str
    seconds: float = math.nan
    low: float = math.nan
    high: float = math.nan
    rounds: int = 0
    ratio: float = math.nan
    ratio_low: float = math.nan
    ratio_high: float = math.nan
    memory_mb: float = math.nan
    check: str = ""
    note: str = ""
    machine: str = ""
    versions: str = ""
    date: str = ""


COLUMNS = [field.name for field in fields(Row)]
NUMBERS = [field.name for field in fields(Row) if field.type in (int, float)]


def to_frame(rows: Iterable[Row]) -> pd.DataFrame:
    """Rows as a frame, in the order of the file's columns."""
    return pd.DataFrame([asdict(row) for row in rows], columns=COLUMNS)


def read(path: Path = FILE) -> pd.DataFrame:
    """All measured rows; no rows if the file is missing.

    Raises:
        UserError: The file has other columns, or a number of it is none.
    """
    if not path.exists():
        return to_frame([])
    text = pd.read_csv(path, dtype=str, keep_default_na=False)
    if missing := [name for name in COLUMNS if name not in text]:
        raise UserError(f"{path}: lacks the column {missing[0]!r}; measure again: make bench")
    try:
        return text[COLUMNS].assign(**{name: _numbers(text[name]) for name in NUMBERS})
    except ValueError as error:
        raise UserError(f"{path}: {error}; measure again: make bench") from None


def _numbers(texts: "pd.Series[str]") -> "pd.Series[float]":
    return texts.replace("", "nan").astype(float)


def tables(path: Path = FILE) -> str:
    """One section for each contest, as Markdown."""
    frame = read(path)
    sections = [_section(str(name), rows) for name, rows in frame.groupby("contest", sort=False)]
    return "\n\n".join(sections) or NOTHING


def _section(contest: str, rows: pd.DataFrame) -> str:
    cases = [_case(str(case), sides) for case, sides in rows.groupby("case", sort=False)]
    return "\n\n".join([f"## {contest}", *cases, _surroundings(rows)])


def _case(case: str, sides: pd.DataFrame) -> str:
    shown = [_line(side) for side in sides.to_dict("records")]
    kept = [name for name in shown[0] if any(line[name] for line in shown)]
    table = [{name: line[name] for name in kept} for line in shown]
    text = tabulate(table, headers="keys", tablefmt="pipe", disable_numparse=True)
    return f"{case}:\n\n{text}"


def _line(side: Mapping[Any, Any]) -> dict[str, str]:
    memory = side["memory_mb"]
    return {
        "Side": side["side"],
        "Time": _spread(side["seconds"], side["low"], side["high"], duration),
        "Ratio to ours": _spread(side["ratio"], side["ratio_low"], side["ratio_high"], _ratio),
        "Memory": "" if math.isnan(memory) else f"{memory:.0f} MB",
        "Compared with ours": side["check"],
        "Remark": side["note"],
    }


def _spread(middle: float, low: float, high: float, show: Callable[[float], str]) -> str:
    """A median, with its quartiles if they differ from it as shown."""
    if math.isnan(middle):
        return ""
    around = [show(value) for value in (low, high)]
    return (
        show(middle) if {*around} == {show(middle)} else f"{show(middle)} ({' to '.join(around)})"
    )


def duration(seconds: float) -> str:
    """About three digits, in seconds or milliseconds."""
    number, unit = (seconds, "s") if seconds >= 1 else (1000 * seconds, "ms")
    decimals = max(0, 2 - math.floor(math.log10(number))) if number > 0 else 0
    return f"{number:.{decimals}f} {unit}"


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def _surroundings(rows: pd.DataFrame) -> str:
    """Machine, versions and day of a contest's rows, each once."""
    found = rows[["machine", "versions", "date"]].drop_duplicates().to_dict("records")
    return "\n".join(f"Measured on {r['date']}: {r['machine']}; {r['versions']}." for r in found)
