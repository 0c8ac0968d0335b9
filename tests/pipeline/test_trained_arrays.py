"""What a trained model takes and gives: shapes, units, and one line for what cannot be."""

import numpy as np
import pytest
import torch
from model_cases import DATASET, cell, spec

from coupled_vae.config.problem import Problem
from coupled_vae.data.dataset import Dataset
from coupled_vae.pipeline.about_data import AboutData
from coupled_vae.pipeline.cell import Spec
from coupled_vae.pipeline.trained import TrainedModel
from coupled_vae.pipeline.weights import build
from coupled_vae.runtime.errors import InputError, UserError

RNG = np.random.default_rng(1)
X = DATASET.x[:7]
SHAPE = (8, 6, 3)


def points() -> TrainedModel:
    model = build(cell("vae"), spec("vae"), DATASET).eval()
    return TrainedModel(model, cell("vae"), spec("vae"), AboutData.of(DATASET, spec("vae")))


def images(shape: tuple[int, int, int]) -> TrainedModel:
    x = RNG.random((20, int(np.prod(shape)))).astype(np.float32)
    dataset = Dataset(x=x, label=np.zeros(20, np.int64), image=shape)
    tree = spec("vae").problem.model_dump()
    network = {"kind": "conv", "args": {"channels": 2, "width": 8, "shape": [*shape]}}
    problem = Problem.model_validate(tree | {"network": network})
    posed = Spec(problem=problem, kind="vae", args=spec("vae").args)
    model = build(cell("vae"), posed, dataset).eval()
    return TrainedModel(model, cell("vae"), posed, AboutData.of(dataset, posed))


def test_lists_and_any_number_type_are_taken():
    model = points()
    expected = model.encode(X)
    assert expected.shape == (7, 2)
    assert expected.dtype == np.float32
    for x in (X.tolist(), X.astype(np.float64), np.asfortranarray(X), torch.from_numpy(X)):
        assert np.array_equal(model.encode(x), expected)


def test_shapes_of_points():
    model = points()
    assert model.sample(5).shape == (5, 2)
    assert model.decode(np.zeros((4, 2))).shape == (4, 2)
    assert model.reconstruct(X).shape == (7, 2)
    assert model.sample_posterior(X, 3).shape == (3, 7, 2)
    assert model.log_prob(X, draws=32).shape == (7,)
    assert model.interpolate(X[0], X[1], 6).shape == (6, 2)


def test_equal_seeds_give_equal_draws_and_others_others():
    model = points()
    assert np.array_equal(model.sample(9, seed=1), model.sample(9, seed=1))
    assert not np.array_equal(model.sample(9, seed=1), model.sample(9, seed=2))
    assert np.array_equal(model.sample_posterior(X, 2, 5), model.sample_posterior(X, 2, 5))
    assert not np.array_equal(model.sample_posterior(X, 2)[0], model.sample_posterior(X, 2)[1])


def test_a_line_begins_and_ends_at_the_reconstructions():
    model = points()
    line = model.interpolate(X[0], X[1], 3)
    assert np.allclose(line[[0, 2]], model.reconstruct(X[:2]), atol=1e-5)


@pytest.mark.parametrize("shape", [(8, 6, 3), (8, 6, 1)])
def test_images_are_taken_flat_or_in_their_shape(shape):
    model = images(shape)
    out = shape if shape[2] == 3 else shape[:2]
    x = RNG.random((5, *shape))
    taken = [x, x.reshape(5, -1)] + ([x[..., 0]] if shape[2] == 1 else [])
    for given in taken:
        assert np.array_equal(model.encode(given), model.encode(x))
    assert model.image == shape
    assert model.sample(4, mean=True).shape == (4, *out)
    assert model.reconstruct(x).shape == (5, *out)
    assert model.interpolate(x[0], x[1].ravel(), 3).shape == (3, *out)
    if shape[2] == 1:
        assert model.interpolate(x[0, ..., 0], x[1], 3).shape == (3, *out)


def test_many_rows_give_what_few_give():
    model = points()
    many = np.tile(X, (400, 1))
    assert np.allclose(model.log_prob(many, draws=16)[:7], model.log_prob(X, draws=16), atol=1e-4)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda m: m.sample(0), "n is 0"),
        (lambda m: m.sample(2.5), "n is 2.5"),
        (lambda m: m.sample(True), "n is True"),
        (lambda m: m.sample(10**12), "n is"),
        (lambda m: m.sample(3, seed=-1), "seed is -1"),
        (lambda m: m.sample(3, seed="a"), "seed is 'a'"),
        (lambda m: m.encode(X[:, :1]), r"x has shape \(7, 1\)"),
        (lambda m: m.encode(X[0]), r"x has shape \(2,\)"),
        (lambda m: m.encode([]), "empty"),
        (lambda m: m.encode(X[:0]), "empty"),
        (lambda m: m.encode([["a", "b"]]), "text"),
        (lambda m: m.encode([[1.0, np.nan]]), "not finite"),
        (lambda m: m.encode([[1.0], [1.0, 2.0]]), "no array"),
        (lambda m: m.encode([[1e30, 0.0]]), "1e[+]30"),
        (lambda m: m.encode(3.0), "x has shape"),
        (lambda m: m.encode(np.nan), "not finite"),
        (lambda m: m.decode(np.zeros((3, 5))), "z has shape"),
        (lambda m: m.sample_posterior(X, 0), "n is 0"),
        (lambda m: m.log_prob(X, draws=0), "draws is 0"),
        (lambda m: m.interpolate(X[0], X[1], 1), "steps is 1"),
        (lambda m: m.interpolate(X[:1], X[1], 3), "a has shape"),
        (lambda m: m.interpolate(X[0], [1.0], 3), "b has shape"),
    ],
)
def test_what_cannot_be_is_one_line(call, said):
    with pytest.raises(InputError, match=said) as caught:
        call(points())
    assert len(str(caught.value).splitlines()) == 1
    assert isinstance(caught.value, UserError)
    assert isinstance(caught.value, ValueError)
