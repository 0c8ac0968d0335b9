"""How claims and verdicts are shown: the same cells in tables, README and docs."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from coupled_vae.metrics.catalogue import METRICS
from coupled_vae.reporting.claims import Verdict
from coupled_vae.reporting.tables._render import number, title

Labels = Mapping[str, str]
ORDER: tuple[Verdict, ...] = (
    "reproduced",
    "not reproduced",
    "undecided",
    "not run",
    "to be seen",
)
NOTE = (
    "Each claim says that one side has a smaller value of the metric than another. Of a claim on "
    "several models the pair that decides is shown. The difference is the larger side less the "
    "smaller one, as claimed, with its t interval at 95 % over training seeds, paired by seed. "
    "reproduced: the whole interval lies above what the difference must exceed; not reproduced: "
    "all of it lies below; undecided: it holds that number, or there is one seed only. A negative "
    "number that it must exceed is a margin. The effects that count and the margins are ours. No "
    "correction is made for the number of claims. to be seen: no metric shows it, a figure does."
)


def full(row: Mapping[str, Any], labels: Labels) -> dict[str, str]:
    """All cells of a row of verdicts, header to text."""
    return {
        "Claim": row["says"],
        "Said in": row["source"],
        "Verdict": row["verdict"],
        "Metric": _metric(row),
        "Decided by": _sides(row, labels),
        "Difference (95 % interval)": _difference(row),
        "Must exceed": _effect(row) if row["metric"] else "",
        "Seeds": str(row["seeds"]) if row["seeds"] else "",
    }


def short(row: Mapping[str, Any], labels: Labels) -> dict[str, str]:
    """Claim, verdict and numbers."""
    cells = full(row, labels)
    difference = cells["Difference (95 % interval)"]
    numbers = f"{cells['Decided by']}; difference {difference}" if difference else ""
    return {
        "Claim": cells["Claim"],
        "Verdict": cells["Verdict"],
        "Numbers": numbers or cells["Decided by"],
    }


def counts(found: Iterable[Verdict]) -> str:
    """How many claims have each verdict, as a sentence."""
    number_of = Counter(found)
    parts = ", ".join(f"{number_of[verdict]} {verdict}" for verdict in ORDER if number_of[verdict])
    return f"Of {number_of.total()} claims: {parts}."


def _metric(row: Mapping[str, Any]) -> str:
    name = row["metric"]
    if not name:
        return str(row["evidence"])
    header = METRICS[name].header
    if row["target"] is None or row["target"] != row["target"]:  # nan in a frame
        return header
    unit = header.removeprefix(title(name))
    return f"{title(name)}, distance from {_scaled(row, 'target')}{unit}"


def _sides(row: Mapping[str, Any], labels: Labels) -> str:
    if not row["metric"]:
        return f"see {row['evidence']}"
    return ", ".join(
        f"{_name(row[side], labels)}{_value(row, f'{side}_mean')}" for side in ("smaller", "larger")
    )


def _name(side: str, labels: Labels) -> str:
    try:
        float(side)
    except ValueError:
        return labels.get(side, side)
    return "bound"


def _value(row: Mapping[str, Any], column: str) -> str:
    return "" if row["verdict"] == "not run" else f": {_scaled(row, column)}"


def _difference(row: Mapping[str, Any]) -> str:
    if not row["metric"] or row["verdict"] == "not run":
        return ""
    if row["low"] != row["low"]:
        return _scaled(row, "difference")
    low, high = _scaled(row, "low"), _scaled(row, "high")
    return f"{_scaled(row, 'difference')} ({low} to {high})"


def _effect(row: Mapping[str, Any]) -> str:
    return f"{METRICS[row['metric']].scale * row['effect']:g}"


def _scaled(row: Mapping[str, Any], column: str) -> str:
    _, decimals, scale = METRICS[row["metric"]].shown
    return number(row[column], decimals, scale)
