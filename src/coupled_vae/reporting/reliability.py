"""The counts of ``make torture`` as a table of docs/reliability.md."""

from pathlib import Path
from typing import Any

import pandas as pd

from coupled_vae.runtime import files
from coupled_vae.runtime.project import TOP

COUNTS = TOP / "benchmarks/reliability.json"


def table(path: Path = COUNTS) -> str:
    """What was tried and survived, by kind of trouble, and what was not tried, as Markdown.

    Args:
        path: The counts, as ``benchmarks/torture`` writes them.

    Raises:
        UserError: There are none, or the file is damaged.
    """
    tree = files.read_json(path)
    frame = pd.DataFrame(
        {
            "Trouble": kind["name"],
            "Tried": kind["tried"],
            "Survived": kind["survived"],
            "Tracebacks": kind["tracebacks"],
            "Survived means": kind["promise"],
        }
        for kind in tree["kinds"]
    )
    made = f"Seed {tree['seed']}, Python {tree['python']}, {tree['system']}."
    lines = [line for kind in tree["kinds"] for line in _about(kind)]
    return "\n".join([made, "", frame.to_markdown(index=False), "", *lines])


def _about(kind: dict[str, Any]) -> list[str]:
    """Lines on one kind: its further counts, the promises broken, what could not be tried."""
    counts = "; ".join(f"{what}: {number}" for what, number in kind["counts"].items())
    lines = [f"- {kind['name']}: {counts}"] if counts else []
    lines += [f"- {kind['name']}, broken: `{fault.replace('`', ' ')}`" for fault in kind["faults"]]
    return lines + [f"- {kind['name']}, not tried here: {what}" for what in kind["left_out"]]
