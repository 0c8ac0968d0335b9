"""params.yaml: a closed schema whose errors are one line with key, value and choices."""

import contextlib
import copy
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from small import TOP

from coupled_vae.config.cells import experiments
from coupled_vae.config.design import arguments
from coupled_vae.config.load import check_args, load
from coupled_vae.runtime.errors import UserError

FILE = TOP / "params.yaml"
SEARCH = "experiments/search/datasets"
VAE = f"{SEARCH}/mog/models/vae"
TREE = yaml.safe_load(FILE.read_text(encoding="utf-8"))


def refused(tmp_path: Path, tree: Any) -> str:
    """The error of a tree, without the name of its file."""
    text = tree if isinstance(tree, str) else yaml.safe_dump(tree)
    (tmp_path / "params.yaml").write_text(text, encoding="utf-8")
    path = Path("params.yaml")
    with contextlib.chdir(tmp_path), pytest.raises(UserError) as caught:
        check_args(load(path), path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message.removeprefix(str(path))


def changed(key: str, value: Any) -> dict[str, Any]:
    tree = copy.deepcopy(TREE)
    *path, last = key.split("/")
    section = tree
    for name in path:
        section = section[name]
    section[last] = value
    return tree


def test_the_projects_own_file_is_valid() -> None:
    check_args(load(FILE), FILE)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("models/wae/kind", "wea", ["models.wae.kind 'wea' is unknown", "cvae, infovae, vae"]),
        ("datasets/mog/kind", "gom", ["datasets.mog.kind 'gom' is unknown", "mog"]),
        (
            "datasets/mog/problem/prior/kind",
            "gauss",
            ["datasets.mog.problem.prior.kind 'gauss' is unknown", "gaussian"],
        ),
        (
            "datasets/mog/problem/likelihood/args/sigma_min",
            0.2,
            ["datasets.mog.problem.likelihood.args", "sigma_min 0.2 must be below sigma_max 0.1"],
        ),
        ("evaluation/w2_subsample", 16385, ["w2_subsample 16385", "w2_draws 16384"]),
        ("evaluation/images", None, ["evaluation.images is null", "the type of datasets."]),
        ("evaluation/images/samples", 5, ["evaluation.images.samples 5 must be at least 40"]),
        ("figures/figure4/samples", 101, ["figures.figure4.samples 101", "100"]),
        ("datasets/digits/problem/latent_dim", 3, ["datasets.digits.problem.latent_dim 3"]),
        ("datasets/mog/type", "images", ["datasets.mog.type is images, but mog makes points"]),
        ("models/cvae/args/eps", -1, ["models.cvae.args.eps -1", "greater than 0"]),
        ("models/cvae/args/eps", float("nan"), ["models.cvae.args.eps", "finite"]),
        ("models/wae/args/penaltee", 3, ["models.wae.args.penaltee is not a key", "penalty"]),
        ("models/wae/colour", "red", ["models.wae.colour is not a key", "label"]),
        ("experiment", {}, ["experiment is not a key", "experiments"]),
        ("experiments/paper/seeds", ["zero"], ["experiments.paper.seeds.0", '"zero"', "integer"]),
        ("experiments/paper/seeds", [-1], ["experiments.paper.seeds.0 -1"]),
        ("experiments/paper/seeds", [0, 0], ["experiments.paper", "twice"]),
        ("experiments/paper/seeds", [], ["experiments.paper.seeds"]),
        ("experiments/paper/models", ["gan"], ["experiments.paper.models", "'gan'", "vae"]),
        ("experiments/search/trials/seeds", [0], ["search.trials.seeds", "share [0]"]),
        ("experiments/search/finals/seeds", [7, 4], ["search.finals.seeds", "share [4]"]),
        ("experiments/search/finals/count", 13, ["finals.count 13 must not exceed trials.count"]),
        (f"{SEARCH}/mog/decided", {"vea": {}}, ["mog.decided names 'vea'", "choices are cvae"]),
        (f"{VAE}/space/batch_size", [64], ["vae has batch_size in schedule and in space"]),
        (f"{VAE}/schedule", [{"batch_size": 64}], ["no argument of which", "num_steps, num_pools"]),
        (
            f"{VAE}/schedule",
            [{"batch_size": 64, "num_steps": 9}, {"num_steps": 9}],
            ["schedule has sets of batch_size, num_steps and of num_steps;"],
        ),
        (f"{VAE}/schedule", [], ["vae.schedule"]),
        (f"{VAE}/space/decay_share", [], ["vae.space.decay_share"]),
        (
            f"{VAE}/space/decay_share",
            {"low": 0.5, "high": 0.2, "log": False},
            ["vae.space.decay_share", "low 0.5 must be below high 0.2"],
        ),
        (
            f"{VAE}/space/decay_share",
            {"low": 0, "high": 1, "log": True},
            ["low 0 must be above 0 where log is true"],
        ),
        (f"{VAE}/space/decay_share", {"low": 0.5, "log": False}, ["high is missing"]),
        (f"{SEARCH}/mog/decided", {"vae": {"diverged": [12]}}, ["vae.diverged names '12'"]),
        (
            f"{SEARCH}/mog/decided",
            {"vae": {"diverged": [3], "finalists": [3]}},
            ["decided.vae.finalists names '3'; choices are 0, 1, 2, 4"],
        ),
        (
            f"{SEARCH}/mog/decided",
            {"vae": {"finalists": [0, 1, 2, 3]}},
            ["finalists [0, 1, 2, 3] are more than the 2 of experiments.search.finals.count"],
        ),
        (f"{SEARCH}/mog/decided", {"vae": {"finalists": [1, 1]}}, ["names one thing twice"]),
        (
            f"{SEARCH}/mog/decided",
            {"vae": {"finalists": [1], "winners": {"w2_to_data": 2}}},
            ["vae.winners.w2_to_data names '2'; choices are 1"],
        ),
        (
            f"{SEARCH}/mog/decided",
            {"vae": {"finalists": [1], "winners": {"mmd_rbf": 1}}},
            ["vae.winners names 'mmd_rbf'; choices are w2_to_data"],
        ),
        ("figures/figure1/seed", 99, ["figures.figure1.seed 99 is never trained"]),
        ("evaluation/num_draws", "7500", ["evaluation.num_draws", '"7500"', "integer"]),
    ],
)
def test_an_impossible_value_is_one_line(
    tmp_path: Path, key: str, value: Any, words: list[str]
) -> None:
    message = refused(tmp_path, changed(key, value))
    assert all(word in message for word in words), message


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    tree = copy.deepcopy(TREE)
    del tree["evaluation"]["bootstrap"]
    assert "evaluation.bootstrap is missing" in refused(tmp_path, tree)


@pytest.mark.parametrize("text", ["a: [", "a: 1\na: 2\n", "- 1\n", ""])
def test_a_file_that_is_not_a_mapping_is_one_line(tmp_path: Path, text: str) -> None:
    assert refused(tmp_path, text)


def test_a_missing_file_says_where_to_be(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"No such file.*top folder"):
        load(tmp_path / "params.yaml")


def test_a_trial_has_the_arguments_that_the_design_gives_it() -> None:
    loaded = load(FILE)
    search = loaded.experiments.search
    rounds = {own.name: own for own in experiments(loaded) if own.kind == "search"}
    assert [*rounds] == ["trials", "finals", "chosen"]
    assert rounds["trials"].trained() == [*rounds["trials"].rows]
    names = Counter((row.dataset, row.model) for row in rounds["trials"].rows)
    assert {*names.values()} == {search.trials.count}  # as many of every model
    for row in rounds["trials"].rows:
        own = search.datasets[row.dataset].models[row.model]
        trial = int(row.name.removeprefix(f"{row.model}.t"))
        assert row.args == arguments(own, trial, search.seed, search.trials.share)
        assert row.kind == loaded.models[row.model].kind


def test_a_model_overrides_its_arguments_on_a_dataset() -> None:
    loaded = load(FILE)
    wae = loaded.models["wae"]
    assert loaded.args("wae", "mog") == wae.args
    assert loaded.args("wae", "mnist") == {**wae.args, **wae.overrides["mnist"]}
    assert wae.overrides["mnist"]
