"""The problem that all models of one dataset share, a section of ``params.yaml``."""

from collections.abc import Iterator
from typing import Any

from coupled_vae.config import registry
from coupled_vae.config.section import Dimension, Section


class Part(Section):
    """One part of a problem: its kind, a file of the folder of that name, and its arguments.

    Attributes:
        kind: Kind of the part, a file of its folder.
        args: Arguments of the kind.
    """

    kind: str
    args: dict[str, Any]


class Problem(Section):
    """What all models of one dataset share: latent space, p(z), architecture, p(x|z).

    Attributes:
        latent_dim: Number of latent coordinates.
        prior: p(z).
        network: Architecture of encoder and decoder.
        likelihood: p(x|z).
    """

    latent_dim: Dimension
    prior: Part
    network: Part
    likelihood: Part

    def parts(self) -> Iterator[tuple[str, str, Part]]:
        """Name, folder and value of every part."""
        for name in ("prior", "network", "likelihood"):
            yield name, f"{name}s", getattr(self, name)

    def build(self, name: str, *extra: object) -> Any:  # noqa: ANN401
        """The object of one part, such as ``prior``.

        Raises:
            UserError: Its kind or an argument is unknown or impossible.
        """
        folder, part = f"{name}s", getattr(self, name)
        settings = registry.config(folder, part.kind, part.args, f"{name}: args")
        factory = getattr(registry.load(folder, part.kind), name.capitalize())
        return factory(settings, *extra)
