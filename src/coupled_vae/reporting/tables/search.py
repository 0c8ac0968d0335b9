"""The hyperparameter search: every candidate with its score, and which one was chosen."""

import json
import math
from itertools import groupby
from pathlib import Path
from typing import Any

from coupled_vae.config.experiments import Search
from coupled_vae.metrics import catalogue
from coupled_vae.reporting import labels
from coupled_vae.reporting.tables._render import NOT_RUN, Row, spread, write
from coupled_vae.reporting.tables._results import Names, Results, read
from coupled_vae.runtime.errors import UserError

# Shown beside the score.
MODES = catalogue.shown(
    "high_density_ratio", "in_mode_std", "modes_covered", "mode_mass_tv", "mmd_rbf"
)
POINTS = catalogue.shown("w2_to_data", "mmd_rbf", "hole_mass", "reconstruction_nll")
IMAGES = catalogue.shown("mmd_rbf", "hole_mass", "reconstruction_nll", "coverage")
OTHERS = {"modes": MODES, "points": POINTS, "images": IMAGES}

NOTE = (
    "Mean ± standard deviation between the search's seeds, which are disjoint from the reported "
    "ones. Of every model the candidate with the smallest mean score is chosen; its arguments "
    "stand in params.yaml unless the table says otherwise."
)
FAILED = "failed"
FAILED_NOTE = " A candidate whose score is undefined for any seed has failed and is not chosen."


def search(
    dataset: str,
    kind: str,
    models: Names,
    experiment: Search,
    args: dict[str, dict[str, Any]],
    metrics: Path | None,
    out: Path,
) -> None:
    """Write ``{dataset}.{csv,md,tex}`` into a folder.

    Args:
        dataset: Name of the dataset.
        kind: Of its data, ``modes``, ``points`` or ``images``.
        models: Labels of the models, in the order of the rows; those without candidates are
            left out.
        experiment: The search on this dataset; its score's smallest mean over the seeds wins.
        args: Arguments of each model on this dataset in ``params.yaml``; the table says whether
            they are those of the winner.
        metrics: Collected metrics of the search; its models are named ``model.candidate``. None if
            the search was not run: the candidates are then listed without numbers.
        out: The folder.
    """
    unknown = set(experiment.candidates) - {model for model, _ in models}
    if unknown:
        raise UserError(
            f"--models lacks {', '.join(sorted(unknown))}, which --search has candidates of"
        )
    score, others = experiment.score, OTHERS[kind]
    _check_score(dataset, score)
    wanted = [score, *others]
    if metrics is None:
        values = None
    else:
        values = read(metrics, "value", dataset, experiment.names(), wanted)
    rows = [
        row
        for model, label in models
        if model in experiment.candidates
        for row in _rows(model, label, experiment, args.get(model, {}), values, wanted)
    ]

    def shown(row: Row) -> dict[str, str]:
        return _heading(row, score, run=values is not None) | {
            header: spread(row, metric, decimals, scale) if values else NOT_RUN
            for metric, (header, decimals, scale) in others.items()
        }

    note = NOTE if values is None else NOTE + _failures(rows, score)
    write(out, dataset, rows, shown, note, num_text=4)


def _check_score(dataset: str, score: str) -> None:
    less = [name for name, metric in catalogue.METRICS.items() if metric.better == "less"]
    if score not in less:
        raise UserError(
            f"params.yaml: experiments.search.datasets.{dataset}.score {score!r} is not a metric "
            f"of which less is better; choices are {', '.join(less)}"
        )


def _failures(rows: list[Row], score: str) -> str:
    """What a reader must know of candidates that failed, and of models that have no other."""
    if not any(math.isnan(row[f"{score}_mean"]) for row in rows):
        return ""
    return FAILED_NOTE + "".join(
        f" All candidates of {labels.markdown(label)} have failed: none is chosen."
        for label, group in groupby(rows, key=lambda row: str(row["label"]))
        if not any(row["chosen"] for row in group)
    )


def _rows(
    model: str,
    label: str,
    experiment: Search,
    args: dict[str, Any],
    values: Results | None,
    metrics: list[str],
) -> list[Row]:
    """One model's candidates, the best first; equal ones in the order of their names."""
    rows, score = [], experiment.score
    for candidate, overrides in experiment.candidates[model].items():
        name = f"{model}.{candidate}"
        row: Row = {"model": model, "label": label, "candidate": candidate}
        row["arguments"] = json.dumps(overrides, sort_keys=True)
        if values is not None:
            row["seeds"] = len(values.of(name, score))
            for metric in metrics:
                row |= values.spread(name, metric)
        row["chosen"] = False
        row["in_params"] = args == experiment.args(model, candidate)
        rows.append(row)
    if values is None:
        return rows
    # A candidate without a score (nan) loses; min() alone might let it win.
    best = [f"{score}_mean", "candidate"]
    rows.sort(key=lambda row: (math.isnan(row[best[0]]), *(row[key] for key in best)))
    rows[0]["chosen"] = not math.isnan(rows[0][best[0]])
    return rows


def _heading(row: Row, score: str, *, run: bool) -> dict[str, str]:
    warning = "" if row["in_params"] else ", not in params.yaml"
    failed = FAILED if run and math.isnan(row[f"{score}_mean"]) else ""
    return {
        "Model": row["label"],
        "Candidate": row["candidate"],
        "Arguments": row["arguments"].strip("{}").replace('"', ""),
        "Chosen": f"✓{warning}" if row["chosen"] else failed,
        f"Score ({score})": failed or (spread(row, score, 3) if run else NOT_RUN),
    }
