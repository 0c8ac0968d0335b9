"""Measure one cell: from its draws to a table of metrics with their resampling errors."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from coupled_vae import dataset as datasets
from coupled_vae import metrics
from coupled_vae.cell import Cell
from coupled_vae.dataset import Dataset
from coupled_vae.errors import UserError
from coupled_vae.files import Arrays, read_arrays, write_text
from coupled_vae.measurement import Evaluation
from coupled_vae.metrics import Array, Estimate

ARRAYS = (
    "sample",
    "sample_mean",
    "sobol_sample",
    "prior",
    "prior_other",
    "aggregate",
    "reconstruction_nll",
)


def evaluate(
    cell: Cell, evaluation: Evaluation, data: Path, draws: Path, timing: Path, out: Path
) -> None:
    """Write a cell's metrics as CSV with the columns ``metric,value,resampling_std``.

    Args:
        cell: Which dataset, model and seed; its name seeds the bootstrap.
        evaluation: How to measure.
        data: The dataset's ``.npz``.
        draws: The cell's ``draws.npz``.
        timing: The cell's ``timing.json``.
        out: The CSV. ``resampling_std`` is the paper's error, that of redrawing the samples from
            the one trained model; it is empty where it is not estimated.
    """
    rng = np.random.default_rng(cell.entropy("evaluate"))
    rows = measure(datasets.load(data), read_arrays(draws, *ARRAYS), evaluation, rng)
    rows["train_seconds"] = Estimate(value=_train_seconds(timing), error=None)
    frame = pd.DataFrame(
        [(metric, row.value, row.error) for metric, row in rows.items()],
        columns=["metric", "value", "resampling_std"],
    ).astype({"value": float, "resampling_std": float})
    # An undefined value (in_mode_std of no sample at all) is written out; an empty field is
    # reserved for an error that is not estimated.
    frame["value"] = frame["value"].map("{:.10g}".format)
    write_text(out, frame.to_csv(index=False, lineterminator="\n", float_format="%.10g"))


def measure(
    dataset: Dataset, draws: Arrays, evaluation: Evaluation, rng: np.random.Generator
) -> dict[str, Estimate]:
    """All metrics of one model's draws, in the order of the tables.

    A dataset without known centres has no mode metrics.

    Raises:
        UserError: ``evaluation.w2_subsample`` exceeds the data.
    """
    rows: dict[str, Estimate] = {}
    if len(dataset.centres):
        rows |= _mode_metrics(dataset, draws, evaluation, rng)
    rows["w2_to_data"] = _w2_to_data(dataset, draws["sobol_sample"], evaluation.w2_subsample)
    rows |= _mmds(draws["prior"], draws["aggregate"], "")
    rows |= _mmds(draws["prior"], draws["prior_other"], "_floor")
    nll = draws["reconstruction_nll"].astype(np.float64)
    rows["reconstruction_nll"] = Estimate(
        value=float(nll.mean()), error=float(nll.std(ddof=1) / np.sqrt(len(nll)))
    )
    return rows


def _mode_metrics(
    dataset: Dataset, draws: Arrays, evaluation: Evaluation, rng: np.random.Generator
) -> dict[str, Estimate]:
    radius = evaluation.high_density_radius * dataset.std
    modes, means = (
        metrics.assign(draws[name], dataset.centres, radius) for name in ("sample", "sample_mean")
    )

    def bootstrapped(statistic: metrics.Statistic) -> Estimate:
        error = metrics.bootstrap_std(statistic, modes, evaluation.bootstrap, rng)
        return Estimate(value=statistic(modes), error=error)

    return {
        "high_density_ratio": _share(metrics.high_density_ratio(modes), len(modes.nearest)),
        "high_density_ratio_decoder_mean": _share(
            metrics.high_density_ratio(means), len(means.nearest)
        ),
        "in_mode_std": bootstrapped(metrics.in_mode_std),
        "modes_covered": Estimate(value=metrics.modes_covered(modes), error=None),
        "mode_mass_tv": bootstrapped(metrics.mode_mass_tv),
    }


def _share(share: float, count: int) -> Estimate:
    """A share of independent draws with its binomial error."""
    return Estimate(value=share, error=float(np.sqrt(share * (1 - share) / count)))


def _w2_to_data(dataset: Dataset, sample: Array, size: int) -> Estimate:
    """Root mean square of the distances of disjoint subsamples of ``size`` points from the data.

    Where the modes are known, a subsample is post-stratified by them: its points carry the mode
    masses of the whole sample, and its part of the data holds each label in its own proportion. So
    no mass must cross from mode to mode only because two small samples fell differently, which
    would be most of the distance (docs/decisions).
    """
    if size > len(dataset.x):
        raise UserError(
            f"params.yaml: evaluation.w2_subsample {size} exceeds the {len(dataset.x)} data; "
            "lower it"
        )
    blocks = min(len(dataset.x), len(sample)) // size
    by_label = np.argsort(dataset.label, kind="stable")
    mode = metrics.assign(sample, dataset.centres, np.inf).nearest if len(dataset.centres) else None
    squares = []
    for k in range(blocks):
        own = slice(k * size, (k + 1) * size)
        weights = None if mode is None else metrics.stratified_weights(mode[own], mode)
        parts = sample[own], dataset.x[by_label[k::blocks][:size]]
        squares.append(metrics.w2(*parts, weights) ** 2)
    value = float(np.sqrt(np.mean(squares)))
    if blocks == 1:
        return Estimate(value=value, error=None)
    return Estimate(
        value=value, error=float(np.std(squares, ddof=1) / np.sqrt(blocks) / (2 * value))
    )


def _mmds(a: Array, b: Array, suffix: str) -> dict[str, Estimate]:
    rbf, imq = metrics.mmd(a, b, (metrics.rbf, metrics.imq))
    return {f"mmd_rbf{suffix}": rbf, f"mmd_imq{suffix}": imq}


def _train_seconds(timing: Path) -> float:
    try:
        return float(json.loads(timing.read_text(encoding="utf-8"))["train_seconds"])
    except FileNotFoundError:
        raise UserError(f"{timing}: no such file; train the cell first (make reproduce)") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{timing}: damaged, or lacks train_seconds ({error}); delete it and run again"
        ) from None
