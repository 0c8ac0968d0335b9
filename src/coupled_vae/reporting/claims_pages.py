"""The verdicts in README.md and docs/results.md, from the committed frames of all experiments."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
from tabulate import tabulate

from coupled_vae.config import inherit
from coupled_vae.reporting import claims_ours, claims_paper, claims_text
from coupled_vae.reporting.claims import Claim, records, verdicts
from coupled_vae.runtime.project import TOP

FOLDERS = ("results", "results/studies/*", "results/grids/*")
HEADLINES = ("mog", "mnist")


def headlines() -> str:
    """The paper's claims on its grid, without the digits: claim, verdict, numbers."""
    shown = [
        claim
        for claim in claims_paper.CLAIMS
        if claim.experiment == "paper" and claim.dataset in HEADLINES
    ]
    return _text(shown, claims_text.short)


def of_paper() -> str:
    """All claims of the paper, with what decides each."""
    return _text(claims_paper.CLAIMS, claims_text.full)


def of_ours() -> str:
    """What this project says past the paper's claims."""
    return _text(claims_ours.CLAIMS, claims_text.full)


def note() -> str:
    """How a verdict is found."""
    return claims_text.NOTE


def _text(
    claims: Sequence[Claim], show: Callable[[Mapping[str, Any], claims_text.Labels], dict[str, str]]
) -> str:
    found, labels = records(verdicts(_frames(), claims)), _labels()
    sentence = claims_text.counts(row["verdict"] for row in found)
    shown = [show(row, labels) for row in found]
    table = tabulate(shown, headers="keys", tablefmt="pipe", disable_numparse=True)
    return f"{sentence}\n\n{table}"


def _frames() -> list[pd.DataFrame]:
    paths = [path for folder in FOLDERS for path in sorted(TOP.glob(f"{folder}/metrics.csv"))]
    return [pd.read_csv(path) for path in paths]


def _labels() -> dict[str, str]:
    """Labels of models and of studies' rows; a row that is a model has the model's."""
    tree = inherit.read(TOP / "params.yaml")
    rows = [study["rows"] for study in tree["experiments"]["studies"].values()]
    found = [tree["models"], *rows]
    return {name: entry["label"] for part in reversed(found) for name, entry in part.items()}
