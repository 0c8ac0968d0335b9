"""CPU seconds of trained cells by both of the paper's algorithms, for ``--long``.

Nothing is run here: training has written the seconds into the timing file of each cell.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from coupled_vae.reporting.performance import Row
from speed.race import with_times
from speed.settings import Settings

TITLE = "Training of the C-VAE"
CASE = "CPU seconds of a cell on the mixture, over its seeds"
SIDES = {
    "ours, Algorithm 2": "timings/mog/cvae",
    "ours, Algorithm 1 (`cvae.primal`)": "studies/*/timings/mog/cvae.primal",
}


def rows(settings: Settings) -> list[Row]:
    """A row for each algorithm; nothing without ``--long``."""
    results = {run.parents[3]: None for run in settings.trained}
    if not settings.long:
        return []
    return [
        _row(name, [file for root in results for file in sorted(root.glob(f"{folder}/*.json"))])
        for name, folder in SIDES.items()
    ]


def _row(side: str, files: Sequence[Path]) -> Row:
    if not files:
        return Row(contest=TITLE, case=CASE, side=side, note="not measured: no timing file")
    records = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    row = Row(contest=TITLE, case=CASE, side=side)
    return with_times(row, [record["train_seconds"] for record in records])
