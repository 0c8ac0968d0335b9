"""On a GPU a chunk trains its seeds together; each job then finds what it would have made."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from model_cases import DATASET, assert_equal_states, cell, spec, weights
from second_device import GPU, SecondDevice
from seed_cases import REFUSED, SEEDS, fitted, told, without_meaning

from coupled_vae.data import dataset as datasets
from coupled_vae.pipeline import seeds_together as together
from coupled_vae.pipeline import train
from coupled_vae.pipeline.cell import Cell
from coupled_vae.pipeline.ensemble import Ensemble
from coupled_vae.pipeline.loop import fit
from coupled_vae.pipeline.weights import build
from coupled_vae.plan.jobs import TrainJob
from coupled_vae.run import stash
from coupled_vae.run.cli import main
from coupled_vae.science.models._amortised import MinibatchModel

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


def training(kind, asked, seed):
    run, timing = Path(f"runs/mog/{kind}/{seed}"), Path(f"timings/{kind}-{seed}.json")
    data = Path("data.npz")
    return TrainJob(cell=f"mog/{kind}/{seed}", spec=asked, data=data, out=run, timing=timing)


def chunk_of(*jobs):
    Path("plan.json").write_text(json.dumps([[[job.command, job.text()]] for job in jobs]))
    return main(["chunk", "plan.json", "stash"])


def take(job):
    return main([job.command, job.text()])


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
    timing = json.loads(Path(f"timings/{kind}-{seed}.json").read_text())
    return state, pd.read_csv(run / "history.csv"), timing


def test_a_chunk_on_a_gpu_trains_the_seeds_together(folder, pretended_gpu, batched, monkeypatch):
    asked = told("vae", **SMALL)
    jobs = [training("vae", asked, seed) for seed in range(SEEDS)]
    other = training("vae", told("vae", **SMALL | {"num_steps": 5}), 7)
    steps, iterate = [], MinibatchModel.iterate
    monkeypatch.setattr(
        MinibatchModel, "iterate", lambda model, i: steps.append(i) or iterate(model, i)
    )
    assert chunk_of(*jobs, other) == 0
    assert batched == [SEEDS]
    assert steps == [0, 1, 2, 3, 4]  # of the other alone
    assert not list(Path("results").rglob("*.pt"))  # no checkpoint is left
    monkeypatch.setenv(stash.STASH, "stash")
    for job in [*jobs, other]:
        assert take(job) == 0
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
    assert chunk_of(*(training(kind, spec(kind), seed) for seed in range(2))) == 0
    assert batched == []
    assert len(list(Path("stash").glob("*/weights.pt"))) == 2


def test_a_cell_that_has_begun_goes_on_alone(folder, pretended_gpu, batched):
    asked = told("vae", **SMALL)
    jobs = [training("vae", asked, seed) for seed in range(SEEDS)]
    identity = Cell.parse("mog/vae/1").identity(asked, DATASET.digest(), "")
    begun = together.checkpoint_file(Path("results/checkpoints"), identity, GPU)
    model = build(cell("vae", 1), asked, DATASET)
    model.num_iterations = 2
    fit(model, begun, identity, "begun", interval=0)
    assert begun.exists()
    assert chunk_of(*jobs) == 0
    assert batched == [SEEDS - 1]


def test_seeds_that_fail_together_are_trained_one_by_one(
    folder, pretended_gpu, batched, monkeypatch, capfd
):
    iterate = Ensemble.iterate

    def broken(self, iteration):
        return {**iterate(self, iteration), "1/loss": torch.tensor(float("nan"))}

    monkeypatch.setattr(together.Ensemble, "iterate", broken)
    assert chunk_of(*(training("vae", told("vae", **SMALL), seed) for seed in range(2))) == 0
    assert "one by one, since together: mog/vae/0_and_1: 1/loss = nan" in capfd.readouterr().err
    assert batched == []
    assert len(list(Path("stash").glob("*/weights.pt"))) == 2


def test_on_the_cpu_a_chunk_never_batches(folder, batched, monkeypatch):
    asked = told("vae", **SMALL)
    monkeypatch.setenv("COUPLED_VAE_DEVICE", "cpu")
    assert chunk_of(*(training("vae", asked, seed) for seed in range(2))) == 0
    assert batched == []
    monkeypatch.setenv(stash.STASH, "stash")
    for seed in range(2):
        assert take(training("vae", asked, seed)) == 0
        model = build(cell("vae", seed), asked, DATASET)
        fitted(model, folder)
        assert_equal_states(result_of("vae", seed)[0], weights(model))
