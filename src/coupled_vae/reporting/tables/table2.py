"""Table 2: MMD between prior and aggregate posterior, with its noise floor."""

from pathlib import Path

import numpy as np

from coupled_vae.metrics import catalogue
from coupled_vae.reporting.needs import Needs
from coupled_vae.reporting.paper_values import MMD, UNPRINTED
from coupled_vae.reporting.rows import TableInput
from coupled_vae.reporting.tables._render import Row, meanings, number, plus_minus, spread, write
from coupled_vae.reporting.tables._results import Names, Results, read

KERNELS = catalogue.shown("mmd_rbf", "mmd_imq")
FLOOR = "noise floor"

NOTE = (
    f"{meanings(KERNELS)} Both are unbiased estimates, in thousandths. *paper*: kernel and sample "
    "size unknown, so only the order of the models compares. *ours*: mean ± standard deviation "
    "between training seeds; *resampling*: error of redrawing the samples from one trained model. "
    "Noise floor: the same statistic between two independent samples of the prior, mean ± standard "
    "deviation of all cells; it is zero on average and can be negative, as can the estimate of a "
    "perfect model."
)

MAIN = (  # columns of the narrow table
    "Model",
    f"{KERNELS['mmd_rbf'][0]}, paper",
    *(f"{header}, ours" for header, _, _ in KERNELS.values()),
)
NEEDS = Needs(of="modes", each="first", grid="paper", with_errors=True)


def write_table(given: TableInput) -> None:
    """Write the table of what the plan gives it."""
    (rows,) = given.datasets
    assert given.resampling is not None
    files = given.metrics, given.resampling, given.out
    table2(rows.name, rows.models, *files)


def table2(dataset: str, models: Names, metrics: Path, resampling: Path, out: Path) -> None:
    """Write ``table2.{csv,md,tex,narrow.tex}`` into a folder; arguments as of ``table1``."""
    keys = [model for model, _ in models]
    needed = [metric + suffix for metric in KERNELS for suffix in ("", "_floor")]
    values = read(metrics, "value", dataset, keys, needed)
    errors = read(resampling, "resampling_std", dataset, keys, [*KERNELS])
    rows = [_row(model, label, values, errors) for model, label in models]
    write(out, "table2", [*rows, _floor(keys, values)], _shown, NOTE, main=MAIN)


def _row(model: str, label: str, values: Results, errors: Results) -> Row:
    printed = MMD.get(model, UNPRINTED)
    row: Row = {"model": model, "label": label}
    row |= {"mmd_paper": printed.value, "mmd_paper_error": printed.error}
    for metric in KERNELS:
        row |= values.spread(model, metric)
        row[f"{metric}_resampling_std"] = errors.mean(model, metric)
    return row


def _floor(models: list[str], values: Results) -> Row:
    row: Row = {"model": FLOOR, "label": "Noise floor"}
    row |= {"mmd_paper": UNPRINTED.value, "mmd_paper_error": UNPRINTED.error}
    for metric in KERNELS:
        pooled = np.concatenate([values.of(model, f"{metric}_floor") for model in models])
        row[f"{metric}_mean"] = pooled.mean()
        row[f"{metric}_seed_std"] = pooled.std(ddof=1) if len(pooled) > 1 else float("nan")
        row[f"{metric}_resampling_std"] = float("nan")
    return row


def _shown(row: Row) -> dict[str, str]:
    # The paper's kernel is not known; its column stands beside that of the Gaussian one.
    title, decimals, scale = KERNELS["mmd_rbf"]
    paper = plus_minus(row["mmd_paper"], row["mmd_paper_error"], decimals, scale)
    cells = {"Model": row["label"], f"{title}, paper": paper}
    for metric, (title, decimals, scale) in KERNELS.items():
        resampling = number(row[f"{metric}_resampling_std"], decimals, scale)
        cells[f"{title}, ours"] = spread(row, metric, decimals, scale)
        cells[f"{title}, resampling"] = resampling if row["model"] == FLOOR else f"± {resampling}"
    return cells
