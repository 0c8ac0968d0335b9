"""Evaluation and collection: the files they write, and what they refuse."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from metric_files import METRICS, cells, collected, table

from coupled_vae.config import evaluation as measurement
from coupled_vae.config.traits import Traits
from coupled_vae.data import dataset
from coupled_vae.data.dataset import Dataset
from coupled_vae.data.kinds import digits, mog
from coupled_vae.pipeline import collect, evaluate
from coupled_vae.pipeline.cell import Cell
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import write_arrays, write_json

MODES = measurement.ModeMeasures(high_density_radius=4, w2_subsample=100, bootstrap=20)
SETTINGS = measurement.MeasureSettings(modes=MODES)
NUMPY_ONLY = [
    "pipeline.evaluate",
    "pipeline.collect",
    "reporting.tables.table1",
    "reporting.tables.table2",
    "reporting.tables.search_trials",
    "reporting.tables.search_finals",
    "reporting.tables.search_chosen",
    "reporting.tables.images",
    "reporting.tables.points",
    "reporting.tables.claims",
    "reporting.figures.figure1",
    "reporting.figures.figure3",
    "reporting.figures.figure4",
]
CELL = Cell(dataset="mog", model="vae", seed=0)


@pytest.fixture
def folder(tmp_path):
    """A run folder of a perfect model, with its data."""
    config = mog.Config(grid_side=5, spacing=1.0, std=0.05, points_per_mode=12, seed=1)
    data = mog.generate(config)
    dataset.save(tmp_path / "data.npz", data)
    rng = np.random.default_rng(0)
    draws = {name: rng.standard_normal((300, 2)) for name in ("prior", "prior_other", "aggregate")}
    draws |= {"sample": data.x, "sobol_sample": data.x, "sample_mean": data.centres[data.label]}
    draws |= {"latent_mean": rng.standard_normal((300, 2))}
    draws |= {"reconstruction_nll": rng.standard_normal(300)}
    write_arrays(tmp_path / "draws.npz", {n: a.astype(np.float32) for n, a in draws.items()})
    write_json(tmp_path / "report.json", {})
    return tmp_path


def run(folder: Path, settings: measurement.MeasureSettings = SETTINGS) -> pd.DataFrame:
    data, draws, report, out = (
        folder / name for name in ("data.npz", "draws.npz", "report.json", "metrics.csv")
    )
    evaluate.evaluate(CELL, settings, data, None, draws, report, out)
    return pd.read_csv(folder / "metrics.csv").set_index("metric")


def test_writes_the_metrics_in_order_with_the_errors_of_resampling(folder):
    frame = run(folder)
    assert list(frame.index) == METRICS
    assert list(frame.columns) == ["value", "resampling_std"]
    assert frame.loc["high_density_ratio_decoder_mean", "value"] == 1
    assert frame.loc["modes_covered", "value"] == 25
    assert set(frame.index[frame["resampling_std"].isna()]) == {"modes_covered"}


def test_same_inputs_same_bytes(folder):
    run(folder)
    first = (folder / "metrics.csv").read_bytes()
    run(folder)
    assert (folder / "metrics.csv").read_bytes() == first


def test_modes_of_data_without_centres_are_refused(folder):
    data = dataset.load(folder / "data.npz")
    dataset.save(folder / "data.npz", Dataset(x=data.x, label=data.label))
    with pytest.raises(UserError, match="the data have no centres; set points in place of modes"):
        run(folder)


def test_refuses_a_subsample_larger_than_the_sample(folder):
    modes = MODES.model_copy(update={"w2_subsample": 301})
    with pytest.raises(UserError, match="w2_subsample 301 exceeds the 300 data"):
        run(folder, SETTINGS.model_copy(update={"modes": modes}))


def test_the_likelihood_of_held_out_points_of_known_modes_is_measured_in_halves(folder):
    config = mog.Config(grid_side=5, spacing=1.0, std=0.05, points_per_mode=12, seed=1, held_out=20)
    dataset.save(folder / "held_out.npz", mog.held_out(config))
    with np.load(folder / "draws.npz") as archive:
        arrays = dict(archive)
    arrays |= {"held_out_mean": np.zeros((20, 2), np.float32)}
    arrays |= {"held_out_nll": np.repeat(np.float32([3, 5]), 10)}
    arrays |= {"held_out_reconstruction_nll": np.repeat(np.float32([30, 50]), 10)}
    write_arrays(folder / "draws.npz", arrays)
    bare = run(folder)
    paths = [folder / name for name in ("data.npz", "held_out.npz", "draws.npz", "report.json")]
    evaluate.evaluate(CELL, SETTINGS, *paths, folder / "metrics.csv")
    frame = pd.read_csv(folder / "metrics.csv").set_index("metric")
    assert list(frame.index) == Traits(kind="modes", held_out=True).metrics()
    pd.testing.assert_frame_equal(frame.loc[METRICS], bare)  # the others stay as they are
    value = frame["value"]
    assert (value["validation_nll"], value["test_nll"]) == (3, 5)
    assert value["test_reconstruction_nll"] == 50


def test_w2_of_the_data_themselves_is_as_small_as_their_spread(folder):
    """Every subsample of the data holds each label alike, so no mass has to change its mode."""
    data = dataset.load(folder / "data.npz")
    with np.load(folder / "draws.npz") as archive:
        arrays = dict(archive)
    noise = 0.05 * np.random.default_rng(3).standard_normal(data.x.shape)
    arrays["sobol_sample"] = np.concatenate(
        [(data.centres[data.label] + noise)[k::3] for k in range(3)]
    )
    np.savez(folder / "draws.npz", **arrays)
    assert run(folder).loc["w2_to_data", "value"] < 0.1


def test_images_halves_held_out_and_marginal_error(folder):
    """The search sees the first half of the images held out, the report the second."""
    config = digits.Config(count=60, held_out=20, seed=1)
    data, held_out = digits.generate(config), digits.held_out(config)
    dataset.save(folder / "data.npz", data)
    dataset.save(folder / "held_out.npz", held_out)
    rng = np.random.default_rng(0)
    with np.load(folder / "draws.npz") as archive:
        arrays = {name: archive[name] for name in ("prior", "prior_other", "aggregate")}
    codes = np.stack([data.label, data.label], axis=1).astype(np.float32)
    arrays |= {"latent_mean": codes, "reconstruction_nll": np.ones(60, np.float32)}
    arrays |= {"sample": data.x, "posterior_draws": rng.standard_normal((4, 60, 2))}
    arrays |= {"prior_sobol": rng.standard_normal((512, 2))}
    # Latent means of the second half tell the class, those of the first half mislead.
    told = np.where(np.arange(20) < 10, (held_out.label + 1) % 10, held_out.label)
    arrays |= {"held_out_mean": np.stack([told, told], axis=1).astype(np.float32)}
    arrays |= {"held_out_nll": np.repeat([3.0, 5.0], 10)}
    arrays |= {"held_out_reconstruction_nll": np.repeat([30.0, 50.0], 10)}
    write_arrays(folder / "draws.npz", arrays)
    images = measurement.ImageMeasures(
        neighbours=3, class_neighbours=1, hole_cells=2, hole_fraction=0.1
    )
    settings = measurement.MeasureSettings(images=images, labels=True)
    for report, error in (({}, np.nan), ({"marginal_error": 0.25}, 0.25)):
        write_json(folder / "report.json", report)
        paths = [folder / f"{name}" for name in ("data.npz", "held_out.npz", "draws.npz")]
        evaluate.evaluate(CELL, settings, *paths, folder / "report.json", folder / "metrics.csv")
        value = pd.read_csv(folder / "metrics.csv").set_index("metric")["value"]
        assert (value["validation_nll"], value["test_nll"]) == (3, 5)
        assert value["test_reconstruction_nll"] == 50
        assert value["class_recovery"] == 1
        assert value["precision"] == value["recall"] == value["coverage"] == 1
        assert value["marginal_error"] == pytest.approx(error, nan_ok=True)


POINTS = measurement.PointMeasures(
    w2_subsample=100, neighbours=5, class_neighbours=1, hole_cells=2, hole_fraction=0.1
)


def of_points(folder, *, held_out: bool, labels: bool, shift: float = 0) -> pd.DataFrame:
    """Metrics of a model whose samples are shifted held-out data, on points of unknown modes."""
    data = dataset.load(folder / "data.npz")
    every = np.arange(len(data.x))
    parts = [every % 3 > 0, every % 3 == 0]
    paths = [folder / f"points_{part}.npz" for part in range(2)]
    for path, rows in zip(paths, parts, strict=True):
        dataset.save(path, Dataset(x=data.x[rows], label=data.label[rows]))
    with np.load(folder / "draws.npz") as archive:
        arrays = dict(archive)
    h = int(parts[1].sum())
    arrays |= {"sample": data.x[parts[1]] + np.float32(shift)}
    arrays |= {"sobol_sample": np.concatenate([arrays["sample"]] * 3)}
    arrays |= {"latent_mean": data.x[parts[0]], "held_out_mean": data.x[parts[1]]}
    arrays |= {"reconstruction_nll": arrays["reconstruction_nll"][parts[0]]}
    arrays |= {"held_out_nll": np.repeat(np.float32([3, 5]), h // 2)}
    arrays |= {"held_out_reconstruction_nll": np.repeat(np.float32([30, 50]), h // 2)}
    write_arrays(folder / "points_draws.npz", arrays)
    settings = measurement.MeasureSettings(points=POINTS, labels=labels)
    files = paths[0], paths[1] if held_out else None, folder / "points_draws.npz"
    evaluate.evaluate(CELL, settings, *files, folder / "report.json", folder / "points.csv")
    return pd.read_csv(folder / "points.csv").set_index("metric")


@pytest.mark.parametrize("labels", [False, True])
@pytest.mark.parametrize("held_out", [False, True])
def test_points_of_unknown_modes_have_the_metrics_of_their_traits(folder, held_out, labels):
    frame = of_points(folder, held_out=held_out, labels=labels)
    traits = Traits(kind="points", held_out=held_out, labels=labels)
    assert sorted(frame.index) == sorted(traits.metrics())


def test_held_out_points_are_the_truth_of_samples(folder):
    same = of_points(folder, held_out=True, labels=True)
    value = same["value"]
    assert value["w2_to_held_out"] == pytest.approx(0, abs=1e-6)
    assert value["w2_to_data"] > 0.01
    assert (value["validation_nll"], value["test_nll"]) == (3, 5)
    assert value["test_reconstruction_nll"] == 50
    assert value["class_recovery"] > 0.9  # a mode is a class
    assert value["precision"] == value["recall"] == value["coverage"] == 1
    assert value["hole_mass"] == 0
    far = of_points(folder, held_out=True, labels=True, shift=10)["value"]
    assert far["w2_to_held_out"] == pytest.approx(10 * 2**0.5, rel=1e-5)
    assert far["precision"] == far["recall"] == far["coverage"] == far["density"] == 0


def test_neighbourhoods_do_not_depend_on_where_the_data_are(folder):
    """Products of large coordinates would cancel: distances are taken about the mean."""
    near = of_points(folder, held_out=True, labels=False, shift=0.02)["value"]
    data = dataset.load(folder / "data.npz")
    moved = np.float32(1024) + np.round(data.x * 1024) / 1024  # exact in float32
    dataset.save(folder / "data.npz", Dataset(x=moved.astype(np.float32), label=data.label))
    far = of_points(folder, held_out=True, labels=False, shift=0.02)["value"]
    for metric in ("precision", "recall", "coverage"):
        assert 0.3 < near[metric] <= 1
        assert far[metric] == pytest.approx(near[metric], abs=0.1)


def test_nothing_behind_the_draws_imports_torch():
    code = "; ".join(
        [
            "import sys",
            *(f"import coupled_vae.{module}" for module in NUMPY_ONLY),
            "import numpy",
            "from coupled_vae.metrics.transport_distance import w2",
            "rng = numpy.random.default_rng(0)",
            "from coupled_vae.runtime.machine import keep_torch_out_of_pot",
            "keep_torch_out_of_pot()",
            "w2(rng.random((9, 2)), rng.random((9, 2)))",
            "assert 'torch' not in sys.modules",
        ]
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_collects_sorted_frames_and_summaries(tmp_path):
    collected(tmp_path, cells(tmp_path))
    frame = pd.read_csv(tmp_path / "m.csv")
    assert list(frame.columns) == ["experiment", "dataset", "model", "seed", "metric", "value"]
    assert list(frame["seed"][:22]) == [2] * 11 + [10] * 11
    assert list(frame["model"].unique()) == ["vae", "wae"]
    assert "paper,mog,vae,10,in_mode_std,nan\n" in (tmp_path / "m.csv").read_text()
    errors = pd.read_csv(tmp_path / "r.csv")
    assert list(errors.columns) == [*collect.KEYS, "resampling_std"]
    assert set(errors["metric"][errors["resampling_std"].isna()]) == {"modes_covered"}
    summary = json.loads((tmp_path / "s.json").read_text())["mog"]["vae"]
    assert summary["w2_to_data"] == 6
    assert summary["in_mode_std"] is None


def test_a_model_that_left_the_grid_leaves_no_summary(tmp_path):
    collected(tmp_path, cells(tmp_path))
    collected(tmp_path, [entry for entry in cells(tmp_path) if entry[0].model == "vae"])
    assert [*json.loads((tmp_path / "s.json").read_text())["mog"]] == ["vae"]


def test_the_order_of_the_cells_does_not_change_a_byte(tmp_path):
    collected(tmp_path, cells(tmp_path))
    first = (tmp_path / "m.csv").read_bytes()
    collected(tmp_path, cells(tmp_path)[::-1])
    assert (tmp_path / "m.csv").read_bytes() == first


def test_an_incomplete_grid_names_what_is_missing(tmp_path):
    grid = cells(tmp_path)
    grid[0][1].unlink()
    table(grid[1][1], mode_mass_tv=None)
    with pytest.raises(UserError) as error:
        collected(tmp_path, grid)
    assert str(error.value).startswith("m.csv lacks 12 of 44 cells: (mog, wae, seed 10, ")
    grid[0] = cells(tmp_path)[0]
    table(grid[1][1], mode_mass_tv=None)
    with pytest.raises(UserError) as error:
        collected(tmp_path, grid)
    assert "lacks 1 of 44 cells: (mog, wae, seed 2, mode_mass_tv)" in str(error.value)
    assert not (tmp_path / "m.csv").exists()


def test_a_grid_without_any_result_and_a_foreign_file_are_one_line(tmp_path):
    with pytest.raises(UserError, match=r"lacks 11 of 11 cells: \(mog, vae, seed 0, high_densi"):
        collected(tmp_path, [(CELL, tmp_path / "none.csv")])
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match=r"x\.csv: not a table of metrics"):
        collected(tmp_path, [(CELL, tmp_path / "x.csv")])
