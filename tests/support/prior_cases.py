"""Arguments of every kind of prior."""

import pytest

from coupled_vae.config import registry
from coupled_vae.config.problem import Part, Problem

ARGS = {
    "gaussian": (2, {}),
    "uniform": (2, {"half_width": 1.5}),
    "mixture": (3, {"count": 4, "radius": 1.5, "std": 0.3}),
    "circle": (2, {"radius": 1.25}),
    "dirichlet": (3, {"concentration": 0.7}),
    "categorical": (10, {}),
}
every_kind = pytest.mark.parametrize("kind", registry.kinds("priors"))


def prior(kind, dim=None, **args):
    """A prior as the pipeline builds it; a newcomer must be named in ARGS."""
    usual, defaults = ARGS[kind]
    nothing = Part(kind="mlp", args={})
    part = Part(kind=kind, args={**defaults, **args})
    dim = dim or usual
    problem = Problem(latent_dim=dim, prior=part, network=nothing, likelihood=nothing)
    return problem.build("prior", dim)
