"""Read ``report.json``, the numbers that a model reports after training, beside the weights."""

import math
from pathlib import Path

from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import AGAIN, read_json


def marginal_error(path: Path) -> float:
    """Marginal error of the last solve; nan for a model that solves no coupling.

    Raises:
        UserError: The file is missing or damaged, or the number is negative or not finite.
    """
    tree = read_json(path)
    if not isinstance(tree, dict):
        raise UserError(f"{path}: damaged (not a mapping); {AGAIN}")
    if "marginal_error" not in tree:
        return math.nan
    value = tree["marginal_error"]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and 0 <= value < math.inf:
        return float(value)
    raise UserError(
        f"{path}: damaged (marginal_error is {str(value)[:40]}, not a number of zero or more); "
        f"{AGAIN}"
    )
