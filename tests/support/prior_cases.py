"""Arguments of every kind of prior."""

import pytest
from small import TOP

from coupled_vae.config import registry
from coupled_vae.config.cells import experiments
from coupled_vae.config.load import load
from coupled_vae.config.problem import Part, Problem

# Few dimensions, so that the tests are quick and statistics are exact enough.
QUICK = {
    "gaussian": (2, {}),
    "uniform": (2, {"half_width": 1.5}),
    "mixture": (3, {"count": 4, "radius": 1.5, "std": 0.3}),
    "circle": (2, {"radius": 1.25}),
    "dirichlet": (3, {"concentration": 0.7}),
    "categorical": (10, {}),
}


def used(file):
    """Latent dimension and arguments of each kind that a parameter file uses: a newcomer's too."""
    problems = [row.problem for found in experiments(load(file)) for row in found.rows]
    return {own.prior.kind: (own.latent_dim, own.prior.args) for own in problems}


ARGS = used(TOP / "params.yaml") | QUICK
every_kind = pytest.mark.parametrize("kind", registry.kinds("priors"))


def prior(kind, dim=None, **args):
    """A prior as the pipeline builds it."""
    assert kind in ARGS, f"params.yaml uses no prior {kind}; name it in a problem or a study's row"
    usual, defaults = ARGS[kind]
    nothing = Part(kind="mlp", args={})
    part = Part(kind=kind, args={**defaults, **args})
    dim = dim or usual
    problem = Problem(latent_dim=dim, prior=part, network=nothing, likelihood=nothing)
    return problem.build("prior", dim)
