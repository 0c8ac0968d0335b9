"""Studies: what params.yaml may say of them, and their report of runs whose truth is known."""

import json

import numpy as np
import pandas as pd
import pytest
from axis_names import check_axis_names as check_axis_names
from small import small_params

from coupled_vae.config.cells import experiments
from coupled_vae.config.experiments import Holes
from coupled_vae.config.load import check_args, validated
from coupled_vae.config.traits import Traits
from coupled_vae.data import dataset as datasets
from coupled_vae.data.kinds import mog
from coupled_vae.metrics.catalogue import OF_STUDIES
from coupled_vae.metrics.catalogue import measured as measured_of
from coupled_vae.pipeline.cell import Cell
from coupled_vae.pipeline.collect import collect
from coupled_vae.pipeline.study_metrics import measured
from coupled_vae.reporting.rows import StudyRow
from coupled_vae.reporting.study import report
from coupled_vae.reporting.tables.study import SHOWN
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import write_arrays

PARAMS = small_params().model_dump()


def changed(study="priors", **changes):
    tree = json.loads(json.dumps(PARAMS))
    tree["experiments"]["studies"][study] |= changes
    return tree


def row(**changes):
    return {"label": "A", "value": None, "args": {}, "problem": {}, **changes}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dataset": "moon"}, "dataset names 'moon'; choices are mog, mnist"),
        ({"rows": {"cave": row()}}, "rows names 'cave'; choices are vae"),
        ({"rows": {"cave.a": row()}}, "rows names 'cave'; choices are vae"),
        ({"rows": {"cvae": row(args={"eps": 2})}}, "name it cvae.something to train it anew"),
        ({"rows": {"cvae": row(problem={"latent_dim": 3})}}, "name it cvae.something"),
        ({"seeds": [0, 77]}, r"priors.seeds has \[77\], but cvae is of the paper's grid"),
        ({"rows": {}}, "rows"),
    ],
)
def test_a_bad_study_is_one_clear_line(changes, said):
    with pytest.raises(UserError, match=said) as caught:
        validated(changed(**changes), "params.yaml")
    assert "\n" not in str(caught.value)


def test_a_study_cannot_have_another_targets_name():
    tree = changed()
    tree["experiments"]["studies"]["paper"] = tree["experiments"]["studies"]["priors"]
    with pytest.raises(UserError, match="paper is another target's name"):
        validated(tree, "params.yaml")


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (row(args={"epsilon": 2}), "rows.cvae.a.args.epsilon is not a key"),
        (row(problem={"prior": {"kind": "circle", "args": {}}}), "rows.cvae.a.problem.prior"),
        (
            row(problem={"latent_dim": 3, "prior": {"kind": "circle", "args": {"radius": 1}}}),
            "problem.prior: a circle needs two latent dimensions, not 3",
        ),
        (row(args={"relaxation": 1, "network": "n"}), "rows.cvae.a.args.network"),
    ],
)
def test_arguments_of_a_row_are_checked_before_training(own, said, tmp_path):
    parsed = validated(changed(rows={"cvae.a": own}), "params.yaml")
    with pytest.raises(UserError, match=said) as caught:
        check_args(parsed, tmp_path / "params.yaml")
    assert "\n" not in str(caught.value)


def test_a_network_with_a_relaxation_is_refused(tmp_path):
    network = {"both": False, "width": 8, "learning_rate": 0.01, "steps": 1, "batch_size": 8}
    own = row(args={"relaxation": 1.0, "network": network})
    parsed = validated(changed(rows={"cvae.a": own}), "params.yaml")
    with pytest.raises(UserError, match=r"relaxation 1\.0 must be null with a network"):
        check_args(parsed, tmp_path / "params.yaml")


def test_a_study_of_images_is_refused(tmp_path):
    parsed = validated(changed(dataset="digits"), "params.yaml")
    explained = json.loads(json.dumps(PARAMS))
    explained["experiments"]["explanations"]["dataset"] = "digits"
    explained["experiments"]["explanations"]["models"] = ["cvae"]
    with pytest.raises(UserError, match=r"explanations.dataset digits is of images, .* mog"):
        check_args(validated(explained, "x"), tmp_path / "params.yaml")
    with pytest.raises(UserError, match=r"digits is of images, .* choices are mog"):
        check_args(parsed, tmp_path / "params.yaml")


def test_a_row_overrides_the_model_and_the_problem_and_nothing_else():
    own = row(args={"eps": 3.0}, problem={"latent_dim": 4})
    parsed = validated(changed(rows={"cvae.a": own}), "params.yaml")
    (study,) = (own for own in experiments(parsed) if own.name == "priors")
    (found,) = study.rows
    assert found.args == {**parsed.args("cvae", "mog"), "eps": 3.0}
    usual = parsed.datasets["mog"].problem
    assert found.problem == usual.model_copy(update={"latent_dim": 4}) != usual


HOLES = Holes(cells=8, fraction=0.1)


def run(folder, code, marginal_error):
    rng = np.random.default_rng(0)
    m = 4000
    arrays = {
        "prior": rng.standard_normal((m, code.shape[1])),
        "prior_other": rng.standard_normal((m, code.shape[1])),
        "aggregate": code[rng.integers(len(code), size=m)],
        "code": code,
        "sample": rng.standard_normal((m, 2)),
    }
    write_arrays(folder / "draws.npz", {k: v.astype(np.float32) for k, v in arrays.items()})
    (folder / "report.json").write_text(json.dumps({"marginal_error": marginal_error}))


@pytest.fixture
def made(tmp_path):
    """A row that fills the plane, one that leaves half of it empty, one with ten codes."""
    rng = np.random.default_rng(1)
    dataset = mog.generate(
        mog.Config(grid_side=2, spacing=1.0, std=0.05, points_per_mode=1000, seed=1)
    )
    datasets.save(tmp_path / "mog.npz", dataset)
    full = rng.standard_normal((4000, 2))
    half = np.where(full[:, :1] < 0, -full, full)
    codes = np.eye(10)[rng.integers(10, size=4000)]
    rows, frame = [], []
    for number, (name, code) in enumerate([("full", full), ("half", half), ("codes", codes)]):
        folder = tmp_path / name
        run(folder, code, 0.25 * number)
        value = None if name == "codes" else 10.0**number
        rows.append(StudyRow(name=name, label=name.title(), value=value, run=folder))
        for metric in SHOWN:
            if metric not in OF_STUDIES:
                value = number if metric == "modes_covered" else 0.25 * (1 + number)
                frame.append(("one", "mog", name, 0, metric, value))
    columns = ["experiment", "dataset", "model", "seed", "metric", "value"]
    runs = [(Cell(dataset="mog", model=row.name, seed=0), row.run) for row in rows]
    beside = measured(runs, HOLES, tmp_path / "mog.npz").assign(experiment="one")
    inside = pd.DataFrame(frame, columns=columns)
    pd.concat([inside, beside]).to_csv(tmp_path / "metrics.csv", index=False, na_rep="nan")
    return tmp_path, rows


def report_of(folder, rows):
    report("A study", "mog", rows, folder / "metrics.csv", folder / "mog.npz", folder / "report")
    return folder / "report"


def test_holes_and_marginal_error_are_those_of_the_runs(made):
    table = pd.read_csv(report_of(*made) / "table.csv").set_index("row")
    assert table.loc["full", "hole_mass_mean"] == 0
    assert table.loc["half", "hole_mass_mean"] == pytest.approx(0.5, abs=0.02)
    assert np.isnan(table.loc["codes", "hole_mass_mean"])
    assert table["marginal_error_mean"].tolist() == [0, 0.25, 0.5]
    assert table["high_density_ratio_mean"].tolist() == [0.25, 0.5, 0.75]


def test_modes_are_those_of_the_seed_that_covers_fewest(made):
    folder, rows = made
    frame = pd.read_csv(folder / "metrics.csv")
    modes = frame["metric"] == "modes_covered"
    better, worse = (frame.assign(seed=seed) for seed in (0, 1))
    better.loc[modes, "value"], worse.loc[modes, "value"] = 25, 18
    both = pd.concat([better, worse])
    both.to_csv(folder / "metrics.csv", index=False, na_rep="nan")
    shown = (report_of(folder, rows) / "table.md").read_text().splitlines()
    column = [cell.strip() for cell in shown[0].split("|")].index("Modes covered")
    assert [line.split("|")[column].strip() for line in shown[2:5]] == ["18"] * 3


def test_report_has_its_files_and_the_same_bytes_again(made):
    first = {file.name: file.read_bytes() for file in report_of(*made).iterdir()}
    assert set(first) == {
        "table.md",
        "table.csv",
        "table.tex",
        "table.narrow.tex",
        "figure.png",
        "figure.svg",
        "figure.pdf",
    }
    assert "| Half" in first["table.md"].decode()
    assert "n/a" in first["table.md"].decode().splitlines()[4]  # no plane, no holes
    assert {file.name: file.read_bytes() for file in report_of(*made).iterdir()} == first


def test_a_damaged_run_is_named(made):
    folder, rows = made
    (folder / "half/report.json").write_text("{")
    runs = [(Cell(dataset="mog", model=row.name, seed=0), row.run) for row in rows]
    with pytest.raises(UserError, match=r"half/report.json: damaged .* run again"):
        measured(runs, HOLES, folder / "mog.npz")


def test_a_collected_study_has_holes_and_marginal_error_in_its_frame(made, tmp_path):
    folder, rows = made
    cells, runs = [], []
    for row in rows:
        cell = Cell(dataset="mog", model=row.name, seed=0)
        names = measured_of("modes")
        table = {"metric": names, "value": 0.0, "resampling_std": 0.1}
        pd.DataFrame(table).to_csv(row.run / "metrics.csv", index=False)
        cells.append((cell, row.run / "metrics.csv"))
        runs.append((cell, row.run))
    outputs = [folder / "new" / name for name in ("m.csv", "r.csv", "s.json")]
    collect(
        "one",
        cells,
        {"mog": Traits(kind="modes", held_out=True)},
        *outputs,
        beside=measured(runs, HOLES, folder / "mog.npz"),
    )
    frame = pd.read_csv(outputs[0])
    keys = [*measured_of("modes"), *OF_STUDIES]
    assert sorted(frame.loc[frame["model"] == "half", "metric"]) == sorted(keys)
    old = pd.read_csv(folder / "metrics.csv")
    for metric in OF_STUDIES:
        now, before = (f[f["metric"] == metric].set_index("model")["value"] for f in (frame, old))
        pd.testing.assert_series_equal(now.sort_index(), before.sort_index())
    assert json.loads(outputs[2].read_text())["mog"]["codes"]["hole_mass"] is None
