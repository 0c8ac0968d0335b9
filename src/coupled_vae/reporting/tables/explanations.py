"""The tables of the paper's two explanations, and of the solvers of its transport."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from coupled_vae.metrics import catalogue
from coupled_vae.reporting.tables._render import Row, number, write
from coupled_vae.runtime import frames
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import AGAIN, read_text
from coupled_vae.runtime.frames import Columns, Text
from coupled_vae.runtime.ranges import Number

BLUR_NOTE = (
    "At even draws z of the prior. Departure: root mean square distance of the decoder's mean from "
    "the coupling-weighted mean of the data (of a model with an encoder: weighted by q(z|x)). "
    "Spread: root mean variance of the data that share a z, the least error of a decoder at this z."
)
COLLAPSE_NOTE = (
    "The optimal plan as the decoder forgets z. Memory 1 is the trained decoder of C-VAE, 0 a "
    "constant one, whose optimal plan is the independent one: every posterior is the prior."
)

MAIN = "Temperature", "Solver", "Gap (%)", "Steps", "Seconds"  # of the narrow table
MARGINAL = catalogue.METRICS["marginal_error"].header
SOLVERS = {
    "exact": "Exact: fixed point with Anderson, to 1e-5",
    "anderson": "Fixed point with Anderson",
    "fixed_point": "Fixed point",
    "sinkhorn": "Sinkhorn, log domain",
    "ascent": "Averaged stochastic ascent",
    "neural_u": "Neural dual, u(z)",
    "neural_u_v": "Neural dual, u(z) and v(x)",
}
SOLVERS_NOTE = (
    "The semi-dual of the trained C-VAE's cost on one pool of prior draws. The temperature divides "
    "the cost and falls in small steps as in training, from the highest to 1; every solver begins "
    "at the highest with v = 0, and at each temperature with what it found at the one before. "
    "Value: H(v) in nats, times the temperature; gap: its distance from the exact one, relative. "
    "Steps and seconds of one CPU thread: from the beginning."
)


BLUR_COLUMNS: Columns = {
    **dict.fromkeys(("z1", "decoded1", "decoded2", "mean1", "mean2"), Number()),
    "spread": Number(low=0),
    "model": Text(),
}
MORE = re.compile("(z|decoded|mean)[0-9]+")  # of more dimensions
PLAN_COLUMNS: Columns = {
    "memory": Number(low=0, high=1),
    "information": Number(low=0),
    "total_variation": Number(low=0, high=1 + 1e-6),  # a sum in single precision
    "marginal_error": Number(low=0),
}
SOLVER_COLUMNS: Columns = {
    "temperature": Number(low=0),
    "solver": Text(choices=tuple(SOLVERS)),
    "value": Number(),
    "gap": Number(low=0),
    "marginal_error": Number(low=0),
    "steps": Number(low=0, whole=True),
    "seconds": Number(low=0),
}


def read_draws(path: Path, models: Sequence[str]) -> pd.DataFrame:
    """What ``explain`` wrote of draws; refused unless it has as many of each model.

    Raises:
        UserError: The file is missing, damaged, or of other models.
    """
    header = read_text(path).partition("\n")[0].strip().split(",")
    columns = {**BLUR_COLUMNS, **{name: Number() for name in header if MORE.fullmatch(name)}}
    frame = frames.read(path, "table of draws", columns, key=[])
    counts = frame["model"].value_counts()
    if {*counts.index} != {*models} or min(counts) < max(counts):
        found = ", ".join(f"{count} of {model}" for model, count in sorted(counts.items()))
        raise UserError(
            f"{path}: has draws {found}, not as many of each of {', '.join(models)}; {AGAIN}"
        )
    return frame


def read_plans(path: Path) -> pd.DataFrame:
    """What ``explain`` wrote of forgetful decoders, by rising memory.

    Raises:
        UserError: The file is missing or damaged.
    """
    frame = frames.read(path, "table of plans", PLAN_COLUMNS, key=["memory"])
    if not frame["memory"].is_monotonic_increasing:
        raise UserError(f"{path}: not a table of plans (memory does not rise); {AGAIN}")
    return frame


def read_solvers(path: Path) -> pd.DataFrame:
    """What ``explain`` wrote of the solvers; refused unless each was run at every temperature.

    Raises:
        UserError: The file is missing, damaged, or incomplete.
    """
    frame = frames.read(path, "table of solvers", SOLVER_COLUMNS, key=["temperature", "solver"])
    wanted = frame["temperature"].nunique() * len(SOLVERS)
    if len(frame) < wanted:
        raise UserError(f"{path}: has {len(frame)} of {wanted} rows; {AGAIN}")
    return frame


def explanations(
    labels: list[tuple[str, str]], draws: Path, plans: Path, solvers: Path, out: Path
) -> None:
    """Write ``blur``, ``collapse`` and ``solvers``, the files of three tables, into a folder.

    Raises:
        UserError: A file is missing or damaged; nothing is written then.
    """
    decoded = read_draws(draws, [name for name, _ in labels])
    coupling, compared = read_plans(plans), read_solvers(solvers)
    rows: list[Row] = []
    for name, label in labels:
        of_model = decoded[decoded["model"] == name]
        departure = (
            of_model[["decoded1", "decoded2"]].to_numpy() - of_model[["mean1", "mean2"]].to_numpy()
        )
        rows.append(
            {
                "model": name,
                "label": label,
                "departure": float(np.sqrt((departure**2).sum(axis=1).mean())),
                "spread": float(np.sqrt((of_model["spread"] ** 2).mean())),
            }
        )
    write(out, "blur", rows, _blur, BLUR_NOTE)
    write(out, "collapse", _records(coupling), _collapse, COLLAPSE_NOTE)
    write(out, "solvers", _records(compared), _solver, SOLVERS_NOTE, num_text=2, main=MAIN)


def _records(frame: pd.DataFrame) -> list[Row]:
    return [
        {str(column): value for column, value in row.items()} for row in frame.to_dict("records")
    ]


def _blur(row: Row) -> dict[str, str]:
    return {
        "Model": row["label"],
        "Departure": number(row["departure"], 3),
        "Spread": number(row["spread"], 3),
    }


def _collapse(row: Row) -> dict[str, str]:
    return {
        "Memory": number(row["memory"], 2),
        "Information (nats)": number(row["information"], 3),
        "Total variation from independence": number(row["total_variation"], 3),
        MARGINAL: number(row["marginal_error"], 4),
    }


def _solver(row: Row) -> dict[str, str]:
    return {
        "Temperature": number(row["temperature"], 0),
        "Solver": SOLVERS[row["solver"]],
        "Value": number(row["value"], 3),
        "Gap (%)": number(row["gap"], 2, 100),
        MARGINAL: number(row["marginal_error"], 4),
        "Steps": number(row["steps"], 0),
        "Seconds": number(row["seconds"], 1),
    }
