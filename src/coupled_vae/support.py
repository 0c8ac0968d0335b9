"""Which priors a model can be trained with, told before anything is trained.

A KL divergence, and any loss that takes log p(z) where an encoder puts z, needs a density that is
finite everywhere. A prior on a square, a circle, a simplex or a set of codes has none: an encoder's
Gaussian reaches beyond it, and the divergence is infinite.
"""

from coupled_vae import registry
from coupled_vae.errors import UserError
from coupled_vae.priors._base import full_support
from coupled_vae.problem import Problem


def check_prior(kind: str, config: object, problem: Problem, place: str) -> None:
    """Refuse a prior without the density that a model's loss needs (imports torch).

    Args:
        kind: The model's.
        config: The model's validated ``Config``. One that does not say ``needs_density`` needs it.
        problem: What the model is trained on.
        place: What the message begins with, such as ``params.yaml: datasets.mog with models.vae``.

    Raises:
        UserError: One line that names the prior and those that the model can have.
    """
    if not getattr(config, "needs_density", True) or _has_density(problem.prior.kind):
        return
    choices = [own for own in registry.kinds("priors") if _has_density(own)]
    raise UserError(
        f"{place}: problem.prior.kind {problem.prior.kind!r} cannot be used with a model of kind "
        f"{kind}: its loss takes log p(z) at any z, and the density of this prior is not finite "
        f"everywhere; choices in params.yaml are {', '.join(choices)}, or a model that needs draws "
        "of the prior alone, such as cvae or wae"
    )


def _has_density(kind: str) -> bool:
    """Whether a prior says that its density is finite everywhere."""
    registry.check_kind("priors", kind, "problem.prior.kind")
    return full_support(registry.load("priors", kind).Prior)
