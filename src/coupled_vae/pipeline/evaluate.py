"""Evaluate one cell: from its draws to a table of metrics with their resampling errors."""

import math
from pathlib import Path

import numpy as np
import pandas as pd

from coupled_vae.config.evaluation import (
    ImageMeasures,
    Manifolds,
    MeasureSettings,
    ModeMeasures,
    PointMeasures,
)
from coupled_vae.data import dataset as datasets
from coupled_vae.data.dataset import Dataset
from coupled_vae.metrics import catalogue
from coupled_vae.metrics import images as image_metrics
from coupled_vae.metrics import modes as mode_metrics
from coupled_vae.metrics.discrepancy import imq, mmd, rbf
from coupled_vae.metrics.samples import Array, Estimate
from coupled_vae.pipeline import draws as drawn
from coupled_vae.pipeline.cell import Cell
from coupled_vae.pipeline.subsampled_w2 import w2_to_data, w2_to_held_out
from coupled_vae.pipeline.training_report import marginal_error
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import Arrays, write_text
from coupled_vae.runtime.machine import keep_torch_out_of_pot
from coupled_vae.runtime.ranges import Number

ERRORS = Number(low=0, undefined=True)
LATENT = ("prior", "prior_other", "aggregate", "latent_mean", "reconstruction_nll")
MODES = ("sample", "sample_mean", "sobol_sample")
POINTS = ("sample", "sobol_sample")
HELD_OUT = ("held_out_mean", "held_out_nll", "held_out_reconstruction_nll")
IMAGES = ("sample", "posterior_draws", "prior_sobol")


def evaluate(
    cell: Cell,
    settings: MeasureSettings,
    data: Path,
    held_out: Path | None,
    draws: Path,
    report: Path,
    out: Path,
) -> None:
    """Write a cell's metrics as CSV with the columns ``metric,value,resampling_std``.

    Args:
        cell: Dataset, model and seed; the cell's name seeds the bootstrap.
        settings: Settings of the metrics.
        data: The dataset's ``.npz``.
        held_out: The ``.npz`` of the held-out data; None if nothing is measured of such data.
        draws: The cell's ``draws.npz``.
        report: The cell's ``report.json``, which training wrote.
        out: The CSV. ``resampling_std`` is the paper's error: the standard deviation over samples
            redrawn from one trained model. The field is empty where it is not estimated.

    Raises:
        UserError: A file is missing or damaged, a number in it is not finite, or a metric is
            outside its range.
    """
    if settings.images and not held_out:
        raise UserError(f"{cell}: --held-out is missing; image data need it")
    keep_torch_out_of_pot()
    rng = np.random.default_rng(cell.entropy("evaluate"))
    dataset = datasets.load(data)
    others = datasets.load(held_out) if held_out else None
    sizes = {"n": len(dataset.x), "d": dataset.x.shape[1]}
    names = MODES if settings.modes else IMAGES if settings.images else POINTS
    names = (*LATENT, *names, *(HELD_OUT if others else ()))
    sizes |= {"h": len(others.x)} if others else {}
    arrays = drawn.read(draws, *names, **sizes)
    rows = _latent_metrics(arrays) | (_likelihoods(arrays) if others else {})
    if settings.modes:
        rows = _points_of_modes(dataset, arrays, settings.modes, rng) | rows
    else:
        rows |= _free_metrics(dataset, others, arrays, settings)
        rows["marginal_error"] = Estimate(value=marginal_error(report), error=None)
    _check(cell, rows, draws)
    write_text(out, _csv(rows))


def _csv(rows: dict[str, Estimate]) -> str:
    frame = pd.DataFrame(
        [(metric, row.value, row.error) for metric, row in rows.items()],
        columns=["metric", "value", "resampling_std"],
    ).astype({"value": float, "resampling_std": float})
    # An undefined value (such as in_mode_std of no sample) is written as nan; an empty field is
    # reserved for an error that is not estimated.
    frame["value"] = frame["value"].map("{:.10g}".format)
    return frame.to_csv(index=False, lineterminator="\n", float_format="%.10g")


def _check(cell: Cell, rows: dict[str, Estimate], draws: Path) -> None:
    """Refuse a value outside its metric's range, and an error that is infinite or negative.

    An error may be nan: the metric may be undefined for some of the resamples.
    """
    for name, row in rows.items():
        error = math.nan if row.error is None else row.error
        flaw = catalogue.flaw(name, row.value) or ERRORS.flaw(error)
        if flaw:
            raise UserError(
                f"{cell}: {name} {row.value:g} with resampling error {error:g} {flaw}; nothing was "
                f"written; look at {draws}, or train the model with a lower learning_rate"
            )


def _latent_metrics(draws: Arrays) -> dict[str, Estimate]:
    rows = _mmds(draws["prior"], draws["aggregate"], "")
    rows |= _mmds(draws["prior"], draws["prior_other"], "_floor")
    return rows | {"reconstruction_nll": _mean(draws["reconstruction_nll"])}


def _mean(values: Array) -> Estimate:
    """Mean of independent values with its standard error."""
    values = values.astype(np.float64)
    error = float(values.std(ddof=1) / np.sqrt(len(values)))
    return Estimate(value=float(values.mean()), error=error)


def _free_metrics(
    dataset: Dataset, held_out: Dataset | None, draws: Arrays, settings: MeasureSettings
) -> dict[str, Estimate]:
    """Metrics of images, and of points of an unknown distribution."""
    own = settings.images or settings.points
    assert own, "one of the three is not null"
    rows: dict[str, Estimate] = {}
    if held_out and settings.labels:
        rows["class_recovery"] = _class_recovery(dataset, held_out, draws, own)
    if settings.images:
        return rows | _image_metrics(dataset, draws, settings.images)
    assert settings.points
    return rows | _point_metrics(dataset, held_out, draws, settings.points)


def _likelihoods(draws: Arrays) -> dict[str, Estimate]:
    """Likelihoods of held-out data.

    The first half of them serves to choose settings, the second half is reported.
    """
    nll = draws["held_out_nll"]
    half = len(nll) // 2
    return {
        "validation_nll": _mean(nll[:half]),
        "test_nll": _mean(nll[half:]),
        "test_reconstruction_nll": _mean(draws["held_out_reconstruction_nll"][half:]),
    }


def _class_recovery(
    dataset: Dataset, held_out: Dataset, draws: Arrays, settings: Manifolds
) -> Estimate:
    """Class recovery of the second half of the held-out data."""
    half = len(held_out.x) // 2
    share = image_metrics.class_recovery(
        draws["latent_mean"],
        dataset.label,
        draws["held_out_mean"][half:],
        held_out.label[half:],
        settings.class_neighbours,
    )
    return _share(share, len(held_out.x) - half)


def _image_metrics(dataset: Dataset, draws: Arrays, images: ImageMeasures) -> dict[str, Estimate]:
    codes = draws["posterior_draws"]
    return _plain(
        {
            "hole_mass": image_metrics.hole_mass(
                codes.reshape(-1, codes.shape[-1]),
                draws["prior_sobol"],
                images.hole_cells,
                images.hole_fraction,
            ),
            "encoder_std": image_metrics.encoder_std(codes),
            **image_metrics.manifold_scores(dataset.x, draws["sample"], images.neighbours),
        }
    )


def _plain(values: dict[str, float]) -> dict[str, Estimate]:
    """Values without an estimate of their error."""
    return {name: Estimate(value=value, error=None) for name, value in values.items()}


def _point_metrics(
    dataset: Dataset, held_out: Dataset | None, draws: Arrays, settings: PointMeasures
) -> dict[str, Estimate]:
    """Metrics of points of an unknown distribution.

    Raises:
        UserError: ``evaluation.w2_subsample`` exceeds the number of data.
    """
    sample, size = draws["sobol_sample"], settings.w2_subsample
    rows = {"w2_to_data": w2_to_data(dataset, sample, size)}
    holes = drawn.hole_mass(draws, settings.hole_cells, settings.hole_fraction)
    rows |= _plain({"hole_mass": holes})
    if held_out is None:
        return rows
    rows["w2_to_held_out"] = w2_to_held_out(held_out.x, sample, size)
    # Centred and in double precision, since the distances are computed from products. As many
    # samples as data, so that the neighbours of both are equally far.
    middle = held_out.x.mean(axis=0, dtype=np.float64)
    fake = draws["sample"][: len(held_out.x)] - middle
    scores = image_metrics.manifold_scores(held_out.x - middle, fake, settings.neighbours)
    return rows | _plain(scores)


def _points_of_modes(
    dataset: Dataset, draws: Arrays, settings: ModeMeasures, rng: np.random.Generator
) -> dict[str, Estimate]:
    """Metrics of points of a known mixture.

    Raises:
        UserError: ``evaluation.w2_subsample`` exceeds the number of data, or the data have no
            centres.
    """
    if not len(dataset.centres):
        raise UserError(
            "the settings measure modes, but the data have no centres; set points in place of modes"
        )
    rows = _mode_metrics(dataset, draws, settings, rng)
    return rows | {"w2_to_data": w2_to_data(dataset, draws["sobol_sample"], settings.w2_subsample)}


def _mode_metrics(
    dataset: Dataset, draws: Arrays, settings: ModeMeasures, rng: np.random.Generator
) -> dict[str, Estimate]:
    radius = settings.high_density_radius * dataset.std
    modes, means = (
        mode_metrics.assign(draws[name], dataset.centres, radius)
        for name in ("sample", "sample_mean")
    )

    def bootstrapped(statistic: mode_metrics.Statistic) -> Estimate:
        error = mode_metrics.bootstrap_std(statistic, modes, settings.bootstrap, rng)
        return Estimate(value=statistic(modes), error=error)

    return {
        "high_density_ratio": _share(mode_metrics.high_density_ratio(modes), len(modes.nearest)),
        "high_density_ratio_decoder_mean": _share(
            mode_metrics.high_density_ratio(means), len(means.nearest)
        ),
        "in_mode_std": bootstrapped(mode_metrics.in_mode_std),
        "modes_covered": Estimate(value=mode_metrics.modes_covered(modes), error=None),
        "mode_mass_tv": bootstrapped(mode_metrics.mode_mass_tv),
    }


def _share(share: float, count: int) -> Estimate:
    """A share of independent draws with its binomial standard error."""
    return Estimate(value=share, error=float(np.sqrt(share * (1 - share) / count)))


def _mmds(a: Array, b: Array, suffix: str) -> dict[str, Estimate]:
    by_rbf, by_imq = mmd(a, b, (rbf, imq))
    return {f"mmd_rbf{suffix}": by_rbf, f"mmd_imq{suffix}": by_imq}
