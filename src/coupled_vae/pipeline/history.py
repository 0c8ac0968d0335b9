"""The text of ``history.csv``."""

import csv
import io
from collections.abc import Sequence


def history_text(history: Sequence[dict[str, float]]) -> str:
    """Rows of one set of terms as CSV; every number is written so that it is read back exactly."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=[*history[0]], lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, "iteration": int(row["iteration"])} for row in history)
    return out.getvalue()
