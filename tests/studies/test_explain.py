"""The explanations of blur and collapse, against what can be computed by hand."""

import numpy as np
import pandas as pd
import pytest
import torch
from axis_names import check_axis_names as check_axis_names
from small import small_params
from torch.distributions import Normal

from coupled_vae.config.experiments import Solvers
from coupled_vae.config.load import validated
from coupled_vae.config.section import parse
from coupled_vae.data import dataset as datasets
from coupled_vae.data.kinds import mog
from coupled_vae.pipeline.cell import Cell, Spec
from coupled_vae.pipeline.loop import fit
from coupled_vae.pipeline.weights import build, save_weights
from coupled_vae.reporting.figures.explanations import explanations as figure
from coupled_vae.reporting.tables.explanations import SOLVERS
from coupled_vae.reporting.tables.explanations import explanations as tables
from coupled_vae.runtime.errors import UserError
from coupled_vae.studies.explain import Trained, _cost, _write, blur, collapse, explain, shares
from coupled_vae.studies.solver_comparison import compare

PARAMS = small_params()
DATASET = mog.generate(mog.Config(grid_side=2, spacing=1.0, std=0.05, points_per_mode=20, seed=1))
SETTINGS = PARAMS.experiments.explanations.model_copy(
    update={"updates": 500, "memory": [0, 0.3, 1]}
)
Z = torch.randn(50, 2, generator=torch.Generator().manual_seed(0))


def cell(kind):
    return Cell(dataset="mog", model=kind, seed=0)


def spec(kind):
    problem = PARAMS.datasets["mog"].problem
    return Spec(problem=problem, kind=kind, args=PARAMS.args(kind, "mog"))


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Trained for a few steps."""
    folder = tmp_path_factory.mktemp("cells")
    made = {}
    for kind in ("vae", "vae_nf", "wae", "infovae", "cvae"):
        made[kind] = build(cell(kind), spec(kind), DATASET)
        fit(made[kind], folder / "c.pt", "me", kind, interval=1e9)
        made[kind].eval()
    return made


def test_shares_are_bayes_of_an_encoder_and_chi_of_a_coupling(models):
    with torch.no_grad():
        vae, cvae = models["vae"], models["cvae"]
        mean, log_std = vae.encode(vae.x)
        density = Normal(mean, log_std.exp()).log_prob(Z[:, None]).sum(2).double().exp()
        torch.testing.assert_close(
            shares(vae, Z).double(), density / density.sum(1, keepdim=True), rtol=1e-3, atol=1e-6
        )
        decoded = cvae.decode(Z)
        cost = -torch.stack(
            [cvae.likelihood.log_prob(x.expand(50, -1), decoded) for x in cvae.x], dim=1
        )
        torch.testing.assert_close(
            shares(cvae, Z), torch.softmax(cvae.v - cost, 1), atol=1e-5, rtol=0
        )


def test_shares_behind_flows_are_bayes_of_each_datums_own_density(models):
    model = models["vae_nf"]
    with torch.no_grad():
        density = torch.stack([model.posterior_log_density(x, Z) for x in model.x], dim=1)
        told = shares(model, Z)
    expected = density.double().exp() / density.double().exp().sum(1, keepdim=True)
    torch.testing.assert_close(told.double(), expected, rtol=1e-2, atol=1e-5)
    assert float(told.std(dim=1).min()) > 0


def test_blur_is_the_distance_from_the_weighted_mean(models):
    for model in models.values():
        told = blur(model, Z)
        with torch.no_grad():
            chi = shares(model, Z).double().numpy()
        x = DATASET.x.astype(float)
        np.testing.assert_allclose(told[["mean1", "mean2"]], chi @ x, atol=1e-4)
        apart = ((x[None] - (chi @ x)[:, None]) ** 2).sum(2)
        np.testing.assert_allclose(told["spread"], np.sqrt((chi * apart).sum(1)), atol=1e-2)


def test_a_constant_decoder_has_the_independent_plan(models):
    told = collapse(models["cvae"], Z, SETTINGS).set_index("memory")
    assert told.loc[0, "information"] == pytest.approx(0, abs=1e-5)
    assert told.loc[0, "total_variation"] == pytest.approx(0, abs=1e-4)
    assert 0.01 < told.loc[0.3, "information"] < told.loc[1, "information"]
    assert (told["marginal_error"] < 1e-2).all()


def test_from_weights_to_report(models, tmp_path):
    datasets.save(tmp_path / "mog.npz", DATASET)
    cells, named = [], PARAMS.models
    for kind, model in models.items():
        save_weights(tmp_path / f"{kind}.pt", model, f"{cell(kind)} abc")
        own = Trained(cell=cell(kind), spec=spec(kind), weights=tmp_path / f"{kind}.pt")
        cells.append(own)
    explain(cells, SETTINGS, tmp_path / "mog.npz", tmp_path)
    labels = [(kind, named[kind].label) for kind in models]
    written = [tmp_path / f"{name}.csv" for name in ("draws", "plans", "solvers")]
    tables(labels, *written, tmp_path / "report")
    figure(labels, *written[:2], tmp_path / "mog.npz", tmp_path / "report")
    assert {file.name for file in (tmp_path / "report").iterdir()} == {
        *(f"figure.{ending}" for ending in ("png", "svg", "pdf")),
        *(
            f"{name}.{ending}"
            for name in ("blur", "collapse", "solvers")
            for ending in ("md", "csv", "tex", "narrow.tex")
        ),
    }
    rows = pd.read_csv(tmp_path / "report/blur.csv").set_index("model")
    assert {*rows.index} == {*models}
    draws = pd.read_csv(written[0])
    own = draws[draws["model"] == "cvae"]
    apart = (own["decoded1"] - own["mean1"]) ** 2 + (own["decoded2"] - own["mean2"]) ** 2
    assert rows.loc["cvae", "departure"] == pytest.approx(np.sqrt(apart.mean()))


def test_solvers_are_held_against_the_exact_value(models):
    """On a mild cost all of them reach it; what stops early is told as being off."""
    cvae = models["cvae"]
    network = {"width": 60, "learning_rate": 0.1, "steps": 20, "batch_size": 50}
    told = {
        **SETTINGS.solvers.model_dump(),
        **{"temperatures": [49.0, 1.0], "between": 6, "steps": 1500, "updates": 40},
        "network": network,
    }
    with torch.no_grad():
        problem = _cost(cvae, cvae.decode(Z)), cvae.log_p, cvae.config.eps
        rows = compare(*problem, parse(Solvers, told, "solvers"))
        hasty = parse(Solvers, {**told, "between": 0, "updates": 1}, "solvers")
        again = compare(*problem, hasty).set_index(["temperature", "solver"])
    mild, sharp = (rows[rows["temperature"] == t].set_index("solver") for t in (49, 1))
    assert set(mild.index) == {*SOLVERS}
    assert mild.loc["exact", "marginal_error"] <= 1e-5
    for own in (mild, sharp):
        neural = own.index.str.startswith("neural")
        assert (own["gap"][~neural] < 1e-3).all()
        assert (own["gap"][neural] < 2e-2).all()
    assert again.loc[(1, "fixed_point"), "gap"] > 10 * sharp.loc["fixed_point", "gap"]


def test_the_way_to_a_temperature_is_in_equal_ratios():
    told = {**SETTINGS.solvers.model_dump(), "temperatures": [16.0, 4.0, 1.0], "between": 1}
    assert parse(Solvers, told, "solvers").path() == pytest.approx([16, 8, 4, 2, 1])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dataset": "moon"}, "'moon' is none of .* choices are mog, mnist, digits"),
        ({"models": ["gan", "cvae"]}, "models names 'gan'; choices are vae"),
        ({"models": ["cvae", "vae"]}, "ends with vae; the last must be coupled"),
        (
            {"solvers": SETTINGS.solvers.model_dump() | {"temperatures": [7, 7, 1]}},
            r"temperatures \[7.0, 7.0, 1.0\] must fall",
        ),
        ({"seed": 9}, "explanations.seed 9 is never trained; choices are 0"),
    ],
)
def test_impossible_settings_are_one_line(changes, said):
    tree = PARAMS.model_dump()
    tree["experiments"]["explanations"] |= changes
    with pytest.raises(UserError, match=said) as caught:
        validated(tree, "params.yaml")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_not_written(tmp_path, bad):
    frame = pd.DataFrame({"solver": ["exact", "ascent"], "value": [1.0, bad], "gap": [0.0, 1.0]})
    with pytest.raises(UserError, match=r"solvers\.csv: value would not be finite"):
        _write(tmp_path / "solvers.csv", frame)
    assert list(tmp_path.iterdir()) == []
