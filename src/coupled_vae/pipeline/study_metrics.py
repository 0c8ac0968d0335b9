"""What a study measures of its cells beside the metrics of points: holes and marginal error.

Measured when a study is collected, not when a cell is evaluated: how holes are measured is a
setting of the study, and a cell that it shares with the paper's grid is evaluated only once, with
the paper's settings. So such a cell is neither trained nor evaluated again.
"""

from pathlib import Path

import pandas as pd

from coupled_vae.config.experiments import Holes
from coupled_vae.data import dataset as datasets
from coupled_vae.pipeline.cell import Cell
from coupled_vae.pipeline.draws import Draws
from coupled_vae.pipeline.training_report import marginal_error


def measured(runs: list[tuple[Cell, Path]], holes: Holes, data: Path) -> pd.DataFrame:
    """Metrics ``catalogue.OF_STUDIES`` of some cells, one row for each metric of a cell.

    Args:
        runs: Every cell with the folder of its run.
        holes: How the mass of holes is measured.
        data: The dataset's ``.npz``.

    Returns:
        Columns ``dataset, model, seed, metric, value``. ``hole_mass`` is nan where the latent space
        is no plane, ``marginal_error`` of a model that solves no coupling.

    Raises:
        UserError: A file is missing or damaged.
    """
    n, d = datasets.load(data).x.shape
    rows = []
    for cell, run in runs:
        draws = Draws(run / "draws.npz", n=n, d=d)
        values = {
            "hole_mass": draws.hole_mass(holes.cells, holes.fraction),
            "marginal_error": marginal_error(run / "report.json"),
        }
        for metric, value in values.items():
            rows.append((cell.dataset, cell.model, cell.seed, metric, value))
    return pd.DataFrame(rows, columns=["dataset", "model", "seed", "metric", "value"])
