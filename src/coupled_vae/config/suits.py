"""Whether a problem suits the data that it is posed on, by the data's facts."""

from collections.abc import Iterator

from coupled_vae.config import registry
from coupled_vae.config.facts import Facts
from coupled_vae.config.problem import Problem


def faults(problem: Problem, facts: Facts) -> Iterator[str]:
    """What does not fit, each as one line that begins with the part of the problem.

    Args:
        problem: The problem; the arguments of its network are valid.
        facts: What is known of the data. Whether they are binary may be left out.
    """
    likelihood = problem.likelihood.kind
    known = "binary" in facts.model_fields_set
    if likelihood == "bernoulli" and known and not facts.binary:
        draw = "binarise: true in the dataset's args, or " if facts.image else ""
        yield (
            f"likelihood {likelihood} is of zeros and ones, but the data have other values; write "
            f"{draw}the likelihood gaussian"
        )
    if facts.image:
        yield from _shape(problem, list(facts.image))


def _shape(problem: Problem, image: list[int]) -> Iterator[str]:
    """An argument ``shape`` of a network is that of the images, not only of as many values."""
    part = problem.network
    config = registry.config("networks", part.kind, part.args, "network: args")
    if not hasattr(config, "shape"):
        return
    plain = image[0] == image[1] and image[2] == 1
    if config.shape != image and not (config.shape is None and plain):
        yield (
            f"network {part.kind} has shape {config.shape or 'null'}, but the images are {image} "
            f"(height, width, channels); write shape: {image}"
        )
