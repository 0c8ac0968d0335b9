"""The short table of README.md: the paper's five models, from the rendered tables' own numbers."""

import pandas as pd
from tabulate import tabulate

from coupled_vae.metrics.catalogue import METRICS
from coupled_vae.reporting.tables._render import plus_minus
from coupled_vae.runtime.project import TOP

MODELS = ("vae", "vae_nf", "wae", "infovae", "cvae")
# Column's title: table, row's dataset, metric, and whether it is the paper's number.
COLUMNS = {
    "High density (%), paper": ("table1", "", "high_density_ratio", True),
    "ours": ("table1", "", "high_density_ratio", False),
    "Std in modes (0.05), paper": ("table1", "", "in_mode_std", True),
    "ours ": ("table1", "", "in_mode_std", False),
    "MMD (10⁻³), ours": ("table2", "", "mmd_imq", False),
    "MNIST: holes (%)": ("images", "mnist", "hole_mass", False),
    "-log p(x), test (nats)": ("images", "mnist", "test_nll", False),
}
NOTE = (
    "High density: share of samples within four standard deviations of a mode. MMD: between prior "
    "and aggregate posterior, multiquadric kernel. Holes: share of the prior's mass where the "
    "aggregate posterior has next to none."
)


def summary() -> str:
    """The table as Markdown, with a note; a model or a dataset that was not run has no number."""
    names = {table for table, *_ in COLUMNS.values()}
    tables = {name: pd.read_csv(TOP / f"results/tables/{name}.csv") for name in names}
    labels = tables["table1"].set_index("model")["label"]
    rows = []
    for model in MODELS:
        row = {"Model": labels[model]}
        for title, (table, dataset, metric, printed) in COLUMNS.items():
            row[title] = _cell(tables[table], model, dataset, metric, printed=printed)
        rows.append(row)
    align = ["left", *["right"] * len(COLUMNS)]
    text = tabulate(rows, headers="keys", tablefmt="pipe", colalign=align, disable_numparse=True)
    return f"{text}\n\n{NOTE}"


def _cell(frame: pd.DataFrame, model: str, dataset: str, metric: str, *, printed: bool) -> str:
    found = frame[frame["model"] == model]
    if dataset:
        found = found[found["dataset"] == dataset]
    if found.empty:
        return "not run"
    columns = ("paper", "paper_error") if printed else ("mean", "seed_std")
    value, error = (float(found.iloc[0][f"{metric}_{column}"]) for column in columns)
    _, decimals, scale = METRICS[metric].shown
    return plus_minus(value, error, decimals, scale)
