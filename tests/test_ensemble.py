"""Seeds trained together are the seeds trained alone, but for rounding."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from second_device import GPU, SecondDevice, is_marked
from small import small_params
from test_devices import needs_gpu
from test_models import DATASET, assert_equal_states, cell, spec, weights
from torch import nn

from coupled_vae import dataset as datasets
from coupled_vae import stash, together, train
from coupled_vae.build import build
from coupled_vae.cell import Cell
from coupled_vae.cli import main
from coupled_vae.data import digits
from coupled_vae.ensemble import Ensemble, can_be_batched, of_seed
from coupled_vae.models._amortised import AmortisedModel
from coupled_vae.training import fit

PARAMS = small_params()
CPU = torch.device("cpu")
SEEDS = 3
KINDS = ["vae", "vae_nf", "wae", "infovae", "beta_vae"]
REFUSED = ["cvae", "aae"]


def told(kind, normalisation="batch", **args):
    own = spec(kind)
    return own.model_copy(update={"args": {**own.args, "normalisation": normalisation, **args}})


def seeds_of(kind, asked, data=DATASET, num=SEEDS):
    return [build(cell(kind, seed), asked, data) for seed in range(num)]


def fitted(model, path, interval=1e9):
    return fit(model, path / "checkpoint.pt", "me", "ensemble", interval)


def without_meaning(model):
    """Biases that a BatchNorm right behind them subtracts again, and its means, which follow.

    The gradient of such a bias is zero but for rounding, and Adam makes full steps of that.
    """
    names = set()
    for owner, module in model.named_modules():
        if isinstance(module, nn.Sequential):
            for (name, _), (after, norm) in pairwise(module.named_children()):
                if isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d):
                    names |= {f"{owner}.{name}.bias", f"{owner}.{after}.running_mean"}
    return names


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
    def double(model):
        single = model.minibatch
        model.minibatch = lambda: tuple(part.double() for part in single())
        return model.double()

    alone, others = both(told(kind), kind, tmp_path, double)
    # Also where float32 says nothing: the rounding of a gradient of zero over Adam's 1e-8.
    assert_the_same(alone, others, rtol=1e-5, atol=1e-5)


def test_convolutions_of_images(tmp_path):
    data = digits.generate(digits.Config(count=60, held_out=20, seed=1))
    problem = PARAMS.datasets["digits"].problem
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


SMALL = {"normalisation": "none", "num_steps": 4, "batch_size": 20}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    datasets.save(tmp_path / "data.npz", DATASET)
    return tmp_path


@pytest.fixture
def pretended_gpu(monkeypatch):
    """By name a GPU, which computes on the CPU."""
    for module in (train, together):
        monkeypatch.setattr(module, "training_device", lambda: GPU)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "pretended")
    with SecondDevice():
        yield


def train_command(kind, asked, seed):
    words = ["train", "--cell", f"mog/{kind}/{seed}", "--spec", asked.model_dump_json()]
    return [*words, "--data", "data.npz", "--out", f"runs/mog/{kind}/{seed}"]


def chunk_of(*commands):
    Path("plan.json").write_text(json.dumps([[command] for command in commands]))
    return main(["chunk", "--plan", "plan.json", "--stash", "stash"])


@pytest.fixture
def batched(monkeypatch):
    """The number of seeds of each ensemble that was trained."""
    sizes = []

    class Counted(Ensemble):
        def finish(self):
            sizes.append(len(self.models))
            return super().finish()

    monkeypatch.setattr(together, "Ensemble", Counted)
    return sizes


def result_of(kind, seed):
    run = Path(f"runs/mog/{kind}/{seed}")
    state = torch.load(run / "weights.pt", weights_only=True)["state"]
    return state, pd.read_csv(run / "history.csv"), json.loads((run / "timing.json").read_text())


def test_a_chunk_on_a_gpu_trains_the_seeds_together(folder, pretended_gpu, batched, monkeypatch):
    asked = told("vae", **SMALL)
    commands = [train_command("vae", asked, seed) for seed in range(SEEDS)]
    other = train_command("vae", told("vae", **SMALL | {"num_steps": 5}), 7)
    steps, iterate = [], AmortisedModel.iterate
    monkeypatch.setattr(
        AmortisedModel, "iterate", lambda model, i: steps.append(i) or iterate(model, i)
    )
    assert chunk_of(*commands, other) == 0
    assert batched == [SEEDS]
    assert steps == [0, 1, 2, 3, 4]  # of the other alone
    assert not list(Path("results").rglob("*.pt"))  # no checkpoint is left
    monkeypatch.setenv(stash.STASH, "stash")
    for command in [*commands, other]:
        assert main(command) == 0
    assert batched == [SEEDS]
    for seed in range(SEEDS):
        model = build(cell("vae", seed), asked, DATASET)
        history = pd.DataFrame(fitted(model, folder).history).astype({"iteration": int})
        state, found, timing = result_of("vae", seed)
        ignored = without_meaning(model)
        for name, value in model.state_dict().items():
            if name not in ignored:
                np.testing.assert_allclose(state[name], value, 1e-3, 1e-4, err_msg=name)
        pd.testing.assert_frame_equal(found, history, rtol=1e-3)
        assert timing["train_seconds"] > 0
        assert timing["device"] == "pretended"


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_batched_is_trained_one_by_one(kind, folder, pretended_gpu, batched):
    assert chunk_of(*(train_command(kind, spec(kind), seed) for seed in range(2))) == 0
    assert batched == []
    assert len(list(Path("stash").glob("*/weights.pt"))) == 2


def test_a_cell_that_has_begun_goes_on_alone(folder, pretended_gpu, batched):
    asked = told("vae", **SMALL)
    commands = [train_command("vae", asked, seed) for seed in range(SEEDS)]
    identity = Cell.parse("mog/vae/1").identity(asked, DATASET.digest(), "")
    begun = together.checkpoint_file(Path("results/checkpoints"), identity, GPU)
    model = build(cell("vae", 1), asked, DATASET)
    model.num_iterations = 2
    fit(model, begun, identity, "begun", interval=0)
    assert begun.exists()
    assert chunk_of(*commands) == 0
    assert batched == [SEEDS - 1]


def test_seeds_that_fail_together_are_trained_one_by_one(
    folder, pretended_gpu, batched, monkeypatch, capfd
):
    iterate = Ensemble.iterate

    def broken(self, iteration):
        return {**iterate(self, iteration), "1/loss": torch.tensor(float("nan"))}

    monkeypatch.setattr(together.Ensemble, "iterate", broken)
    assert chunk_of(*(train_command("vae", told("vae", **SMALL), seed) for seed in range(2))) == 0
    assert "one by one, since together: mog/vae/0_and_1: 1/loss = nan" in capfd.readouterr().err
    assert batched == []
    assert len(list(Path("stash").glob("*/weights.pt"))) == 2


def test_on_the_cpu_a_chunk_never_batches(folder, batched, monkeypatch):
    asked = told("vae", **SMALL)
    monkeypatch.setenv("COUPLED_VAE_DEVICE", "cpu")
    assert chunk_of(*(train_command("vae", asked, seed) for seed in range(2))) == 0
    assert batched == []
    monkeypatch.setenv(stash.STASH, "stash")
    for seed in range(2):
        assert main(train_command("vae", asked, seed)) == 0
        model = build(cell("vae", seed), asked, DATASET)
        fitted(model, folder)
        assert_equal_states(result_of("vae", seed)[0], weights(model))
