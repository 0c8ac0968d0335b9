"""Contract of every model found in the folder: a newcomer is enrolled by being there."""

import numpy as np
import pytest
import torch
from model_cases import DATASET, PARAMS, assert_equal_states, cell, every_kind, spec, weights

from coupled_vae.config.traits import Traits
from coupled_vae.pipeline.cell import Cell
from coupled_vae.pipeline.draw import draws
from coupled_vae.pipeline.loop import fit
from coupled_vae.pipeline.weights import build, load_weights, save_weights
from coupled_vae.runtime.errors import UserError

EVALUATION = PARAMS.evaluation.model_copy(
    update={"num_draws": 50, "w2_draws": 64, "w2_subsample": 20, "posterior_datum": 3}
).draw_settings(Traits(kind="modes"))
WIDE_GRID = EVALUATION.model_copy(
    update={
        "points": EVALUATION.points.model_copy(
            update={"posterior_grid": 241, "posterior_extent": 6.0}
        )
    }
)


def trained(kind, tmp_path, seed=0):
    model = build(cell(kind, seed), spec(kind), DATASET)
    fit(model, tmp_path / f"{kind}{seed}.pt", "me", kind, interval=1e9)
    return model


@every_kind
def test_one_iteration_moves_every_parameter_by_a_finite_gradient(kind):
    model = build(cell(kind), spec(kind), DATASET)
    model.prepare()
    model.train()
    before = weights(model)
    terms = model.iterate(model.num_iterations - 1)  # at the start C-VAE's sigma is not learned
    assert "loss" in terms
    assert all(np.isfinite(float(value.detach())) for value in terms.values())
    for name, parameter in model.named_parameters():
        # Of two networks that share an optimizer, only the last one to step has a gradient left.
        if not (kind == "cvae.neural_both" and name.startswith("potentials.u.")):
            assert parameter.grad is not None, name
            assert bool(torch.isfinite(parameter.grad).all()), name
        assert bool(torch.isfinite(parameter).all()), name
        assert not torch.equal(before[name], parameter.detach()), name


@every_kind
def test_training_lowers_the_loss(kind, tmp_path):
    args = dict(spec(kind).args)
    for key in ("num_steps", "num_pools"):
        if key in args:
            args[key] = 40
    if "anneal_from" in args:  # losses compare only at one temperature
        args["anneal_from"] = 1.0
    told = spec(kind).model_copy(update={"args": args})
    model = build(cell(kind), told, DATASET)
    history = fit(model, tmp_path / "c.pt", "me", kind, interval=1e9).history
    losses = [row["loss"] for row in history]
    # With two networks the cost rises first, while the coupling becomes feasible.
    early = losses[10:15] if kind == "cvae.neural_both" else losses[:5]
    assert np.mean(losses[-5:]) < np.mean(early)


@every_kind
def test_draws_have_their_shapes_and_are_finite(kind, tmp_path):
    arrays = draws(
        trained(kind, tmp_path), DATASET, None, EVALUATION, torch.Generator().manual_seed(0)
    )
    n, g, side = len(DATASET.x), EVALUATION.points.posterior_grid, EVALUATION.plane.size
    assert {name: array.shape for name, array in arrays.items()} == {
        "sample": (50, 2),
        "sample_mean": (50, 2),
        "sobol_sample": (64, 2),
        "prior": (50, 2),
        "prior_other": (50, 2),
        "aggregate": (50, 2),
        "latent_mean": (n, 2),
        "code": (n, 2),
        "reconstruction": (n, 2),
        "reconstruction_nll": (n,),
        "posterior_axis": (g,),
        "posterior_density": (g, g),
        "plane_axis": (side,),
        "plane": (side, side, 2),
    }
    assert all(np.isfinite(array).all() for array in arrays.values())
    assert not np.array_equal(arrays["prior"], arrays["prior_other"])


@every_kind
def test_same_seed_same_bits_other_seed_other_bits(kind, tmp_path):
    first, again = trained(kind, tmp_path), trained(kind, tmp_path)
    assert_equal_states(weights(first), weights(again))
    other = trained(kind, tmp_path, seed=1)
    assert any(
        not torch.equal(a, b) for a, b in zip(first.parameters(), other.parameters(), strict=True)
    )
    generators = [torch.Generator().manual_seed(5) for _ in range(2)]
    x = torch.from_numpy(DATASET.x)
    with torch.no_grad():
        one, two = (first.sample_posterior(x, generator) for generator in generators)
        third = first.sample_posterior(x, generators[0])
    assert torch.equal(one, two)
    assert not torch.equal(one, third)


@every_kind
def test_weights_survive_a_file_and_another_cells_are_refused(kind, tmp_path):
    model = trained(kind, tmp_path)
    save_weights(tmp_path / "weights.pt", model, f"{cell(kind)} abc")
    loaded = build(cell(kind), spec(kind), DATASET)
    load_weights(tmp_path / "weights.pt", loaded, cell(kind))
    assert_equal_states(weights(model), weights(loaded))
    for stranger in (cell(kind, 1), Cell(dataset="mog", model="stranger", seed=0)):
        with pytest.raises(UserError, match=f"weights of mog/{kind}/0, but {stranger}"):
            load_weights(tmp_path / "weights.pt", loaded, stranger)


@every_kind
def test_resumed_training_ends_in_the_same_bits(kind, tmp_path):
    class PulledPlugError(Exception):
        pass

    whole = trained(kind, tmp_path)
    model = build(cell(kind), spec(kind), DATASET)
    iterate, stop = model.iterate, max(1, model.num_iterations // 2)

    def interrupted(iteration):
        if iteration == stop:
            raise PulledPlugError
        return iterate(iteration)

    model.iterate = interrupted
    checkpoint = tmp_path / "checkpoint.pt"
    with pytest.raises(PulledPlugError):
        fit(model, checkpoint, "me", kind, interval=0)
    resumed = build(cell(kind), spec(kind), DATASET)
    seen = []
    iterate_again = resumed.iterate
    resumed.iterate = lambda iteration: seen.append(iteration) or iterate_again(iteration)
    again = fit(resumed, checkpoint, "me", kind, interval=1e9)
    assert seen[0] == stop
    assert_equal_states(weights(whole), weights(resumed))
    expected = fit(build(cell(kind), spec(kind), DATASET), tmp_path / "no.pt", "me", kind, 1e9)
    assert again.history == expected.history


@every_kind
def test_posterior_density_integrates_to_one_about_its_mean(kind, tmp_path):
    told = spec(kind)
    if "posterior_pool" in told.args:  # a posterior that is an importance sample needs a large one
        told = told.model_copy(update={"args": {**told.args, "posterior_pool": 2**15}})
    model = build(cell(kind), told, DATASET)
    fit(model, tmp_path / "c.pt", "me", kind, interval=1e9)
    arrays = draws(model, DATASET, None, WIDE_GRID, torch.Generator().manual_seed(0))
    density, axis = arrays["posterior_density"].astype(float), arrays["posterior_axis"]
    area = float(axis[1] - axis[0]) ** 2
    assert density.sum() * area == pytest.approx(1, abs=0.02)
    with torch.no_grad():
        x = torch.from_numpy(DATASET.x[3:4]).expand(4000, -1)
        z = model.sample_posterior(x, torch.Generator().manual_seed(2)).numpy()
    first, second = (density.sum(axis=k) @ axis * area for k in (0, 1))
    np.testing.assert_allclose(z.mean(0), [first, second], atol=0.08)


@every_kind
def test_a_loss_that_is_not_finite_stops_with_one_clear_line(kind, tmp_path):
    model = build(cell(kind), spec(kind), DATASET)
    iterate = model.iterate
    model.iterate = lambda iteration: {
        **iterate(iteration),
        **({"loss": torch.tensor(float("nan"))} if iteration == 1 else {}),
    }
    with pytest.raises(UserError, match=r"loss = nan at iteration 2; .*learning_rate") as caught:
        fit(model, tmp_path / "c.pt", "me", kind, interval=1e9)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())
