"""The smoke parameters are valid and small, whatever stands in ``params.yaml``."""

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from small import TOP

from coupled_vae.config import yaml_file
from coupled_vae.config.extends import complete
from coupled_vae.config.load import check_args, validated
from coupled_vae.config.params import Params
from coupled_vae.run.smoke import SETTINGS as FILE_OF_SETTINGS
from coupled_vae.run.smoke import smoke

TREE = complete(yaml_file.read(TOP / "params.yaml"))
SETTINGS = yaml_file.read(FILE_OF_SETTINGS)
FILE = Path("params.yaml")


def small(tree: dict[str, Any]) -> Params:
    """The smoke parameters of valid ones, checked through and through."""
    before = copy.deepcopy(tree)
    check_args(validated(tree, "params.yaml"), FILE)
    made = smoke(tree, SETTINGS)
    assert tree == before
    assert yaml_file.parse(yaml_file.dump(made), "params.yaml") == made
    found = validated(made, "params.yaml")
    check_args(found, FILE)
    return found


@pytest.fixture
def tree() -> dict[str, Any]:
    return copy.deepcopy(TREE)


def test_of_the_projects_own() -> None:
    made = small(TREE)
    assert made.experiments.paper.seeds == [0]
    assert made.args("vae", "mog")["num_steps"] == 20
    assert made.args("cvae", "mnist")["pool_size"] == 64
    assert [*made.experiments.studies["priors"].rows] == ["cvae", "cvae.categorical"]
    search = made.experiments.search
    assert [*search.datasets] == ["mog", "digits"]
    assert (search.trials.count, search.finals.count) == (2, 1)
    for own in search.datasets.values():
        assert [*own.models] == ["wae", "cvae"]
        assert own.decided["wae"].finalists == [1]
        assert own.decided["wae"].winners == dict.fromkeys(own.scores, 1)
    assert made.experiments.scaling
    assert made.experiments.scaling.dataset == "digits"


def test_a_study_that_the_settings_do_not_know(tree: dict[str, Any]) -> None:
    studies = tree["experiments"]["studies"]
    studies["penalties"] = {**studies["priors"], "label": "0100", "seeds": [2, 4]}
    made = small(tree).experiments.studies["penalties"]
    assert [*made.rows] == [*studies["priors"]["rows"]][: SETTINGS["rows"]]
    assert made.label == "0100"


def test_a_study_without_the_rows_that_the_settings_name(tree: dict[str, Any]) -> None:
    rows = tree["experiments"]["studies"]["priors"]["rows"]
    del rows["cvae.categorical"], rows["cvae"]
    tree["experiments"]["studies"]["priors"]["rows"] = rows
    assert [*small(tree).experiments.studies["priors"].rows] == ["cvae.uniform", "cvae.mixture"]


def test_a_search_on_another_dataset_and_of_other_models(tree: dict[str, Any]) -> None:
    datasets = tree["experiments"]["search"]["datasets"]
    del datasets["mnist"]
    for part in ("models", "decided"):
        del datasets["mog"][part]["wae"]
        datasets["digits"][part] = {"vae": datasets["digits"][part]["vae"]}
    datasets["digits"]["scores"] = ["mmd_rbf"]
    datasets["digits"]["decided"]["vae"]["winners"] = {}
    made = small(tree).experiments.search.datasets
    assert {name: [*own.models] for name, own in made.items()} == {
        "mog": ["cvae"],
        "digits": ["vae"],
    }
    del datasets["mog"], datasets["digits"]
    tree["experiments"]["search"]["datasets"] = {}
    assert small(tree).experiments.search.datasets == {}


def test_parts_that_are_not_there(tree: dict[str, Any]) -> None:
    tree["experiments"] |= {"explanations": None, "scaling": None, "grids": {}, "studies": {}}
    tree["experiments"]["search"]["datasets"] = {}
    made = small(tree).experiments
    assert (made.explanations, made.scaling, made.grids, made.studies) == (None, None, {}, {})


def test_without_images(tree: dict[str, Any]) -> None:
    tree["datasets"] = {"mog": tree["datasets"]["mog"]}
    tree["evaluation"]["images"] = None
    for own in tree["models"].values():
        own["overrides"] = {}
    experiments = tree["experiments"]
    experiments |= {"scaling": None, "grids": {}}
    experiments["paper"]["datasets"] = ["mog"]
    searched = experiments["search"]["datasets"]
    experiments["search"]["datasets"] = {"mog": searched["mog"]}
    made = small(tree)
    assert made.evaluation.images is None
    assert [*made.datasets] == ["mog"]


def test_without_points(tree: dict[str, Any]) -> None:
    del tree["datasets"]["mog"]
    experiments = tree["experiments"]
    experiments |= {"explanations": None, "studies": {}}
    experiments["paper"] |= {"datasets": ["digits"]}
    del experiments["search"]["datasets"]["mog"]
    assert small(tree).experiments.paper.datasets == ["digits"]


def test_another_model_dataset_and_grid(tree: dict[str, Any]) -> None:
    tree["models"]["wae_two"] = {**tree["models"]["wae"], "label": "WAE: two", "overrides": {}}
    tree["datasets"]["mog_small"] = copy.deepcopy(tree["datasets"]["mog"])
    tree["datasets"]["mog_small"]["args"] |= {"grid_side": 2, "points_per_mode": 2000}
    tree["datasets"]["mnist_few"] = copy.deepcopy(tree["datasets"]["mnist"])
    tree["datasets"]["mnist_few"]["args"]["count"] = 20
    tree["experiments"]["paper"]["models"].append("wae_two")
    tree["experiments"]["grids"]["few"] = {
        "datasets": ["mnist_few"],
        "models": ["wae_two"],
        "seeds": [3, 4],
    }
    study = copy.deepcopy(tree["experiments"]["studies"]["priors"])
    del study["rows"]["cvae"]
    tree["experiments"]["studies"] = {"small": {**study, "dataset": "mog_small"}}
    made = small(tree)
    assert made.datasets["mnist_few"].args["count"] == 20  # never more than there were
    assert made.evaluation.posterior_datum < 4 * 8
    assert made.experiments.grids["few"].seeds == [3]


def test_other_seeds(tree: dict[str, Any]) -> None:
    tree["experiments"]["paper"]["seeds"] = [5, 6]
    tree["experiments"]["search"]["trials"]["seeds"] = [0, 1]
    tree["experiments"]["explanations"]["seed"] = 6
    for own in tree["figures"].values():
        own["seed"] = 6
    for own in tree["experiments"]["studies"].values():
        own["seeds"] = [6, 5]
    made = small(tree)
    assert made.figures.figure1.seed == made.experiments.studies["priors"].seeds[0] == 5
    assert made.experiments.search.trials.seeds == [0]


def test_many_images_shown(tree: dict[str, Any]) -> None:
    tree["figures"]["figure4"]["samples"] = 100
    tree["evaluation"]["images"] |= {"pairs": [[0, 1296]], "shown": 200, "neighbours": 200}
    images = small(tree).evaluation.images
    assert images
    assert images.samples >= 100
    assert images.pairs == [[0, 119]]


def test_a_dataset_for_scaling_that_is_not_there(tree: dict[str, Any]) -> None:
    tree["datasets"]["eights"] = tree["datasets"].pop("digits")
    for own in tree["models"].values():
        own["overrides"].pop("digits", None)
    tree["experiments"]["paper"]["datasets"] = ["mog"]
    tree["experiments"]["search"]["datasets"].pop("digits")
    tree["experiments"]["scaling"]["counts"] = [100, 60_000]
    made = small(tree).experiments.scaling
    assert made
    assert made.dataset == "mnist_full"
    assert max(made.counts) <= 120


def test_the_command_writes_what_can_be_read_and_refuses_the_rest(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "coupled_vae.run.smoke"]
    source, target = tmp_path / "params.yaml", tmp_path / "small" / "params.yaml"
    done = subprocess.run([*command, str(TOP / "params.yaml"), str(target)], check=True)
    assert done.returncode == 0
    assert yaml_file.read(target) == smoke(TREE, SETTINGS)
    source.write_text("datasets: {}\n")
    target.unlink()
    done = subprocess.run([*command, str(source), str(target)], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("error: ")
    assert not target.exists()
