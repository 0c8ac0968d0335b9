"""What the report of the paper's grid shows: verdicts, comparison with the paper, seeds, curves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from coupled_vae.metrics.catalogue import METRICS
from coupled_vae.reporting import claims, claims_text, labels
from coupled_vae.reporting.page_plots import Curve, Strip, curves, strip
from coupled_vae.reporting.paper_values import MMD, UNPRINTED, Printed
from coupled_vae.reporting.rows import DatasetRows, PaperInput
from coupled_vae.reporting.tables import table1
from coupled_vae.reporting.tables._render import number, plus_minus
from coupled_vae.reporting.tables._results import COLUMNS, KEY, VALUES, Results, read
from coupled_vae.reporting.tables.claims import table as claims_table
from coupled_vae.runtime import frames

PRINTED: Mapping[str, Mapping[str, Mapping[str, Printed]]] = {
    "Table 1": table1.PRINTED,
    "Table 2": {"mmd_rbf": MMD, "mmd_imq": MMD},
}


@dataclass(frozen=True)
class Compared:
    """One metric of a table of the paper: a title, and per model the cells of a row."""

    table: str
    title: str
    rows: list[dict[str, str]]


def sections(given: PaperInput) -> dict[str, Any]:
    """Everything that the template shows of the paper's grid, by name.

    Raises:
        UserError: A frame or a history is missing, damaged or incomplete.
    """
    run = [dataset for dataset in given.datasets if dataset.run]
    return {
        "not_run": [labels.clean(own.label) for own in given.datasets if not own.run],
        "verdicts": _verdicts(given) if given.claims else [],
        "note": claims_text.NOTE,
        "compared": [*_comparisons(given)],
        "seeds": [(labels.clean(own.label), [*_strips(own, given)]) for own in run],
        "curves": [(labels.clean(own.label), _curves(own, given)) for own in run],
        "curve_seed": given.curve_seed,
    }


def _verdicts(given: PaperInput) -> list[tuple[str, str, list[dict[str, str]]]]:
    """Claims of the paper and past it: a heading, the counts of verdicts, and the claims."""
    columns = {**COLUMNS, "value": VALUES["value"]}
    frame = frames.read(given.metrics, "frame of metrics", columns, key=KEY)
    found = claims_table(frame, given.claims)
    names = {name: labels.clean(label) for name, label in _models(given.datasets)}
    parts = (
        ("Claims of the paper", [row for row in found if row["source"] != "README"]),
        ("What this project says past the paper", [r for r in found if r["source"] == "README"]),
    )
    return [
        (
            heading,
            claims_text.counts(row["verdict"] for row in rows),
            [claims_text.full(row, names) for row in rows],
        )
        for heading, rows in parts
        if rows
    ]


def _models(datasets: list[DatasetRows]) -> list[tuple[str, str]]:
    return [pair for own in datasets for pair in own.models]


def _comparisons(given: PaperInput) -> Iterator[Compared]:
    """The metrics of the paper's tables, the paper's value beside ours."""
    own = next((one for one in given.datasets if one.name == given.mixture and one.run), None)
    if own is None:
        return
    metrics = [metric for table in PRINTED.values() for metric in table]
    names = [name for name, _ in _models([own])]
    values = read(given.metrics, "value", own.name, names, metrics)
    errors = read(given.resampling, "resampling_std", own.name, names, metrics)
    for table, printed in PRINTED.items():
        for metric, numbers in printed.items():
            rows = [
                _compared(metric, numbers.get(name, UNPRINTED), label, values.of(name, metric))
                | {"Resampling": _shown(metric, errors.mean(name, metric))}
                for name, label in _models([own])
            ]
            yield Compared(table, METRICS[metric].header, rows)


def _compared(metric: str, printed: Printed, label: str, values: Any) -> dict[str, str]:  # noqa: ANN401
    """The cells of one model: the paper's number, ours with its seed interval, the difference."""
    ours = pd.Series(values)
    low, high = claims.interval(pd.Series(0.0, index=ours.index), ours)
    mean = float(ours.mean(skipna=False))
    _, decimals, scale = METRICS[metric].shown
    return {
        "Model": labels.clean(label),
        "Paper": plus_minus(printed.value, printed.error, decimals, scale),
        "Ours": _shown(metric, mean),
        "Interval": f"{_shown(metric, low)} to {_shown(metric, high)}" if low == low else "n/a",
        "Difference": _shown(metric, mean - printed.value),
    }


def _shown(metric: str, value: float) -> str:
    _, decimals, scale = METRICS[metric].shown
    return number(value, decimals, scale)


def _strips(own: DatasetRows, given: PaperInput) -> Iterator[Strip]:
    """Every seed of every model as a dot, one plot for each metric of a dataset."""
    models = _models([own])
    measured = read(given.metrics, "value", own.name, [name for name, _ in models], own.metrics)
    for metric in own.metrics:
        printed = PRINTED["Table 1"].get(metric, {}) if own.name == given.mixture else {}
        yield strip(
            _title(metric),
            METRICS[metric],
            [(labels.clean(label), _by_seed(measured, name, metric)) for name, label in models],
            [printed.get(name, UNPRINTED).value for name, _ in models],
        )


def _title(metric: str) -> str:
    """Header of a metric; one in lower case follows that of the metric it belongs to."""
    header = METRICS[metric].header
    if not header[0].islower():
        return header
    return f"{METRICS[metric.removesuffix('_floor').removeprefix('test_')].header}, {header}"


def _by_seed(results: Results, model: str, metric: str) -> dict[int, float]:
    seeds = results.frame.loc[[model]].index.get_level_values("seed")
    return {int(seed): float(v) for seed, v in zip(seeds, results.of(model, metric), strict=True)}


def _curves(own: DatasetRows, given: PaperInput) -> list[tuple[str, list[Curve]]]:
    """Label and training curves of the models of a dataset."""
    return [(labels.clean(label), curves(path)) for label, path in given.curves[own.name]]
