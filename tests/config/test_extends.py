"""What ``params.yaml`` may leave out is written out by the loader, and by nothing else."""

import copy
from typing import Any

import pytest
from small import TOP

from coupled_vae.config import yaml_file
from coupled_vae.config.extends import complete
from coupled_vae.config.load import validated
from coupled_vae.runtime.errors import UserError

TREE = yaml_file.read(TOP / "params.yaml")


def with_models(**models: Any) -> dict[str, Any]:
    tree = copy.deepcopy(TREE)
    tree["models"].update(models)
    return tree


def refused(tree: dict[str, Any]) -> str:
    with pytest.raises(UserError) as caught:
        validated(tree, "params.yaml")
    return str(caught.value)


def test_a_model_has_all_of_another_but_what_it_says_itself() -> None:
    own = {
        "extends": "cvae",
        "label": "Other",
        "args": {"eps": 3},
        "overrides": {"mnist": {"eps": 4}},
    }
    params = validated(with_models(other=own), "params.yaml")
    assert params.kind("other") == "cvae"
    assert params.args("other", "mog") == {**params.args("cvae", "mog"), "eps": 3}
    assert params.args("other", "mnist") == {**params.args("cvae", "mnist"), "eps": 4}


def test_one_may_extend_one_that_extends_another() -> None:
    first = {"extends": "second", "label": "a"}
    second = {"extends": "vae", "label": "b", "args": {"num_steps": 7}}
    params = validated(with_models(first=first, second=second), "params.yaml")
    assert params.args("first", "mog")["num_steps"] == 7
    assert params.models["first"].label == "a"


def test_a_search_starts_from_what_the_model_has_on_that_dataset_but_what_trials_vary() -> None:
    tree = copy.deepcopy(TREE)
    tree["experiments"]["search"]["datasets"]["mnist"]["models"]["cvae"]["base"]["num_pools"] = 125
    search = complete(tree)["experiments"]["search"]["datasets"]["mnist"]
    own, usual = search["models"]["cvae"], validated(TREE, "params.yaml").args("cvae", "mnist")
    varied = {*own["space"], *own["schedule"][0]}
    assert "learning_rate" in varied
    assert own["base"].keys() == usual.keys() - varied
    different = {key for key, value in own["base"].items() if value != usual[key]}
    assert different == {"num_pools"}


def test_what_a_search_has_not_decided_is_empty() -> None:
    tree = copy.deepcopy(TREE)
    del tree["experiments"]["search"]["datasets"]["mnist"]["decided"]
    search = complete(copy.deepcopy(tree))["experiments"]["search"]["datasets"]["mnist"]
    empty = {"diverged": [], "finalists": [], "winners": {}}
    assert search["decided"] == dict.fromkeys(search["models"], empty)
    part = {"decided": {"wae": {"finalists": [3]}}}
    tree["experiments"]["search"]["datasets"]["mnist"] |= part
    decided = complete(tree)["experiments"]["search"]["datasets"]["mnist"]["decided"]
    assert decided == {**search["decided"], "wae": {**empty, "finalists": [3]}}


@pytest.mark.parametrize(
    ("models", "words"),
    [
        (
            {"a": {"extends": "nobody", "label": "a"}},
            "models.a.extends names 'nobody'; choices",
        ),
        ({"a": {"extends": ["vae"], "label": "a"}}, "models.a.extends names ['vae']"),
        ({"a": {"extends": None, "label": "a"}}, "models.a.extends names None"),
        ({"a": {"extends": "a", "label": "a"}}, "leads back to itself: a -> a"),
        (
            {"a": {"extends": "b", "label": "a"}, "b": {"extends": "a", "label": "b"}},
            "leads back to itself: a -> b -> a",
        ),
        ({"a": {"extends": "vae", "label": "a", "args": {"epss": 1}}}, ""),
    ],
)
def test_what_cannot_be_extended_is_one_line(models: dict[str, Any], words: str) -> None:
    if words:
        message = refused(with_models(**models))
        assert words in message
        assert message.startswith("params.yaml: ")
        assert len(message.splitlines()) == 1
    else:  # an unknown argument is found when the kinds are asked
        assert validated(with_models(**models), "params.yaml").args("a", "mog")["epss"] == 1


@pytest.mark.parametrize("wrong", [None, 3, "text", ["a"], {"vae": None}, {"vae": {"args": 3}}])
@pytest.mark.parametrize("section", ["models", "datasets", "experiments"])
def test_what_is_of_the_wrong_type_is_left_to_the_schema(section: str, wrong: Any) -> None:
    assert len(refused({**TREE, section: wrong}).splitlines()) == 1


def test_the_argument_stays_as_it_was() -> None:
    before = copy.deepcopy(TREE)
    complete(TREE)
    assert before == TREE


def test_a_whole_file_is_complete_already() -> None:
    whole = complete(TREE)
    assert complete(whole) == whole
