"""``fit`` trains as the pipeline does: the same files, the same bits."""

import json
from functools import partial

import numpy as np
import pytest
import torch
from model_cases import assert_equal_states

from coupled_vae.config import inherit
from coupled_vae.config.load import load as load_params
from coupled_vae.data import dataset as datasets
from coupled_vae.data.kinds import file
from coupled_vae.plan.fitting import PARAMS as FILE
from coupled_vae.plan.fitting import fit
from coupled_vae.plan.provenance import execute
from coupled_vae.plan.steps import Plan
from coupled_vae.plan.trained import load
from coupled_vae.runtime import progress
from coupled_vae.runtime.errors import InputError, UserError
from coupled_vae.science.models import vae

RNG = np.random.default_rng(2306)
X = RNG.normal(size=(60, 3)) * [1.0, 20.0, 300.0] + 5
FEW = {"num_pools": 3, "linear_steps": 3, "pool_size": 64, "posterior_pool": 128}
FAST = {"num_steps": 4}


def own(folder):
    """A parameter file with the same data as a dataset of kind ``file``."""
    np.save(folder / "x.npy", X)
    entry = {"kind": "file", "args": {"path": str(folder / "x.npy"), "held_out": None}}
    path = folder / "own.yaml"
    grid = {"datasets": ["own"], "models": ["cvae"], "seeds": [3]}
    tree = {
        "extends": str(FILE.resolve()),
        "datasets": {"own": entry},
        "models": {"cvae": {"overrides": {"own": FEW}}},
        "experiments": {"grids": {"mine": grid}},
    }
    path.write_text(json.dumps(tree))
    return path


def test_the_weights_are_those_of_the_cell_of_the_pipeline(tmp_path):
    path = own(tmp_path)
    plan = Plan(load_params(path))
    job = plan.train("results/grids/mine", "own", "cvae", "3")
    data = tmp_path / "own.npz"
    datasets.save(data, file.generate(file.Config(**plan.params.datasets["own"].args)))
    job = job.model_copy(update={"data": data, "out": tmp_path / "cell", "timing": None})
    execute(job)
    model = fit(X, params=path, seed=3, folder=tmp_path / "fitted", progress=False)
    assert model.spec == job.spec
    for name in ("weights.pt", "history.csv", "report.json"):
        assert (tmp_path / "fitted" / name).read_bytes() == (tmp_path / "cell" / name).read_bytes()
    assert np.array_equal(load(tmp_path / "cell").sample(5), model.sample(5))
    assert sorted(p.name for p in (tmp_path / "fitted").iterdir()) == [
        "data.npz",
        "history.csv",
        "report.json",
        "weights.provenance.json",
        "weights.pt",
    ]


def test_arguments_of_the_caller_equal_those_of_the_file(tmp_path):
    one = fit(X, params=own(tmp_path), progress=False)
    other = fit(X, args=FEW, progress=False)
    assert one.spec == other.spec
    assert_equal_states(one._model.state_dict(), other._model.state_dict())


def test_the_callers_settings_of_torch_come_back():
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_flush_denormal(False)
    torch.set_num_threads(2)
    try:
        fit(X, "vae", args=FAST, progress=False)
        assert torch.get_num_threads() == 2
        assert torch.are_deterministic_algorithms_enabled() == before[1]
        assert torch.full((1,), 1e-38) * 1e-2 > 0
    finally:
        torch.set_num_threads(before[0])


def test_images_keep_their_shape():
    model = fit(RNG.random((20, 8, 6, 3)), "vae", args=FAST, progress=False)
    assert model.image == (8, 6, 3)
    assert model.sample(2).shape == (2, 8, 6, 3)
    grey = fit(RNG.random((20, 8, 8)), "vae", args=FAST, progress=False)
    assert grey.sample(2).shape == (2, 8, 8)
    assert {*np.unique(grey.sample(2))} <= {0.0, 1.0}
    with pytest.raises(InputError, match="0 to 1; divide"):
        grey.encode(np.full((2, 8, 8), 255))
    with pytest.raises(InputError, match="0 to 1; divide"):
        grey.interpolate(np.full((8, 8), 255), np.zeros((8, 8)), 3)


def test_a_problem_may_be_changed_in_part():
    problem = {"latent_dim": 3, "prior": {"kind": "uniform", "args": {"half_width": 2.0}}}
    model = fit(X, "wae", args=FAST, problem=problem, progress=False)
    assert model.latent_dim == 3
    assert model.problem.prior.kind == "uniform"
    assert model.encode(X).shape == (60, 3)


def test_the_installed_parameters_are_those_of_the_project():
    assert inherit.read(FILE)["models"]["cvae"]["kind"] == "cvae"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: fit([]), "x"),
        (lambda: fit(["a", "b"]), "text"),
        (lambda: fit(X[:1]), "two or more"),
        (lambda: fit(np.full((5, 2), np.nan)), "not finite"),
        (lambda: fit(X, "cave"), "choices are"),
        (lambda: fit(X, ["cvae"]), "like"),
        (lambda: fit(X, name="My data"), "name is"),
        (lambda: fit(X, seed=-1), "seed is -1"),
        (lambda: fit(X, args={"eps": 0}), "args"),
        (lambda: fit(X, args={"depth": 1}), "depth"),
        (lambda: fit(X, problem={"latent_dim": 0}), "latent_dim"),
        (lambda: fit(X, problem={"prior": {"kind": "gauss"}}), "gauss"),
        (lambda: fit(X, params="/nowhere/params.yaml"), "nowhere"),
        (lambda: fit(RNG.random((9, 8, 8)), standardise=True), "standardise"),
    ],
)
def test_what_cannot_be_is_one_line(call, said):
    with pytest.raises(UserError) as caught:
        call()
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert "coupled-vae-" not in str(caught.value)


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    file = tmp_path / "weights.pt"
    file.write_text("mine")
    for folder in (tmp_path, file):
        with pytest.raises(InputError, match="name a new folder"):
            fit(X, "vae", args=FAST, folder=folder)
    assert file.read_text() == "mine"
    assert [*tmp_path.iterdir()] == [file]


def test_an_interrupted_fit_is_resumed_and_leaves_no_checkpoint(tmp_path, monkeypatch):
    monkeypatch.setenv("COUPLED_VAE_CHECKPOINT_SECONDS", "0")
    step, done = vae.Model.iterate, list[int]()

    def iterate(self, iteration):
        if iteration == 2 and iteration not in done:
            done.append(iteration)
            raise KeyboardInterrupt
        done.append(iteration)
        return step(self, iteration)

    monkeypatch.setattr(vae.Model, "iterate", iterate)
    run = partial(fit, X, "vae", args=FAST, folder=tmp_path / "run", progress=False)
    with pytest.raises(KeyboardInterrupt):
        run()
    model = run()
    assert done == [0, 1, 2, 2, 3]
    assert not (tmp_path / "run" / "checkpoints").exists()
    assert np.array_equal(model.sample(3), fit(X, "vae", args=FAST, progress=False).sample(3))


def test_it_is_silent_if_asked(capsys, monkeypatch):
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.0)
    fit(X, "vae", args=FAST, progress=False)
    assert capsys.readouterr().err == ""
    fit(X, "vae", args=FAST)
    text = capsys.readouterr().err
    assert "own/vae/0" in text
    assert "note: x: " in text


def test_a_wrong_array_is_a_value_error():
    with pytest.raises(ValueError, match="not finite"):
        fit(np.full((5, 2), np.inf))
    assert issubclass(InputError, UserError)


def test_a_dataset_of_the_parameters_brings_its_problem_and_arguments():
    params = load_params(FILE)
    model = fit(X[:, :2] / X[:, :2].std(0), like="vae", name="mog", args=FAST, progress=False)
    assert model.problem == params.datasets["mog"].problem
    assert model.args == params.args("vae", "mog") | FAST
    assert model.cell == "mog/vae/0"
