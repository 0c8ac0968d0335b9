"""The tables of the paper's two explanations, and of the solvers of its transport."""

from pathlib import Path

import numpy as np
import pandas as pd

from coupled_vae.tables._render import Row, number, write

BLUR_NOTE = (
    "At even draws z of the prior. Departure: root mean square distance of the decoder's mean from "
    "the coupling-weighted mean of the data (of a model with an encoder: weighted by q(z|x)). "
    "Spread: root mean variance of the data that share a z, the least that a decoder there can err."
)
COLLAPSE_NOTE = (
    "The optimal plan as the decoder forgets z. Memory 1 is the trained decoder of C-VAE, 0 a "
    "constant one, whose optimal plan is the independent one: every posterior is the prior."
)

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
    "there at v = 0, and at each temperature with what it found at the one before. Value: H(v) in "
    "nats, times the temperature; gap: its distance from the exact one, relative. Steps and "
    "seconds of one CPU thread: from the beginning."
)


def explanations(
    labels: list[tuple[str, str]], draws: Path, plans: Path, solvers: Path, out: Path
) -> None:
    """Write ``blur``, ``collapse`` and ``solvers``, each as csv, md and tex, into a folder."""
    told = pd.read_csv(draws)
    rows: list[Row] = []
    for name, label in labels:
        own = told[told["model"] == name]
        departure = own[["decoded1", "decoded2"]].to_numpy() - own[["mean1", "mean2"]].to_numpy()
        rows.append(
            {
                "model": name,
                "label": label,
                "departure": float(np.sqrt((departure**2).sum(axis=1).mean())),
                "spread": float(np.sqrt((own["spread"] ** 2).mean())),
            }
        )
    write(out, "blur", rows, _blur, BLUR_NOTE)
    write(out, "collapse", _records(plans), _collapse, COLLAPSE_NOTE)
    write(out, "solvers", _records(solvers), _solver, SOLVERS_NOTE, num_text=2)


def _records(file: Path) -> list[Row]:
    return [
        {str(column): value for column, value in row.items()}
        for row in pd.read_csv(file).to_dict("records")
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
        "Marginal error": number(row["marginal_error"], 4),
    }


def _solver(row: Row) -> dict[str, str]:
    return {
        "Temperature": number(row["temperature"], 0),
        "Solver": SOLVERS[row["solver"]],
        "Value": number(row["value"], 3),
        "Gap (%)": number(row["gap"], 2, 100),
        "Marginal error": number(row["marginal_error"], 4),
        "Steps": number(row["steps"], 0),
        "Seconds": number(row["seconds"], 1),
    }
