"""The short table of README.md: the paper's five models, from the rendered tables' own numbers."""

import pandas as pd
from tabulate import tabulate

from coupled_vae.config import inherit
from coupled_vae.metrics.catalogue import METRICS
from coupled_vae.reporting.tables._render import plus_minus
from coupled_vae.runtime.project import TOP

MODELS = ("vae", "vae_nf", "wae", "infovae", "cvae")
# Of each column: table, the rows' dataset where there are several, metric, and whose number it is.
COLUMNS = (
    ("table1", "", "high_density_ratio", "paper"),
    ("table1", "", "high_density_ratio", "ours"),
    ("table1", "", "in_mode_std", "paper"),
    ("table1", "", "in_mode_std", "ours"),
    ("table2", "", "mmd_imq", "ours"),
    ("images", "mnist", "hole_mass", "ours"),
    ("images", "mnist", "test_nll", "ours"),
)
NOTE = (
    "High density: within {radius:g} standard deviations of a mode; the data's standard deviation "
    "in a mode is {std:g}. MMD: between prior and aggregate posterior. The last two columns are of "
    "MNIST."
)


def summary() -> str:
    """The table as Markdown, with a note; a model or a dataset that was not run has no number."""
    names = {table for table, *_ in COLUMNS}
    tables = {name: pd.read_csv(TOP / f"results/tables/{name}.csv") for name in names}
    labels = tables["table1"].set_index("model")["label"]
    rows = []
    for model in MODELS:
        row = {"Model": labels[model]}
        for table, dataset, metric, whose in COLUMNS:
            title = f"{METRICS[metric].header}, {whose}"
            row[title] = _cell(tables[table], model, dataset, metric, printed=whose == "paper")
        rows.append(row)
    align = ["left", *["right"] * len(COLUMNS)]
    text = tabulate(rows, headers="keys", tablefmt="pipe", colalign=align, disable_numparse=True)
    return f"{text}\n\n{_note()}"


def _note() -> str:
    tree = inherit.read(TOP / "params.yaml")
    radius = tree["evaluation"]["high_density_radius"]
    return NOTE.format(radius=radius, std=tree["datasets"]["mog"]["args"]["std"])


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
