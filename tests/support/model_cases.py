"""Every kind of model with its small arguments, and what tests ask of a trained one."""

import pytest
import torch
from small import small_params

from coupled_vae.config import registry
from coupled_vae.config.cells import experiments
from coupled_vae.data.kinds import mog
from coupled_vae.pipeline.cell import Cell, Spec

PARAMS = small_params()
DATASET = mog.generate(mog.Config(grid_side=2, spacing=1.0, std=0.05, points_per_mode=20, seed=1))
# Every kind, and what else its arguments can make of it: entries and rows of studies.
VARIANTS = ["beta_vae", "aae", "cvae.neural_primal", "cvae.neural_both", "cvae.lambda-1"]
EVERY = [*registry.kinds("models"), *VARIANTS]
every_kind = pytest.mark.parametrize("kind", EVERY)


def cell(kind, seed=0):
    return Cell(dataset="mog", model=kind, seed=seed)


def in_float32(problem):
    """The problem with products in float32: in bfloat16 only rough numbers could be compared."""
    network = problem.network
    exact = network.model_copy(update={"args": {**network.args, "precision": "float32"}})
    return problem.model_copy(update={"network": exact})


def spec(kind):
    problem = in_float32(PARAMS.datasets["mog"].problem)
    for experiment in experiments(PARAMS):
        for row in experiment.rows:
            if experiment.kind == "study" and row.name == kind and row.root == experiment.root:
                return Spec(problem=problem, kind=row.kind, args=row.args)
    entries = [e for name, e in PARAMS.models.items() if kind in (e.kind, name)]
    assert entries, f"no entry of params.yaml has kind {kind}"
    return Spec(problem=problem, kind=entries[0].kind, args=entries[0].args)


def weights(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def assert_equal_states(one, other):
    assert one.keys() == other.keys()
    for name in one:
        assert torch.equal(one[name], other[name]), name
