"""The table of the scaling: seconds and memory as data, pool and latent space grow.

Also what the table and the figure read from the measurements.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coupled_vae.reporting.tables._render import Row, number, write
from coupled_vae.runtime import frames
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import AGAIN
from coupled_vae.runtime.frames import Columns, Text
from coupled_vae.runtime.ranges import Number

Numbers = NDArray[np.float64]

NAMES = {"n": "Data", "pool_size": "Pool", "latent_dim": "Latent dimension", "cost": "Cost"}
NOTE = (
    "CPU seconds of one thread, medians over fresh pools. Varies: what differs from the base. "
    "Cost: held as a matrix, or computed anew in every pass (in blocks). Making it: decoding the "
    "pool and multiplying out what is held. Update: one pass over the cost and the step of the "
    "potential; from linear: its seconds against those of a line through zero and the row of most"
    " data, or of the largest pool. Statistics: the pass that gives the decoder its targets. "
    "Pool: all of it as often as training does it on one pool. Start: the principal components. "
    "Peak: resident memory of the process in the alternation, and in training, whose start takes "
    "more."
)


# Columns of the narrow table.
MAIN = "Varies", "Data", "Pool", "Update (s)", "from linear (%)", "Peak (MB)"
POINT = ["varies", "n", "pool_size", "latent_dim"]
QUANTITIES = (
    *("cost", "update", "statistics", "decoder_step", "pool", "start"),
    *("memory_empty", "memory", "memory_training"),
)
SIZE = Number(low=1, whole=True)
COLUMNS: Columns = {
    "varies": Text(choices=tuple(NAMES)),
    "n": SIZE,
    "pool_size": SIZE,
    "latent_dim": SIZE,
    "held": Text(choices=("True", "False")),
    "quantity": Text(choices=QUANTITIES),
    "value": Number(low=0),
    "unit": Text(choices=("s", "MB")),
}


def wide(measured: Path) -> pd.DataFrame:
    """One row for each point and the size that varies at it, one column for each quantity.

    Raises:
        UserError: The file is missing or damaged, or lacks a quantity of a point, or all points of
            something that varies.
    """
    frame = frames.read(measured, "table of the scaling", COLUMNS, key=[*POINT, "quantity"])
    frame["held"] = frame["held"] == "True"
    points = len(frame[[*POINT, "held"]].drop_duplicates())
    lacking = sorted({*NAMES} - {*frame["varies"]})
    if lacking or len(frame) < points * len(QUANTITIES):
        what = f"no row where {lacking[0]} varies" if lacking else f"{len(frame)} rows"
        raise UserError(
            f"{measured}: has {what}, not all of {len(QUANTITIES)} quantities of each point; "
            f"{AGAIN}"
        )
    frame = frame.pivot_table(
        index=[*POINT, "held"], columns="quantity", values="value", sort=False
    )
    return frame.reset_index().sort_values(
        POINT,
        key=lambda column: column.map([*NAMES].index) if column.name == "varies" else column,
    )


def line(size: Numbers, seconds: Numbers) -> Numbers:
    """Seconds that are linear in the size, through zero and the largest size."""
    return np.asarray(seconds[size.argmax()] * size / size.max())


def departures(size: Numbers, seconds: Numbers) -> Numbers:
    """Seconds over those of ``line``, less one.

    Of seconds that grow with a power a of the size it is ``(size / largest) ** (a - 1) - 1``.
    """
    return seconds / line(size, seconds) - 1


def scaling(measured: Path, out: Path) -> None:
    """Write ``table.{csv,md,tex,narrow.tex}`` into a folder."""
    points = wide(measured)
    points["departure"] = float("nan")
    for name in ("n", "pool_size"):
        series = points[points["varies"] == name]
        points.loc[series.index, "departure"] = departures(
            series[name].to_numpy(float), series["update"].to_numpy(float)
        )
    rows: list[Row] = [
        {str(key): value for key, value in row.items()} for row in points.to_dict("records")
    ]
    write(out, "table", rows, _shown, NOTE, main=MAIN)


def _shown(row: Row) -> dict[str, str]:
    return {
        "Varies": NAMES[row["varies"]],
        "Data": str(row["n"]),
        "Pool": str(row["pool_size"]),
        "Latent": str(row["latent_dim"]),
        "Cost": "held" if row["held"] else "in blocks",
        "Making it (s)": number(row["cost"], 3),
        "Update (s)": number(row["update"], 4),
        "from linear (%)": number(row["departure"], 1, 100),
        "Statistics (s)": number(row["statistics"], 3),
        "Decoder step (ms)": number(row["decoder_step"], 1, 1000),
        "Pool (s)": number(row["pool"], 2),
        "Start (s)": number(row["start"], 2),
        "Peak (MB)": number(row["memory"], 0),
        "in training (MB)": number(row["memory_training"], 0),
    }
