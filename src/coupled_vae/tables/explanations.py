"""The tables of the paper's two explanations."""

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


def explanations(labels: list[tuple[str, str]], draws: Path, plans: Path, out: Path) -> None:
    """Write ``blur.{csv,md,tex}`` and ``collapse.{csv,md,tex}`` into a folder."""
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
    couplings = [
        {str(column): value for column, value in row.items()}
        for row in pd.read_csv(plans).to_dict("records")
    ]
    write(out, "collapse", couplings, _collapse, COLLAPSE_NOTE)


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
