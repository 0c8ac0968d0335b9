"""What a dataset has that decides which metrics, tables and figures it gets."""

from typing import Literal, Self

from coupled_vae.config.facts import Facts, Kind
from coupled_vae.config.section import Section
from coupled_vae.metrics import catalogue

FEWEST_CLASSES = 2  # of a single class any accuracy is 1


class Traits(Section):
    """Kind of a dataset, and what its metrics can rest on.

    Attributes:
        kind: ``modes`` for points of a known mixture, ``points`` for other points, ``images``.
        held_out: Whether some data are held out of training and are measured.
        labels: Whether the data have classes.
    """

    kind: Kind
    held_out: bool = False
    labels: bool = False

    @classmethod
    def of(cls, facts: Facts | None, declared: Literal["points", "images"]) -> Self:
        """The traits of a dataset.

        Args:
            facts: Its facts; None if its kind offers none.
            declared: Its ``type`` in ``params.yaml``. Without facts, images are taken to have
                classes and held-out data, and points to have neither, nor known modes.
        """
        if facts is None:
            known = declared == "images"
            return cls(kind=declared, held_out=known, labels=known)
        if declared == "points" and facts.modes:
            return cls(kind="modes", held_out=facts.held_out > 0)
        labels = facts.classes >= FEWEST_CLASSES
        return cls(kind=declared, held_out=facts.held_out > 0, labels=labels)

    def metrics(self) -> list[str]:
        """Names of the metrics of such data."""
        has = {"held_out": self.held_out, "labels": self.labels}
        return catalogue.measured(self.kind, [name for name, present in has.items() if present])
