"""Which priors suit a model whose loss evaluates log p(z) at draws of an encoder.

A KL divergence does so, and needs a density that is finite everywhere. A prior on a square, a
circle, a simplex or a set of codes has no such density: the encoder's Gaussian puts mass outside
its support, and the divergence is infinite.
"""

from coupled_vae.config import registry
from coupled_vae.config.problem import Problem
from coupled_vae.runtime.errors import UserError
from coupled_vae.science.priors._base import full_support


def require_density(problem: Problem) -> None:
    """Refuse a problem whose prior has no density that is finite everywhere.

    Raises:
        UserError: One line that names the prior and the choices.
    """
    if _has_density(problem.prior.kind):
        return
    choices = [kind for kind in registry.kinds("priors") if _has_density(kind)]
    raise UserError(
        f"problem.prior.kind {problem.prior.kind!r} has no density that is finite everywhere, and "
        f"the KL divergence to it is infinite; choices are {', '.join(choices)}, or in place of "
        "this model one that needs draws of the prior alone, such as cvae or wae"
    )


def _has_density(kind: str) -> bool:
    return full_support(registry.load("priors", kind).Prior)
