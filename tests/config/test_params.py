"""params.yaml: a closed schema whose errors are one line with key, value and choices."""

import contextlib
import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from small import TOP

from coupled_vae.config.cells import experiments
from coupled_vae.config.load import check_args, load
from coupled_vae.runtime.errors import UserError

FILE = TOP / "params.yaml"
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
        ("experiments/search/seeds", [0], ["experiments.search.seeds", "share [0]"]),
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


def test_a_candidate_overrides_the_base_of_the_search() -> None:
    loaded = load(FILE)
    (search,) = (own for own in experiments(loaded) if own.kind == "search")
    assert search.trained() == [*search.rows]
    for row in search.rows:
        own = loaded.experiments.search.datasets[row.dataset]
        override = own.candidates[row.model][row.name.removeprefix(f"{row.model}.")]
        assert row.args == {**own.base[row.model], **override}
        assert row.kind == loaded.models[row.model].kind


def test_a_model_overrides_its_arguments_on_a_dataset() -> None:
    loaded = load(FILE)
    wae = loaded.models["wae"]
    assert loaded.args("wae", "mog") == wae.args
    assert loaded.args("wae", "mnist") == {**wae.args, **wae.overrides["mnist"]}
    assert wae.overrides["mnist"]
