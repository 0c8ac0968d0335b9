"""What is derived from a reader's data where the parameters do not say it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coupled_vae.config import derived, inherit
from coupled_vae.config.extends import complete
from coupled_vae.config.facts import Facts
from coupled_vae.config.load import check_args, load, whole
from coupled_vae.config.params import Params
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.project import TOP

Tree = dict[str, Any]
rng = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("points.npy", rng.standard_normal((50, 3)) * [1, 10, 100])
    np.save("images.npy", rng.random((60, 8, 8)))
    np.save("colour.npy", rng.random((60, 10, 12, 3)))


def tree_of(dataset: Tree, **more: Any) -> Tree:
    tree = inherit.read(TOP / "params.yaml")
    tree["datasets"]["mine"] = {"kind": "file", **dataset}
    return inherit.merged(tree, more)


def entry(dataset: Tree, **more: Any) -> Tree:
    own: Tree = whole(tree_of(dataset, **more))["datasets"]["mine"]
    return own


def test_a_path_is_all_that_must_be_said_of_points() -> None:
    own = entry({"args": {"path": "points.npy"}})
    assert own["label"] == "mine"
    assert own["type"] == "points"
    usual = {"path": "points.npy", "held_out": 0.2, "seed": 2306, "standardise": True}
    assert own["args"] == usual
    assert own["problem"]["latent_dim"] == 2
    assert own["problem"]["likelihood"]["args"] == {
        "sigma_min": pytest.approx(0.5 * 40 ** (-1 / 3), abs=1e-3),
        "sigma_max": pytest.approx(40 ** (-1 / 7), abs=1e-3),
    }
    assert own["evaluation"]["w2_subsample"] == 40
    assert own["evaluation"]["posterior_datum"] == 20


@pytest.mark.parametrize(
    ("file", "network", "likelihood"),
    [
        ("images.npy", {"channels": 16, "width": 256}, "bernoulli"),
        ("colour.npy", {"channels": 16, "width": 256, "shape": [10, 12, 3]}, "gaussian"),
    ],
)
def test_and_of_images(file: str, network: Tree, likelihood: str) -> None:
    own = entry({"args": {"path": file}})
    assert own["type"] == "images"
    assert own["problem"]["network"] == {"kind": "conv", "args": network}
    assert own["problem"]["likelihood"]["kind"] == likelihood
    assert "standardise" not in own["args"]
    assert max(map(max, own["evaluation"].get("images", {}).get("pairs", [[0]]))) < 48


def test_what_the_entry_says_itself_stands() -> None:
    said = {
        "label": "Mine",
        "args": {"path": "points.npy", "held_out": 0.5, "seed": 1, "standardise": False},
        "problem": {"latent_dim": 3, "network": {"args": {"depth": 2}}},
        "evaluation": {"w2_subsample": 10},
    }
    models = {"vae": {"overrides": {"mine": {"num_steps": 7}}}}
    own = entry(said)
    assert own["label"] == "Mine"
    assert own["args"] == said["args"]
    assert own["problem"]["latent_dim"] == 3
    assert own["problem"]["network"] == {"kind": "mlp", "args": {"depth": 2, "width": 128}}
    assert own["evaluation"]["w2_subsample"] == 10
    found = whole(tree_of(said, models=models))["models"]["vae"]["overrides"]["mine"]
    assert found["num_steps"] == 7
    assert found["batch_size"] == 12  # half of the rows that are trained on


def test_the_papers_datasets_and_models_stay_as_they_are() -> None:
    before = complete(inherit.read(TOP / "params.yaml"))
    after = whole(tree_of({"args": {"path": "points.npy"}}))
    del after["datasets"]["mine"]
    for model in after["models"].values():
        del model["overrides"]["mine"]
    assert after == before


def test_every_model_has_only_arguments_of_its_own() -> None:
    tree = whole(tree_of({"args": {"path": "images.npy"}}))
    for model in tree["models"].values():
        assert {*model["overrides"]["mine"]} <= {*model["args"]}
    tree["experiments"]["grids"]["mine"] = {
        "datasets": ["mine"], "models": [*tree["models"]], "seeds": [0],
    }  # fmt: skip
    params = Params.model_validate(tree)
    check_args(params, Path("params.yaml"))


@pytest.mark.parametrize("rows", [2, 3, 10, 999, 1000, 10**6])
@pytest.mark.parametrize("columns", [1, 2, 13, 10_000])
def test_bounds_are_in_order_for_all_sizes(rows: int, columns: int) -> None:
    bounds = derived.problem(Facts(rows=rows, columns=columns))["likelihood"]["args"]
    assert 0 < bounds["sigma_min"] < bounds["sigma_max"] <= 1


def test_a_file_that_cannot_be_used_is_named_before_anything_else() -> None:
    with pytest.raises(UserError, match=r"datasets.mine.args: 'nothing\.npy': no such") as caught:
        whole(tree_of({"args": {"path": "nothing.npy"}}))
    assert "\n" not in str(caught.value)


def test_what_was_derived_is_told() -> None:
    before = complete(tree_of({"args": {"path": "points.npy"}, "problem": {"latent_dim": 3}}))
    lines = [*derived.told(before, derived.fill(before), ["mine"], ["vae", "cvae"])]
    first = lines[0]
    assert first.startswith("mine: 40 x 3 to train on, 10 held out; derived: ")
    assert "standardise True" in first
    assert "latent_dim" not in first
    told = "mine, cvae: derived: num_pools 100, pool_size 512"
    assert any(line.startswith(told) for line in lines)


def test_a_part_of_another_kind_has_no_argument_of_the_derived_kind() -> None:
    mlp = {"kind": "mlp", "args": {"depth": 2, "width": 8}}
    own = entry({"args": {"path": "colour.npy"}, "problem": {"network": mlp}})
    assert own["problem"]["network"] == mlp
    assert own["problem"]["likelihood"]["kind"] == "gaussian"
    conv = {"args": {"width": 8}}
    own = entry({"args": {"path": "colour.npy"}, "problem": {"network": conv}})
    args = {"channels": 16, "width": 8, "shape": [10, 12, 3]}
    assert own["problem"]["network"]["args"] == args


def test_points_that_only_fit_when_standardised_are_standardised() -> None:
    np.save("far.npy", 1e12 * rng.standard_normal((50, 3)))
    assert entry({"args": {"path": "far.npy"}})["args"]["standardise"] is True
    with pytest.raises(UserError, match=r"beyond \+-1e\+09"):
        entry({"args": {"path": "far.npy", "standardise": False}})
    np.save("bright.npy", 1e12 * rng.random((50, 8, 8)))
    with pytest.raises(UserError, match=r"bright\.npy: float64 .* are images by their shape"):
        entry({"args": {"path": "bright.npy"}})


def test_an_edited_file_is_read_again() -> None:
    file = Path("mine.yaml")
    tree = {
        "extends": str(TOP / "params.yaml"),
        "datasets": {"mine": {"kind": "file", "args": {"path": "points.npy"}}},
    }
    file.write_text(json.dumps(tree), encoding="utf-8")
    bound = "problem.likelihood.args"
    first = load(file).datasets["mine"].model_dump()
    np.save("points.npy", rng.standard_normal((500, 3)))
    second = load(file).datasets["mine"].model_dump()
    assert first["problem"] != second["problem"], bound
