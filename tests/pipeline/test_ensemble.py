"""Seeds trained together are the seeds trained alone, but for rounding."""

import numpy as np
import pandas as pd
import pytest
import torch
from gpu_cases import needs_gpu
from model_cases import DATASET, EVERY, assert_equal_states, cell, in_float32, spec, weights
from second_device import GPU, SecondDevice, is_marked
from seed_cases import KINDS, REFUSED, SEEDS, fitted, told, without_meaning
from small import small_params

from coupled_vae.config.problem import Part
from coupled_vae.data.kinds import digits
from coupled_vae.pipeline.ensemble import Ensemble, can_be_batched, of_seed
from coupled_vae.pipeline.weights import build
from coupled_vae.science.models._base import descend

PARAMS = small_params()
CPU = torch.device("cpu")
MIXTURE = Part(kind="mixture", args={"count": 5, "radius": 1.5, "std": 0.4})


def seeds_of(kind, asked, data=DATASET, num=SEEDS):
    return [build(cell(kind, seed), asked, data) for seed in range(num)]


def assert_the_same(alone, together, rtol, atol, ignored=()):
    """Alone and together the same history, parameters and buffers."""
    (models, results), (others, result) = alone, together
    for i, (model, other) in enumerate(zip(models, others, strict=True)):
        history = [{"iteration": r["iteration"], **of_seed(i, r, "/")} for r in result.history]
        pd.testing.assert_frame_equal(
            pd.DataFrame(history), pd.DataFrame(results[i].history), rtol=rtol, atol=atol
        )
        state, own = model.state_dict(), other.state_dict()
        assert state.keys() == own.keys()
        for name in state.keys() - set(ignored):
            np.testing.assert_allclose(own[name], state[name], rtol, atol, err_msg=name)


def both(asked, kind, path, prepared=lambda model: model, data=DATASET, num=SEEDS):
    alone, others = ([prepared(m) for m in seeds_of(kind, asked, data, num)] for _ in range(2))
    results = [fitted(model, path) for model in alone]
    return (alone, results), (others, fitted(Ensemble(others, CPU), path))


def double(model):
    """The model in double precision, as are its minibatches."""
    single = model.minibatch
    model.minibatch = lambda: tuple(part.double() for part in single())
    return model.double()


@pytest.mark.parametrize("normalisation", ["batch", "none"])
@pytest.mark.parametrize("kind", KINDS)
def test_seeds_together_are_the_seeds_alone(kind, normalisation, tmp_path):
    alone, others = both(told(kind, normalisation), kind, tmp_path)
    # A weight ends within a tenth of one of its twenty steps, of 0.001 and more.
    assert_the_same(alone, others, rtol=1e-3, atol=1e-4, ignored=without_meaning(alone[0][0]))
    assert any(
        not torch.equal(a, b)
        for a, b in zip(others[0][0].parameters(), others[0][1].parameters(), strict=True)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_in_double_precision_nothing_but_rounding_is_left(kind, tmp_path):
    alone, others = both(told(kind), kind, tmp_path, double)
    # Also where float32 says nothing: the rounding of a gradient of zero over Adam's 1e-8.
    assert_the_same(alone, others, rtol=1e-5, atol=1e-5)


def test_convolutions_of_images(tmp_path):
    data = digits.generate(digits.Config(count=60, held_out=20, seed=1))
    problem = in_float32(PARAMS.datasets["digits"].problem)
    asked = told("vae", num_steps=5, batch_size=20).model_copy(update={"problem": problem})
    alone, others = both(asked, "vae", tmp_path, data=data, num=2)
    assert_the_same(alone, others, rtol=1e-3, atol=1e-4, ignored=without_meaning(alone[0][0]))


@pytest.mark.parametrize("kind", ["vae", "wae"])
def test_a_resumed_ensemble_ends_in_the_same_bits(kind, tmp_path):
    class PulledPlugError(Exception):
        pass

    whole = seeds_of(kind, told(kind))
    result = fitted(Ensemble(whole, CPU), tmp_path)
    half = Ensemble(seeds_of(kind, told(kind)), CPU)
    iterate = half.iterate

    def interrupted(iteration):
        if iteration == 11:
            raise PulledPlugError
        return iterate(iteration)

    half.iterate = interrupted
    with pytest.raises(PulledPlugError):
        fitted(half, tmp_path, interval=0)
    resumed = seeds_of(kind, told(kind))
    again = Ensemble(resumed, CPU)
    first, seen = again.iterate, []
    again.iterate = lambda iteration: seen.append(iteration) or first(iteration)
    assert fitted(again, tmp_path).history == result.history
    assert seen[0] == 11
    for one, other in zip(whole, resumed, strict=True):
        assert_equal_states(weights(one), weights(other))


@pytest.mark.parametrize("kind", KINDS)
def test_no_tensor_of_an_ensemble_on_another_device_meets_one_of_the_cpu(kind, tmp_path):
    here, there = seeds_of(kind, told(kind)), seeds_of(kind, told(kind))
    fitted(Ensemble(here, CPU), tmp_path)
    with SecondDevice():
        ensemble = Ensemble(there, GPU)
        fitted(ensemble, tmp_path)
        stacks = [*ensemble.parameters.values(), *ensemble.buffers.values()]
        assert all(is_marked(stack) for stack in stacks)
    for one, other in zip(here, there, strict=True):
        assert_equal_states(weights(one), weights(other))


def test_minibatch_models_can_be_batched_and_other_training_cannot():
    assert {"vae", "vae_nf", "wae", "infovae", "beta_vae"} <= {*KINDS}
    assert {"cvae", "aae"} <= {*REFUSED}


@pytest.mark.parametrize("kind", [kind for kind in EVERY if "cvae" not in kind])
def test_a_model_says_whether_its_loss_is_all_that_trains_it(kind):
    """An ensemble descends on the losses and does nothing else."""
    model, other = (build(cell(kind), spec(kind), DATASET) for _ in range(2))
    for own in (model, other):
        own.prepare()
        own.train()
    model.iterate(0)
    loss = other.loss(*other.minibatch())["loss"]
    descend(other.optimizers["adam"], other.config, loss, progress=0)
    state, again = weights(model), weights(other)
    assert all(torch.equal(state[name], again[name]) for name in state) == model.batched


def test_an_ensemble_leaves_the_models_optimizers_alone():
    models = seeds_of("vae", told("vae"))
    ensemble = Ensemble(models, CPU)
    ensemble.prepare()
    ensemble.train()
    ensemble.iterate(0)
    assert [model.optimizers for model in models] == [{}] * SEEDS


@pytest.mark.parametrize("kind", ["vae", "infovae", "vae_nf"])
def test_a_prior_without_a_closed_form_can_be_batched_too(kind, tmp_path):
    asked = told(kind)
    problem = asked.problem.model_copy(update={"prior": MIXTURE})
    asked = asked.model_copy(update={"problem": problem})
    alone, others = both(asked, kind, tmp_path, double)
    assert_the_same(alone, others, rtol=1e-5, atol=1e-5, ignored=without_meaning(alone[0][0]))


@needs_gpu
@pytest.mark.parametrize("kind", KINDS)
def test_an_ensemble_on_a_gpu_makes_the_cpus_step_but_for_rounding(kind):
    terms = {}
    for device in ("cpu", "cuda"):
        ensemble = Ensemble(seeds_of(kind, told(kind)), torch.device(device))
        ensemble.prepare()
        ensemble.train()
        terms[device] = {name: float(value) for name, value in ensemble.iterate(0).items()}
    assert terms["cuda"] == pytest.approx(terms["cpu"], rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("kind", REFUSED)
def test_a_model_that_cannot_be_batched_is_refused(kind):
    models = seeds_of(kind, spec(kind))
    assert not can_be_batched(models[0])
    with pytest.raises(ValueError, match="only models of equal arguments whose loss"):
        Ensemble(models, CPU)


def test_models_of_other_arguments_are_refused():
    one, other = (build(cell("vae"), told("vae", num_steps=n), DATASET) for n in (20, 21))
    with pytest.raises(ValueError, match="equal arguments"):
        Ensemble([one, other], CPU)
