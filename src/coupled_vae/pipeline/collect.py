"""Collect the metrics of a grid of cells into the frame of record; complete or an error."""

import math
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from coupled_vae.config.traits import Traits
from coupled_vae.metrics import catalogue
from coupled_vae.pipeline.cell import Cell
from coupled_vae.runtime import frames
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import AGAIN, write_json, write_text
from coupled_vae.runtime.frames import Columns, Text
from coupled_vae.runtime.ranges import Number

Measured = Mapping[str, list[str]]  # metrics of each dataset
KEYS = ["experiment", "dataset", "model", "seed", "metric"]
SHOWN = 8  # of the missing cells, in the error
COLUMNS: Columns = {
    "metric": Text(choices=tuple(catalogue.METRICS)),
    "value": Number(undefined=True),
    "resampling_std": Number(low=0, empty=True),
}


def collect(
    experiment: str,
    cells: list[tuple[Cell, Path]],
    traits: Mapping[str, Traits],
    out_metrics: Path,
    out_resampling: Path,
    out_summary: Path,
    *,
    beside: pd.DataFrame | None = None,
) -> None:
    """Join the tables that ``evaluate`` wrote.

    Args:
        experiment: Name of the grid in ``params.yaml``.
        cells: Every cell of the grid with the CSV of its metrics.
        traits: Those of every dataset, by its name; they tell the metrics that a cell must have.
        out_metrics: CSV with the columns ``experiment,dataset,model,seed,metric,value``.
        out_resampling: CSV of the same keys with ``resampling_std``, empty where it is not
            estimated.
        out_summary: JSON of each metric's mean over the seeds by dataset and model, for
            ``dvc metrics show``; the spread stands in the tables.
        beside: Further metrics of these cells, as ``study_metrics.measured`` returns them.

    Raises:
        UserError: A cell lacks its file or one of its metrics; a file is damaged, has a metric that
            is not measured of such data, or a value that its metric cannot have; a cell is named
            twice.
    """
    names = [str(cell) for cell, _ in cells]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UserError(f"--cells names {twice[0]} twice; name each cell once")
    measured = {name: own.metrics() for name, own in traits.items()}
    frame = _join(experiment, cells, measured)
    _check_complete(frame, [cell for cell, _ in cells], measured, out_metrics)
    if beside is not None:
        frame = _with(frame, beside.assign(experiment=experiment))
    _write(out_metrics, frame[[*KEYS, "value"]], undefined="nan")
    _write(out_resampling, frame[[*KEYS, "resampling_std"]], undefined="")
    summary: dict[str, dict[str, dict[str, float | None]]] = {}
    for (dataset, model), group in frame.groupby(["dataset", "model"]):
        summary.setdefault(str(dataset), {})[str(model)] = {
            str(metric): _rounded(float(values.to_numpy(float).mean()))
            for metric, values in group.groupby("metric")["value"]
        }
    write_json(out_summary, summary)


def _join(experiment: str, cells: list[tuple[Cell, Path]], measured: Measured) -> pd.DataFrame:
    frames = []
    for cell, path in cells:
        if path.exists():
            frames.append(
                _read(path, measured[cell.dataset]).assign(
                    experiment=experiment, dataset=cell.dataset, model=cell.model, seed=cell.seed
                )
            )
    columns = [*KEYS, "value", "resampling_std"]
    joined = pd.concat(frames) if frames else pd.DataFrame(columns=columns)
    return joined.sort_values(KEYS)


def _with(frame: pd.DataFrame, beside: pd.DataFrame) -> pd.DataFrame:
    """Both frames in one; the resampling error of the further metrics is not estimated."""
    further = beside.assign(resampling_std=float("nan"))
    return pd.concat([frame, further[frame.columns]]).sort_values(KEYS)


def _read(path: Path, measured: list[str]) -> pd.DataFrame:
    frame = frames.read(path, "table of metrics", COLUMNS, key=["metric"])
    for metric, value in zip(frame["metric"], frame["value"], strict=True):
        flaw = catalogue.flaw(metric, value)
        if metric not in measured:
            flaw = "is not measured of such data"
        if flaw:
            raise UserError(f"{path}: not a table of metrics ({metric} {value:g} {flaw}); {AGAIN}")
    return frame


def _check_complete(frame: pd.DataFrame, cells: list[Cell], measured: Measured, out: Path) -> None:
    present = set(frame[KEYS[1:]].itertuples(index=False, name=None))
    wanted = [
        (cell.dataset, cell.model, cell.seed, metric)
        for cell in cells
        for metric in sorted(measured[cell.dataset])
    ]
    missing = [key for key in wanted if key not in present]
    if missing:
        names = [f"({d}, {m}, seed {s}, {metric})" for d, m, s, metric in missing[:SHOWN]]
        more = ", ..." if len(missing) > SHOWN else ""
        raise UserError(
            f"{out.name} lacks {len(missing)} of {len(wanted)} cells: {', '.join(names)}{more}; "
            "run make reproduce to compute them"
        )


def _rounded(value: float) -> float | None:
    """Six digits, for people to read; an undefined value is null, as JSON has no nan."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _write(path: Path, frame: pd.DataFrame, undefined: str) -> None:
    text = frame.to_csv(index=False, lineterminator="\n", float_format="%.10g", na_rep=undefined)
    write_text(path, text)
