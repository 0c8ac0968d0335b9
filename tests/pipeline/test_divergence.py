"""A model that diverged is refused where it is saved, read, drawn from and measured."""

import json

import numpy as np
import pytest
import torch
from small import small_params
from step_commands import DATA, SPEC, draw, files, refused, train

from coupled_vae.config.cells import experiments, model_row
from coupled_vae.config.traits import Traits
from coupled_vae.data import dataset as datasets
from coupled_vae.data.kinds import mog
from coupled_vae.pipeline import draws as drawn
from coupled_vae.pipeline import loop as training
from coupled_vae.pipeline.cell import Cell, Spec
from coupled_vae.pipeline.loop import Result, fit
from coupled_vae.pipeline.state import check_state, not_finite
from coupled_vae.pipeline.weights import build
from coupled_vae.run.cli import main
from coupled_vae.runtime.errors import UserError

PARAMS = small_params()
DATASET = mog.generate(mog.Config(grid_side=2, spacing=1.0, std=0.05, points_per_mode=20, seed=1))


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mog.npz"
    assert main(["data", "--kind", "mog", "--args", json.dumps(DATA), "--out", str(path)]) == 0
    path.with_suffix(".provenance.json").unlink()  # the readers alone are tested
    return path


def model_of(kind, **changes):
    args = PARAMS.args(kind, "mog") | changes
    spec = Spec(problem=PARAMS.datasets["mog"].problem, kind=PARAMS.kind(kind), args=args)
    return build(Cell(dataset="mog", model=kind, seed=0), spec, DATASET)


@pytest.fixture
def _spoiled(monkeypatch):
    """Every step of Adam leaves one weight that is not finite."""
    step = torch.optim.Adam.step

    def spoil(adam):
        step(adam)
        adam.param_groups[0]["params"][0].data.view(-1)[0] = float("inf")

    monkeypatch.setattr(torch.optim.Adam, "step", spoil)


@pytest.mark.usefixtures("_spoiled")
@pytest.mark.parametrize("kind", ["vae", "wae", "infovae", "vae_nf"])
def test_divergence_in_the_last_step_writes_nothing(capsys, data, kind):
    spec = SPEC | {"kind": kind, "args": PARAMS.args(kind, "mog")}
    spec["args"] |= {"num_steps": 1, "batch_size": 10}
    before = files(data.parent)
    message = refused(capsys, train(data, f"mog/{kind}/0", spec))
    assert message.startswith(f"error: mog/{kind}/0: 1 of ")
    assert "weights are not finite (" in message
    assert "at iteration 1;" in message
    assert "nothing was written; lower the model's learning_rate in params.yaml" in message
    assert files(data.parent) == before


@pytest.mark.parametrize("rate", [1e4, 1e38, float("inf")])
def test_a_step_size_beyond_all_sense_is_refused(capsys, data, rate):
    spec = SPEC | {"args": SPEC["args"] | {"num_steps": 1, "learning_rate": rate}}
    assert "learning_rate" in refused(capsys, train(data, spec=spec))


class Diverging(torch.nn.Module):
    """Trains without fault, but for what ``spoil`` does in an iteration or at the end."""

    def __init__(self, where, value):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(3))
        self.register_buffer("held", torch.zeros(2))
        self.num_iterations, self.optimizers = 4, {}
        self.generator = torch.Generator().manual_seed(0)
        self.where, self.value = where, value

    def prepare(self):
        self.optimizers = {"adam": torch.optim.Adam(self.parameters())}

    def iterate(self, iteration):
        if iteration == 1 and self.where in ("weight", "held"):
            getattr(self, self.where).data[1] = self.value
        return {"loss": torch.tensor(1.0)}

    def finish(self):
        return {"marginal_error": self.value if self.where == "report" else 0.5}

    def load_buffers_and_weights(self, state):
        self.load_state_dict(state)


@pytest.mark.parametrize("interval", [1e9, 0.0])  # without checkpoints, and one every iteration
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("where", ["weight", "held", "report"])
def test_state_and_report_are_checked_at_the_end_and_in_checkpoints(
    tmp_path, where, value, interval
):
    with pytest.raises(UserError) as error:
        fit(Diverging(where, value), tmp_path / "c.pt", "me x", "me", interval)
    assert "\n" not in str(error.value)
    assert (
        "marginal_error = " if where == "report" else f"1 of 5 weights are not finite ({where}"
    ) in (str(error.value))
    iteration = 2 if interval == 0 and where != "report" else 4
    assert f"at iteration {iteration};" in str(error.value)
    if (tmp_path / "c.pt").exists():
        assert not not_finite(torch.load(tmp_path / "c.pt")["model"])


def test_a_sound_model_passes_and_its_bits_are_left_alone(tmp_path):
    good = Diverging("nothing", 0)
    assert isinstance(fit(good, tmp_path / "c.pt", "me x", "me", 0.0), Result)
    assert good.weight.detach().tolist() == [0, 0, 0]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_not_drawn_from(capsys, data, value):
    assert main(train(data)) == 0
    path = data.parent / "run" / "weights.pt"
    content = torch.load(path)
    next(t for t in content["state"].values() if t.is_floating_point()).view(-1)[0] = value
    torch.save(content, path)
    path.with_suffix(".provenance.json").unlink()
    message = refused(capsys, draw(data))
    assert "1 of " in message
    assert "weights are not finite" in message
    assert not (data.parent / "run" / "draws.npz").exists()


def test_draws_that_overflow_are_not_written(capsys, data):
    """Finite weights whose network overflows."""
    assert main(train(data)) == 0
    path = data.parent / "run" / "weights.pt"
    content = torch.load(path)
    for name, tensor in content["state"].items():
        if name.startswith("decoder") and tensor.is_floating_point():
            tensor.fill_(3e38)
    torch.save(content, path)
    path.with_suffix(".provenance.json").unlink()
    message = refused(capsys, draw(data))
    assert "numbers that are not finite; nothing was written; lower" in message
    assert not (data.parent / "run" / "draws.npz").exists()


@pytest.mark.parametrize(
    ("name", "spoil", "said"),
    [
        ("sample", lambda a: a * np.nan, "has 12 of 12 numbers that are not finite"),
        ("sample", lambda a: a[:, :1], "axis d is 2"),
        ("sample", lambda a: a[0], "not 2 axes"),
        ("sample", lambda a: a.astype(int), "not of floats"),
        ("sample", lambda a: a.astype(complex), "not of floats"),
        ("sample", lambda a: a.astype("U8"), "not of floats"),
        ("shown", lambda a: a.astype(float), "not of integers"),
        ("shown", lambda a: a + 9, "not all of data"),
        ("shown", lambda a: a - 9, "not all of data"),
        ("posterior_density", lambda a: a - 1, "density below zero"),
        ("posterior_density", lambda a: a + np.inf, "has 9 of 9 numbers that are not finite"),
    ],
)
def test_every_array_of_draws_is_checked(name, spoil, said):
    good = {
        "latent_mean": np.zeros((5, 2)),
        "reconstruction": np.zeros((5, 2)),
        "sample": np.zeros((6, 2)),
        "shown": np.arange(5),
        "posterior_axis": np.zeros(3),
        "posterior_density": np.zeros((3, 3)),  # zero is a density
    }
    drawn.check(good, "here", "do it again", n=5, d=2)
    with pytest.raises(UserError, match=f"here: {name} .*{said}.*; do it again"):
        drawn.check(good | {name: spoil(good[name])}, "here", "do it again", n=5, d=2)


ROWS = [
    *(model_row(PARAMS, name, "mog") for name in PARAMS.models),
    *(row for own in experiments(PARAMS) for row in own.rows if row.name == "cvae.neural_both"),
]
SPECS = {row.name: Spec(problem=row.problem, kind=row.kind, args=row.args) for row in ROWS}


@pytest.mark.parametrize("kind", SPECS)
def test_a_trained_state_fits_a_fresh_model_and_one_of_another_does_not(tmp_path, kind):
    spec = SPECS[kind]
    fresh, model = (build(Cell(dataset="mog", model=kind, seed=0), spec, DATASET) for _ in "ab")
    fit(model, tmp_path / "c.pt", "me x", "me", 1e9)
    state = dict(model.state_dict())
    check_state(fresh.state_dict(), state, trained=True)
    for name, tensor in state.items():
        others = [tensor.double() if tensor.dtype != torch.float64 else tensor.float(), "text"]
        if tensor.ndim:
            others.append(tensor[None])
        for other in others:
            with pytest.raises(ValueError, match=rf"{name}|mapping"):
                check_state(fresh.state_dict(), state | {name: other}, trained=True)
        without = {key: value for key, value in state.items() if key != name}
        with pytest.raises(ValueError, match=f"lacks {name}"):
            check_state(fresh.state_dict(), without, trained=True)


def test_an_untrained_coupled_model_is_not_trained():
    fresh = model_of("cvae").state_dict()
    with pytest.raises(ValueError, match="sizes that do not fit together"):
        check_state(fresh, dict(fresh), trained=True)


CHECKPOINT_FLAWS = {
    "no part": lambda s: {k: v for k, v in s.items() if k != "sums"},
    "another iteration": lambda s: s | {"iteration": 99},
    "no iteration": lambda s: s | {"iteration": 0},
    "a half iteration": lambda s: s | {"iteration": 1.5},
    "text": lambda s: s | {"iteration": "2"},
    "seconds": lambda s: s | {"seconds": float("nan")},
    "negative seconds": lambda s: s | {"seconds": -1.0},
    "sums": lambda s: s | {"sums": {"loss": float("inf")}},
    "no history": lambda s: s | {"history": None},
    "history of text": lambda s: s | {"history": ["row"]},
    "history twice": lambda s: s | {"history": s["history"] * 2},
    "nan in the history": lambda s: (
        s | {"history": [row | {"loss": float("nan")} for row in s["history"]]}
    ),
    "no model": lambda s: s | {"model": []},
    "nan": lambda s: s | {"model": {k: v * float("nan") for k, v in s["model"].items()}},
    "other weights": lambda s: s | {"model": {k: v[:1] for k, v in s["model"].items()}},
    "no optimizers": lambda s: s | {"optimizers": {}},
    "an empty optimizer": lambda s: s | {"optimizers": {"adam": {}}},
    "moments": lambda s: s | {"optimizers": {"adam": s["optimizers"]["adam"] | {"state": {0: {}}}}},
    "moments of no weight": lambda s: (
        s | {"optimizers": {"adam": s["optimizers"]["adam"] | {"state": {7: {}}}}}
    ),
    "moments of another shape": lambda s: (
        s
        | {
            "optimizers": {
                "adam": s["optimizers"]["adam"]
                | {"state": {0: dict.fromkeys(("step", "exp_avg", "exp_avg_sq"), torch.zeros(2))}}
            }
        }
    ),
    "groups": lambda s: (
        s | {"optimizers": {"adam": s["optimizers"]["adam"] | {"param_groups": [{}]}}}
    ),
    "generator": lambda s: s | {"generator": torch.zeros(3, dtype=torch.uint8)},
    "no generator": lambda s: s | {"generator": "seed"},
}


class Stepping(Diverging):
    """Its weights move."""

    def iterate(self, iteration):
        loss = (self.weight - 1).square().sum() * (iteration + 1)
        self.optimizers["adam"].zero_grad()
        loss.backward()
        self.optimizers["adam"].step()
        return {"loss": loss}


@pytest.fixture
def checkpoint(tmp_path):
    """Of a run that was stopped after two of four iterations."""
    model, path = Stepping("nothing", 0), tmp_path / "c.pt"
    whole = Stepping("nothing", 0)
    fit(whole, tmp_path / "other.pt", "me x", "me", 1e9)
    model.num_iterations = 2
    fit(model, path, "me x", "me", 0.0)
    return path, whole.weight.detach()


def test_a_sound_checkpoint_is_resumed_to_the_same_bits(checkpoint):
    path, whole = checkpoint
    model = Stepping("nothing", 0)
    fit(model, path, "me x", "me", 1e9)
    assert torch.equal(model.weight.detach(), whole)


@pytest.mark.parametrize("flaw", CHECKPOINT_FLAWS)
def test_a_checkpoint_of_another_structure_is_one_line(checkpoint, flaw):
    path, _ = checkpoint
    path.write_bytes(training.to_bytes(CHECKPOINT_FLAWS[flaw](torch.load(path))))
    with pytest.raises(UserError, match=r"c\.pt: does not fit this run \(.*training then") as error:
        fit(Stepping("nothing", 0), path, "me x", "me", 1e9)
    assert "\n" not in str(error.value)


def test_evaluate_names_array_number_and_file(capsys, data):
    assert main(train(data)) == 0
    assert main(draw(data)) == 0
    run = data.parent / "run"
    arrays = dict(np.load(run / "draws.npz"))
    arrays["sobol_sample"][3:5, 0] = np.nan
    np.savez_compressed(run / "draws.npz", **arrays)
    (run / "draws.provenance.json").unlink()  # whose digest would be refused first
    settings = json.dumps(PARAMS.evaluation.measure_settings(Traits(kind="modes")).model_dump())
    command = ["evaluate", "--cell", "mog/vae/0", "--settings", settings, "--data", str(data)]
    command += ["--draws", str(run / "draws.npz"), "--report", str(run / "report.json")]
    message = refused(capsys, [*command, "--out", str(run / "0.csv")])
    assert "draws.npz: sobol_sample has 2 of 64 numbers that are not finite" in message
    assert not (run / "0.csv").exists()
    assert datasets.load(data).x.shape == (40, 2)
