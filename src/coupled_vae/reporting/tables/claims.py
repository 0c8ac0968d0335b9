"""The claims on a grid's datasets, with the verdicts of its frame of record."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from coupled_vae.reporting import claims_ours, claims_paper, claims_text
from coupled_vae.reporting.claims import Claim, records, verdicts
from coupled_vae.reporting.needs import Needs
from coupled_vae.reporting.rows import TableInput
from coupled_vae.reporting.tables._render import Row, write
from coupled_vae.reporting.tables._results import COLUMNS, KEY, VALUES
from coupled_vae.runtime import frames

NEEDS = Needs(
    of="all",
    each="all",
    lists_not_run=True,
    only=("mog", "mnist", "digits", "mnist_full"),
)
GRIDS = ("paper", "mnist_full")  # experiments whose claims are of a grid; the others are studies


def write_table(given: TableInput) -> None:
    """Write the table of what the plan gives it."""
    columns = {**COLUMNS, "value": VALUES["value"]}
    frame = frames.read(given.metrics, "frame of metrics", columns, key=KEY)
    rows = table(frame, [dataset.name for dataset in given.datasets])
    labels = dict(pair for dataset in given.datasets for pair in dataset.models)
    write(
        given.out, "claims", rows, lambda row: claims_text.full(row, labels), claims_text.NOTE,
        num_text=5, main=("Claim", "Verdict", "Seeds"),
    )  # fmt: skip


def table(frame: pd.DataFrame, datasets: Sequence[str]) -> list[Row]:
    """Rows of verdicts on all claims of a grid's datasets; the grid is that of the frame."""
    (experiment,) = set(frame["experiment"])
    return records(verdicts([frame], claims(experiment, datasets)))


def claims(experiment: str, datasets: Sequence[str]) -> list[Claim]:
    """Claims of a grid's datasets, checked on another grid of the same datasets as well."""
    return [
        replace(claim, experiment=experiment)
        for claim in (*claims_paper.CLAIMS, *claims_ours.CLAIMS)
        if claim.experiment in GRIDS and claim.dataset in datasets
    ]
