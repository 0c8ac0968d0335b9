"""A table of the models of several datasets, one below the other."""

from collections.abc import Mapping, Sequence

from coupled_vae.reporting.rows import DatasetRows, TableInput
from coupled_vae.reporting.tables._render import NOT_RUN, Row, spread, write
from coupled_vae.reporting.tables._results import read

Shown = Mapping[str, tuple[str, int, float]]  # header, decimals and scale of each metric
NAN = float("nan")


def write_datasets(given: TableInput, shown: Shown, note: str, main: Sequence[str]) -> None:
    """Write ``<name>.{csv,md,tex,narrow.tex}`` into a folder.

    Args:
        given: The rows; a dataset that is not run has rows without numbers.
        shown: The columns. A metric that is not measured of a dataset is undefined there.
        note: What a reader must know, below the table.
        main: Metrics of the narrow table.
    """

    def cells(row: Row) -> dict[str, str]:
        return {"Data": row["dataset_label"], "Model": row["label"]} | {
            header: spread(row, metric, decimals, scale) if row["run"] else NOT_RUN
            for metric, (header, decimals, scale) in shown.items()
        }

    rows = [row for dataset in given.datasets for row in _rows(dataset, given, [*shown])]
    narrow = ["Data", "Model", *(shown[metric][0] for metric in main)]
    write(given.out, given.name, rows, cells, note, num_text=2, main=narrow)


def _rows(dataset: DatasetRows, given: TableInput, metrics: list[str]) -> list[Row]:
    heading = {"dataset": dataset.name, "dataset_label": dataset.label}
    rows: list[Row] = [
        {**heading, "model": model, "label": label, "run": dataset.run}
        for model, label in dataset.models
    ]
    if not dataset.run:
        return rows
    measured = [metric for metric in metrics if metric in dataset.metrics]
    values = read(
        given.metrics, "value", dataset.name, [name for name, _ in dataset.models], measured
    )
    for row in rows:
        for metric in metrics:
            if metric in measured:
                row |= values.spread(row["model"], metric)
            else:
                row |= {f"{metric}_mean": NAN, f"{metric}_seed_std": NAN}
    return rows
