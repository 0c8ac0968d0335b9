"""Write ``docs/timings.md``: what training took on the machine that ran it (``make timings``).

Seconds and memory differ from run to run, so they stand apart from the results, in ``timings``
folders that neither git nor DVC has, and the page is written when somebody asks for it.
"""

import json
import sys
from pathlib import Path

import pandas as pd

from coupled_vae.plan import layout, targets
from coupled_vae.runtime.errors import UserError, exit_status
from coupled_vae.runtime.files import write_text
from coupled_vae.runtime.project import use_checkout

PAGE = Path("docs/timings.md")
HEAD = """# What training takes

CPU seconds of one thread and the peak of memory, mean ± standard deviation between the seeds of a
model. Measured, so they differ from machine to machine and are no result: `make timings` writes
this page from what the runs in this folder have measured.
"""
KEYS = ["experiment", "dataset", "model"]


def measured() -> pd.DataFrame:
    """One row a cell: ``experiment``, ``dataset``, ``model``, ``seconds``, ``memory_mb``.

    Raises:
        UserError: Nothing has been measured here.
    """
    rows = []
    for path in (file for file in targets.present() if layout.is_timing(file)):
        record = json.loads(Path(path).read_text(encoding="utf-8"))
        root, _, cell = path.partition("/timings/")
        dataset, model, _ = cell.split("/")
        experiment = root.removeprefix("results").rpartition("/")[2] or "paper"
        seconds, memory = record["train_seconds"], record["peak_memory_mb"]
        rows.append(
            {
                **dict(zip(KEYS, (experiment, dataset, model), strict=True)),
                "seconds": seconds,
                "memory_mb": memory,
                "machine": f"{record['machine']}, {record['device']}, torch {record['torch']}",
            }
        )
    if not rows:
        raise UserError("results has no timings; they are measured by training (make reproduce)")
    return pd.DataFrame(rows)


def page(frame: pd.DataFrame) -> str:
    """The page of some measurements, as Markdown."""
    table = frame.groupby(KEYS, sort=False)[["seconds", "memory_mb"]].agg(["size", _spread])
    shown = pd.DataFrame(
        {
            "Seeds": table["seconds", "size"],
            "Seconds": table["seconds", "_spread"],
            "Memory (MB)": table["memory_mb", "_spread"],
        }
    ).rename_axis(["experiment", "Data", "Model"])
    sections = [
        f"## {name}\n\n{cells.droplevel(0).reset_index().to_markdown(index=False)}\n"
        for name, cells in shown.groupby(level=0, sort=False)
    ]
    machines = "; ".join(sorted(set(frame["machine"])))
    return "\n".join([HEAD, f"Machine: {machines}.\n", *sections])


def _spread(values: "pd.Series[float]") -> str:
    if values.isna().all():
        return "n/a"
    error = f" ± {values.std(ddof=1):.0f}" if len(values) > 1 else ""
    return f"{values.mean():.0f}{error}"


def main() -> int:
    """Write the page."""
    write_text(PAGE, page(measured().sort_values(KEYS)))
    print(f"written: {PAGE}")
    return 0


if __name__ == "__main__":
    use_checkout()
    sys.exit(exit_status(main))
