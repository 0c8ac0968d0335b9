"""The hyperparameter search: every candidate with its score, and which one was chosen."""

import json
import math
from pathlib import Path
from typing import Any

from coupled_vae.errors import UserError
from coupled_vae.params import SearchExperiment
from coupled_vae.tables._render import Row, number, spread, write
from coupled_vae.tables._results import Names, Results, read

OTHERS = ["high_density_ratio", "in_mode_std", "mode_mass_tv", "mmd_rbf", "train_seconds"]

NOTE = (
    "Mean ± standard deviation between the search's seeds, which are disjoint from the reported "
    "ones. Of every model the candidate with the smallest mean score is chosen; its arguments "
    "stand in params.yaml unless the table says otherwise. Modes covered: fewest of all seeds."
)


def search(
    dataset: str,
    models: Names,
    experiment: SearchExperiment,
    args: dict[str, dict[str, Any]],
    metrics: Path,
    out: Path,
) -> None:
    """Write ``search.{csv,md,tex}`` into a folder.

    Args:
        dataset: Name of the dataset.
        models: Labels of the models, in the order of the rows; those without candidates are
            left out.
        experiment: ``experiments.search``; its score's smallest mean over the seeds wins.
        args: Of each model ``models.<name>.args``, to tell whether the winner stands there.
        metrics: Collected metrics of the search; its models are named ``model.candidate``.
        out: The folder.
    """
    unknown = set(experiment.candidates) - {model for model, _ in models}
    if unknown:
        raise UserError(
            f"--models lacks {', '.join(sorted(unknown))}, of which there are candidates"
        )
    candidates, score = experiment.candidates, experiment.score
    tried = [f"{model}.{candidate}" for model in candidates for candidate in candidates[model]]
    values = read(metrics, "value", dataset, tried, [score, "modes_covered", *OTHERS])
    rows = [
        row
        for model, label in models
        if model in candidates
        for row in _rows(model, label, experiment, args.get(model, {}), values)
    ]
    write(out, "search", rows, lambda row: _shown(row, score), NOTE, num_text=4)


def _rows(
    model: str,
    label: str,
    experiment: SearchExperiment,
    args: dict[str, Any],
    values: Results,
) -> list[Row]:
    """One model's candidates, the best first; equal ones in the order of their names."""
    rows, score = [], experiment.score
    for candidate, overrides in experiment.candidates[model].items():
        name = f"{model}.{candidate}"
        row: Row = {"model": model, "label": label, "candidate": candidate}
        row["arguments"] = json.dumps(overrides, sort_keys=True)
        row["seeds"] = len(values.of(name, score))
        for metric in (score, *OTHERS):
            row |= values.spread(name, metric)
        row["modes_covered_min"] = values.min(name, "modes_covered")
        row["chosen"] = False
        row["in_params"] = args == {**experiment.base[model], **overrides}
        rows.append(row)
    # A candidate without a score (nan) loses; min() alone might let it win.
    best = [f"{score}_mean", "candidate"]
    rows.sort(key=lambda row: (math.isnan(row[best[0]]), *(row[key] for key in best)))
    rows[0]["chosen"] = True
    return rows


def _shown(row: Row, score: str) -> dict[str, str]:
    warning = "" if row["in_params"] else ", not in params.yaml"
    return {
        "Model": row["label"],
        "Candidate": row["candidate"],
        "Arguments": row["arguments"].strip("{}").replace('"', ""),
        "Chosen": f"✓{warning}" if row["chosen"] else "",
        f"Score ({score})": spread(row, score, 3),
        "High-density ratio (%)": spread(row, "high_density_ratio", 1, 100),
        "In-mode std": spread(row, "in_mode_std", 4),
        "Modes covered": number(row["modes_covered_min"], 0),
        "Mode-mass TV": spread(row, "mode_mass_tv", 3),
        "MMD (10⁻³)": spread(row, "mmd_rbf", 2, 1000),
        "Training (s)": spread(row, "train_seconds", 0),
    }
