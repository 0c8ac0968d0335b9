"""A problem that does not suit the facts of its data is refused with the parameters."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coupled_vae.config import inherit, suits
from coupled_vae.config.facts import Facts
from coupled_vae.config.load import check_args, whole
from coupled_vae.config.params import Params
from coupled_vae.config.problem import Problem
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.project import TOP

CONV = {"channels": 4, "width": 8}
GAUSSIAN = {"kind": "gaussian", "args": {"sigma_min": 0.1, "sigma_max": 0.3}}
BERNOULLI: dict[str, Any] = {"kind": "bernoulli", "args": {}}


def faults(facts: Facts, likelihood: Any = BERNOULLI, **conv: Any) -> list[str]:
    network = {"kind": "conv", "args": CONV | conv}
    if not facts.image:
        network = {"kind": "mlp", "args": {"depth": 1, "width": 8}}
    prior = {"kind": "gaussian", "args": {}}
    parts = {"prior": prior, "network": network, "likelihood": likelihood}
    return list(suits.faults(Problem.model_validate({"latent_dim": 2, **parts}), facts))


@pytest.mark.parametrize(
    ("image", "shape"),
    [((8, 8, 1), None), ((8, 8, 1), [8, 8, 1]), ((4, 9, 1), [4, 9, 1]), ((5, 5, 3), [5, 5, 3])],
)
def test_shapes_that_suit(image: Any, shape: Any) -> None:
    facts = Facts(rows=9, columns=int(np.prod(image)), image=image, binary=True)
    assert faults(facts, shape=shape) == []


@pytest.mark.parametrize(
    ("image", "shape"),
    [((4, 9, 1), None), ((4, 9, 1), [9, 4, 1]), ((8, 8, 1), [4, 16, 1]), ((4, 12, 3), None)],
)
def test_a_shape_of_as_many_values_is_not_enough(image: Any, shape: Any) -> None:
    """It would train, on images cut into wrong rows."""
    facts = Facts(rows=9, columns=int(np.prod(image)), image=image, binary=True)
    (fault,) = faults(facts, shape=shape)
    assert fault.startswith(f"network conv has shape {shape or 'null'}, but the images are [")
    assert fault.endswith(f"write shape: {list(image)}")


def test_bernoulli_is_of_zeros_and_ones() -> None:
    sizes: dict[str, Any] = {"rows": 9, "columns": 64}
    assert faults(Facts(**sizes, binary=True)) == []
    assert faults(Facts(**sizes, binary=False), GAUSSIAN) == []
    assert faults(Facts(**sizes)) == []  # a kind that does not say it
    assert faults(Facts(**sizes, binary=False)) == [
        "likelihood bernoulli is of zeros and ones, but the data have other values; write the "
        "likelihood gaussian"
    ]
    image = Facts(**sizes, image=(8, 8, 1), binary=False)
    assert "write binarise: true in the dataset's args, or the" in faults(image)[0]


def test_a_file_is_checked_together_with_the_parameters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is made, and so long before anything is trained."""
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", np.random.default_rng(0).random((60, 4, 9)))
    tree = inherit.read(TOP / "params.yaml")
    network = {"kind": "conv", "args": CONV}
    tree["datasets"]["mine"] = {"kind": "file", "args": {"path": "x.npy"}}
    tree["experiments"]["grids"] = {"a": {"datasets": ["mine"], "models": ["vae"], "seeds": [0]}}
    for problem, words in (
        ({"network": network | {"args": CONV | {"shape": [9, 4, 1]}}}, "has shape [9, 4, 1]"),
        ({"network": network | {"args": CONV | {"shape": None}}}, "conv has shape null"),
    ):
        tree["datasets"]["mine"]["problem"] = problem
        params = Params.model_validate(whole(tree))
        with pytest.raises(UserError) as error:
            check_args(params, Path("params.yaml"))
        assert words in str(error.value)
        assert len(str(error.value).splitlines()) == 1
