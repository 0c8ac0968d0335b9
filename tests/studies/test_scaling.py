"""The scaling: every point is measured, and a departure from linear is told as it is."""

import json
import os
import sys

import numpy as np
import pandas as pd
import pytest
from axis_names import check_axis_names as check_axis_names
from small import small_params

from coupled_vae.config.load import validated
from coupled_vae.data import dataset as datasets
from coupled_vae.data.kinds import digits
from coupled_vae.pipeline.cell import Spec
from coupled_vae.reporting.figures.scaling import scaling as figure
from coupled_vae.reporting.tables.scaling import departures, line
from coupled_vae.reporting.tables.scaling import scaling as table
from coupled_vae.runtime.errors import UserError
from coupled_vae.studies import scaling as measuring

PARAMS = small_params()
SETTINGS = PARAMS.experiments.scaling
SPEC = Spec(
    problem=PARAMS.datasets["digits"].problem,
    kind="cvae",
    args=PARAMS.args("cvae", "digits"),
)
QUANTITIES = {
    *("cost", "update", "statistics", "decoder_step", "pool", "start"),
    *("memory_empty", "memory", "memory_training"),
}
N, POOLS, DIMS = [1000, 7500, 15000, 60000], [256, 512, 1024], [2, 8]


def test_all_points_are_measured_in_processes_of_their_own(tmp_path):
    data, out = tmp_path / "digits.npz", tmp_path / "scaling.csv"
    datasets.save(data, digits.generate(digits.Config(count=120, held_out=1, seed=1)))
    measuring.scaling(SPEC, SETTINGS, data, out)
    told = pd.read_csv(out)
    keys = ["varies", "n", "pool_size", "latent_dim"]
    at = [tuple(row) for row in told[keys].drop_duplicates().itertuples(index=False)]
    assert at == [
        *(("n", n, 64, 2) for n in SETTINGS.counts),
        ("pool_size", 120, 64, 2),
        ("latent_dim", 120, 64, 2),
        ("cost", 120, 64, 2),
    ]
    assert all(set(own["quantity"]) == QUANTITIES for _, own in told.groupby(keys))
    assert np.isfinite(told["value"]).all()
    assert (told["value"] > 0).all()
    assert set(told.loc[~told["held"], "varies"]) == {"cost"}
    wide = told.pivot_table(index=keys, columns="quantity", values="value")
    assert (wide["memory_empty"] < wide["memory"]).all()
    assert (wide["memory"] <= wide["memory_training"]).all()


def test_peak_memory_is_that_of_the_process_and_not_of_its_parent(tmp_path):
    """A new process' ru_maxrss starts with its parent's: here with 400 MB of ballast."""
    x = np.zeros((60, 64), np.float32)
    images = measuring.Images(path=tmp_path / "x", width=64)
    x.tofile(images.path)
    point = measuring.Point(n=60, pool_size=64, latent_dim=2)
    lean = measuring._apart(point, SPEC, SETTINGS, images)
    ballast = np.ones(50_000_000)
    beside = measuring._apart(point, SPEC, SETTINGS, images)
    ballast.fill(2)  # resident, and alive until here
    if sys.platform == "linux":
        assert measuring.peak_mb() > beside["memory"] + 250  # the parent's own is told to differ
        assert beside["memory"] < lean["memory"] + 50


def test_the_cost_is_held_until_it_is_asked_not_to(tmp_path):
    images = measuring.Images(path=tmp_path / "x", width=64)
    np.zeros((60, 64), np.float32).tofile(images.path)
    for chunked in (False, True):
        point = measuring.Point(n=50, pool_size=32, latent_dim=3, chunked=chunked)
        model, _ = measuring._model(point, SPEC, SETTINGS, images)
        assert model.x.shape == (50, 64)
        assert model.prior.sobol(4, model.generator).shape == (4, 3)
        assert measuring._pool(model, 1)[1] != chunked


def test_departure_from_linear_of_known_powers():
    n = np.array(N, float)
    np.testing.assert_allclose(line(n, 3 * n), 3 * n)
    np.testing.assert_allclose(departures(n, 3 * n), 0, atol=1e-12)
    np.testing.assert_allclose(departures(n, n**2), n / 60000 - 1)
    np.testing.assert_allclose(departures(n[::-1], n[::-1] ** 2), n[::-1] / 60000 - 1)
    np.testing.assert_allclose(departures(n, np.ones(4)), 60000 / n - 1)


def measured(path, power):
    """As ``scaling`` writes it, of seconds that grow with a power of the data."""
    series = [("n", n, 1024, 2) for n in N]
    series += [("pool_size", 7500, pool, 2) for pool in POOLS]
    series += [("latent_dim", 7500, 1024, dim) for dim in DIMS]
    rows = [
        (*at, at[0] != "cost", name, value, "MB" if "memory" in name else "s")
        for at in [*series, ("cost", 60000, 1024, 2)]
        for name, value in dict.fromkeys(QUANTITIES, 300 + at[1] / 100).items()
        | {("update", 1e-9 * at[1] ** power * at[2])}
        if (name, value) != ("update", 300 + at[1] / 100)
    ]
    columns = ["varies", "n", "pool_size", "latent_dim", "held", "quantity", "value", "unit"]
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    return path


@pytest.mark.parametrize(("power", "said"), [(1, "+0.0 %"), (2, "-87.5 %")])
def test_report_tells_how_far_from_linear(tmp_path, power, said):
    source = measured(tmp_path / "scaling.csv", power)
    table(source, tmp_path)
    figure(source, 7500, tmp_path)
    assert {"table.md", "table.csv", "table.tex", "figure.png", "figure.svg", "figure.pdf"} <= {
        file.name for file in tmp_path.iterdir()
    }
    rows = pd.read_csv(tmp_path / "table.csv")
    own = rows[rows["varies"] == "n"].set_index("n")["departure"]
    assert own[7500] == pytest.approx((7500 / 60000) ** (power - 1) - 1, abs=1e-6)
    assert own[60000] == 0
    assert rows.loc[rows["varies"] == "pool_size", "departure"].abs().max() < 1e-6
    assert rows.loc[rows["varies"].isin(["latent_dim", "cost"]), "departure"].isna().all()
    assert [*dict.fromkeys(rows["varies"])] == ["n", "pool_size", "latent_dim", "cost"]
    assert f">{said}</text>" in (tmp_path / "figure.svg").read_text()
    assert "in blocks" in (tmp_path / "table.md").read_text()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dataset": "moon"}, "scaling.dataset 'moon' is no dataset of images; choices are mnist"),
        ({"dataset": "mog"}, "scaling.dataset 'mog' is no dataset of images; choices are mnist"),
        ({"model": "gan"}, "scaling.model 'gan' is no model of kind cvae; choices are cvae"),
        ({"model": "vae"}, "scaling.model 'vae' is no model of kind cvae; choices are cvae"),
        ({"counts": [60, 121]}, "asks for 121 images, but datasets.digits.args.count is 120"),
        ({"counts": [60, 60]}, r"scaling.counts \[60, 60\] names one thing twice"),
        ({"latent_dims": []}, "scaling.latent_dims"),
        ({"repeats": 0}, "scaling.repeats 0"),
    ],
)
def test_impossible_settings_are_one_line(changes, said):
    tree = PARAMS.model_dump()
    tree["experiments"]["scaling"] |= changes
    with pytest.raises(UserError, match=said) as caught:
        validated(tree, "params.yaml")
    assert "\n" not in str(caught.value)


def test_more_data_than_there_are_for_the_base_are_refused_too():
    tree = json.loads(PARAMS.model_dump_json())
    tree["experiments"]["scaling"]["base"]["count"] = 500
    with pytest.raises(UserError, match="asks for 500 images"):
        validated(tree, "params.yaml")


def test_without_scaling_nothing_else_is_missing():
    tree = PARAMS.model_dump()
    tree["experiments"]["scaling"] = None
    assert validated(tree, "params.yaml").experiments.scaling is None


def die(*_):
    os._exit(1)


def test_a_process_that_dies_is_one_line(monkeypatch, tmp_path):
    images = measuring.Images(path=tmp_path / "x", width=64)
    point = measuring.Point(n=60, pool_size=64, latent_dim=2)
    monkeypatch.setattr(measuring, "measure", die)
    with pytest.raises(UserError, match=r"measured 60 images, pool 64, .* was killed") as caught:
        measuring._apart(point, SPEC, SETTINGS, images)
    assert "\n" not in str(caught.value)
