"""What training leaves beside the weights, ``timing.json``, as later steps read it."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coupled_vae.errors import UserError
from coupled_vae.files import AGAIN, read_json


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Numbers of one training.

    Attributes:
        train_seconds: CPU seconds of the loop's one thread.
        marginal_error: Of the last solve; nan of a model that solves no coupling.
    """

    train_seconds: float
    marginal_error: float


def read(path: Path) -> Timing:
    """Read a ``timing.json``.

    Raises:
        UserError: The file is missing or damaged, or a number in it is missing, negative or not
            finite.
    """
    tree = read_json(path)
    if not isinstance(tree, dict):
        raise UserError(f"{path}: damaged (not a mapping); {AGAIN}")
    return Timing(
        train_seconds=_number(path, tree, "train_seconds"),
        marginal_error=_number(path, tree, "marginal_error")
        if "marginal_error" in tree
        else math.nan,
    )


def _number(path: Path, tree: dict[str, Any], name: str) -> float:
    if name not in tree:
        raise UserError(f"{path}: damaged (lacks {name}); {AGAIN}")
    value = tree[name]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (is_number and 0 <= value < math.inf):
        raise UserError(
            f"{path}: damaged ({name} is {str(value)[:40]}, not a number of zero or more); {AGAIN}"
        )
    return float(value)
