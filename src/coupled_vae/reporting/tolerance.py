r"""How far two results may differ that were made on two kinds of CPU.

The last bits of a result depend on the kind of CPU, and training turns another last bit into what
another seed would give. So the allowed difference comes from the spread between seeds. For the mean
of a metric over :math:`n` seeds, and for the value of a single seed (:math:`n = 1`), it is

.. math:: |\bar a - \bar b| \le 9 s / \sqrt{n},

where :math:`s` is the reference's standard deviation between the seeds of that model and metric. If
the root mean square of this over all models of the dataset is larger, that is taken, but at most
:math:`15 / n` times the model's. The bound is at least a thousandth of the reference's value. A
decision record gives the reasons for these numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

SPREADS = 9.0
HELP = 15.0  # divided by n: how far the spread of all models may raise that of one
FLOOR = 1e-3  # of the reference's value
DATASET = ["experiment", "dataset", "metric"]
MODEL = [*DATASET, "model"]
CELL = [*MODEL, "seed"]


@dataclass(frozen=True)
class Agreement:
    """How a file agrees with its reference.

    Attributes:
        state: ``equal`` bits; ``within`` the tolerances; ``form``, where rows, columns and text
            agree but nothing says how far the numbers may differ; ``beyond`` the tolerances.
        why: What differs, for a reader; empty if nothing does.
    """

    state: str
    why: str = ""


def spreads(frame: pd.DataFrame) -> pd.DataFrame:
    """Mean, number of seeds, spread and standard error by ``MODEL``.

    Args:
        frame: Columns ``CELL`` and ``value``.

    Returns:
        Columns ``MODEL``, ``mean``, ``size``, ``spread`` and ``error``; the last two are nan where
        no model of the dataset has two seeds.
    """
    table = frame.groupby(MODEL)["value"].agg(["mean", "size", "std"]).reset_index()
    table["square"] = table["std"] ** 2
    of_all = table.groupby(DATASET)["square"].transform("mean") ** 0.5
    own = table["std"].fillna(of_all)  # of a model with one seed
    table["spread"] = np.maximum(own, np.minimum(of_all, HELP / table["size"] * own))
    table["error"] = table["spread"] / table["size"] ** 0.5
    return table[[*MODEL, "mean", "size", "spread", "error"]]


def seeds(frame: pd.DataFrame, reference: pd.DataFrame) -> Agreement:
    """Compare two frames of one row a cell and metric, by cells and by means over seeds.

    Args:
        frame: Columns ``CELL`` and ``value``.
        reference: The same.
    """
    both = reference.merge(frame, on=CELL, how="outer", suffixes=("_old", ""), indicator=True)
    for word, side in (("lacks", "left_only"), ("adds", "right_only")):
        rows = both[both["_merge"] == side]
        if len(rows):
            first = names(rows, CELL)[0]
            return Agreement(
                "beyond",
                f"{word} {len(rows)} rows ({len(reference)} are in the reference): {first}, ...",
            )
    table = spreads(reference).merge(
        spreads(frame)[[*MODEL, "mean"]], on=MODEL, suffixes=("_old", "")
    )
    cells = both.merge(table[[*MODEL, "spread"]], on=MODEL)
    return judge(
        names(cells, CELL) + [f"mean of {name}" for name in names(table, MODEL)],
        np.concatenate([cells["value"], table["mean"]]),
        np.concatenate([cells["value_old"], table["mean_old"]]),
        np.concatenate([cells["spread"], table["error"]]),
    )


def names(frame: pd.DataFrame, columns: list[str]) -> list[str]:
    """Each row's values of some columns, as one name."""
    return ["/".join(map(str, row)) for row in frame[columns].itertuples(index=False)]


def judge(keys: Sequence[str], new: np.ndarray, old: np.ndarray, error: np.ndarray) -> Agreement:
    """Compare numbers with their reference.

    Args:
        keys: What each number is, shape ``(n,)``.
        new: The numbers, nan where undefined.
        old: The reference's.
        error: Their standard errors; a number whose error is nan is not judged.
    """
    other = np.flatnonzero(np.isnan(new) != np.isnan(old))
    if len(other):
        return Agreement("beyond", f"{keys[other[0]]} is undefined in one of both only")
    differs = np.abs(new - old)
    bound = np.fmax(SPREADS * error, FLOOR * np.abs(old))
    judged = ~np.isnan(error) & ~np.isnan(differs)
    share = np.where(judged, differs / np.fmax(bound, np.finfo(float).tiny), 0.0)
    worst = int(share.argmax())
    far = (
        f"{keys[worst]} is {new[worst]:.6g}, reference {old[worst]:.6g}, "
        f"allowed difference {bound[worst]:.2g}"
    )
    if share[worst] > 1:
        return Agreement(
            "beyond", f"{(share > 1).sum()} of {judged.sum()} numbers; farthest: {far}"
        )
    if np.any(differs[np.isnan(error)] > 0):
        return Agreement("form", "some numbers have no spread between seeds and are not judged")
    return Agreement("within", f"farthest of {judged.sum()} numbers: {far}")
