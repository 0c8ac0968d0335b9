"""Settings that cannot work with the data are refused when the data are made."""

from typing import Any

import numpy as np
import pytest

from coupled_vae.data import dataset
from coupled_vae.data.dataset import Dataset
from coupled_vae.data.fits import Needs, check_file, check_fits
from coupled_vae.runtime.errors import UserError

MLP = {"kind": "mlp", "args": {"depth": 2, "width": 8}}
CONV = {"kind": "conv", "args": {"channels": 4, "width": 8}}
BERNOULLI = {"kind": "bernoulli", "args": {}}
GAUSSIAN = {"kind": "gaussian", "args": {"sigma_min": 0.02, "sigma_max": 0.1}}


def problem(network: Any, likelihood: Any) -> dict[str, Any]:
    prior = {"kind": "gaussian", "args": {}}
    return {"latent_dim": 2, "prior": prior, "network": network, "likelihood": likelihood}


def data(n: int = 20, d: int = 64, classes: int = 3, seed: int = 0) -> Dataset:
    x = (np.random.default_rng(seed).random((n, d)) < 0.5).astype(np.float32)
    return Dataset(x=x, label=np.arange(n) % classes)


def unlabelled(n: int = 20) -> Dataset:
    return Dataset(x=data(n).x, label=np.full(n, -1))


def grey() -> Dataset:
    return Dataset(x=data().x / 2, label=data().label)


def colours() -> Dataset:
    return Dataset(x=data(d=72).x, label=data().label, image=(4, 6, 3))


def of_shape(*shape: int) -> dict[str, Any]:
    return {"kind": "conv", "args": {"channels": 4, "width": 8, "shape": [*shape]}}


FITS: list[tuple[Dataset, Dataset | None, dict[str, Any]]] = [
    (data(), None, {}),
    (data(), None, {"posterior_datum": 19, "w2_subsample": 20}),
    (data(), data(4), {"pairs": [[0, 19], [3, 4]], "images": True, "classes": True}),
    (unlabelled(), None, {"posterior_datum": 0}),
    (unlabelled(), unlabelled(4), {"images": True}),
    (colours(), colours(), {"images": True, "problem": problem(of_shape(4, 6, 3), BERNOULLI)}),
    (colours(), None, {"problem": problem(MLP, BERNOULLI)}),
    (data(d=81), None, {"problem": problem(CONV, BERNOULLI)}),
    (data(), None, {"problem": problem(CONV, BERNOULLI)}),
    (data(d=7), None, {"problem": problem(MLP, BERNOULLI)}),
    (grey(), grey(), {"problem": problem(MLP, GAUSSIAN)}),
]

UNFIT: list[tuple[Dataset, Dataset | None, dict[str, Any], str]] = [
    (data(), None, {"posterior_datum": 20}, "evaluation.posterior_datum is 20, which is none of"),
    (data(), None, {"posterior_datum": 3750}, "20 data of mine; choose from 0 to 19"),
    (data(), None, {"w2_subsample": 21}, "evaluation.w2_subsample 21 exceeds the 20 data of mine"),
    (data(), None, {"pairs": [[0, 1], [20, 2]]}, "evaluation.images.pairs has 20, which is none"),
    (unlabelled(), data(4), {"classes": True}, "20 labels missing of 20, and the metric class_rec"),
    (data(), unlabelled(5), {"classes": True}, "5 labels missing of 5"),
    (data(classes=1), None, {"classes": True}, "all labels are 0, and class_recovery needs two"),
    (data(d=10), data(4, 10), {"images": True}, "10 coordinates are no square image"),
    (data(), None, {"images": True}, "no image held out; hold out 4 or more by datasets.mine.args"),
    (data(), data(3), {"images": True}, "3 images held out"),
    (data(), data(5, 9), {}, "held-out data differ in dimension from the others: [9, 64]"),
    (data(d=80), None, {"problem": problem(CONV, BERNOULLI)}, "x has 80 coordinates"),
    (colours(), data(d=72), {}, "held-out images differ in shape from the others: [(), (4, 6, 3)]"),
    (colours(), None, {"problem": problem(CONV, BERNOULLI)}, "null, but the images are [4, 6, 3]"),
    (
        colours(),
        None,
        {"problem": problem(of_shape(6, 4, 3), BERNOULLI)},
        "problem.network conv has shape [6, 4, 3], but the images are [4, 6, 3]",
    ),
    (data(d=2), None, {"problem": problem(CONV, BERNOULLI)}, "x has 2 coordinates"),
    (
        grey(),
        None,
        {"problem": problem(MLP, BERNOULLI)},
        "problem.likelihood bernoulli is of zeros",
    ),
    (
        data(),
        grey(),
        {"problem": problem(MLP, BERNOULLI)},
        "the data have other values; write the likelihood gaussian",
    ),
    (Dataset(x=data().x * 0, label=data().label), None, {}, "all rows are equal"),
]


@pytest.mark.parametrize(("train", "held_out", "needs"), FITS)
def test_fits(train: Dataset, held_out: Dataset | None, needs: dict[str, Any]) -> None:
    check_fits(train, held_out, Needs(name="mine", **needs))


@pytest.mark.parametrize(("train", "held_out", "needs", "words"), UNFIT)
def test_unfit(train: Dataset, held_out: Dataset | None, needs: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError) as error:
        check_fits(train, held_out, Needs(name="mine", **needs))
    message = str(error.value)
    assert words in message
    assert message.startswith("params.yaml: ")
    assert len(message.splitlines()) == 1


def test_no_memory_is_taken_for_a_network() -> None:
    """A network that would fill terabytes is only asked for its shapes."""
    huge = {"kind": "mlp", "args": {"depth": 3, "width": 2**16}}
    check_fits(data(), None, Needs(name="mine", problem=problem(huge, BERNOULLI)))


@pytest.mark.parametrize("broken", ["data.npz", "held_out.npz"])
def test_a_damaged_other_part_is_left_to_the_job_that_makes_it_anew(tmp_path, broken):
    paths = tmp_path / "data.npz", tmp_path / "held_out.npz"
    for path in paths:
        dataset.save(path, data())
    needs = Needs(name="own", posterior_datum=20, held_out=True)
    with pytest.raises(UserError, match="posterior_datum is 20"):
        check_file(needs, *paths)
    (tmp_path / broken).write_bytes(b"PK")
    check_file(needs, *paths)
