"""Where the coupled VAE's training stands: how hot the cost is, and what follows from that."""

from dataclasses import dataclass

from coupled_vae.science.models._coupling import CouplingConfig


@dataclass(frozen=True, kw_only=True)
class Phase:
    """The state of the anneal, the same for all that is done on one pool.

    Attributes:
        temperature: What the cost is divided by, without unit; one from the anneal's end on.
        learned: Whether the likelihood's scale is the decoder's; until the end of the anneal it is
            fixed.
        scaling: Strength of the first update of a solve, in units of eps.
        memory: Share of a pool's solution that the kept potential takes over.
    """

    temperature: float
    learned: bool
    scaling: float
    memory: float


def phase_at(config: CouplingConfig, progress: float) -> Phase:
    """The phase after the share ``progress`` of training; that of the trained model at 1."""
    annealed = min(1.0, progress / config.anneal_share)
    is_hot = annealed < 1
    after = max(0.0, (progress - config.anneal_share) / (1 - config.anneal_share))
    return Phase(
        temperature=config.anneal_from ** (1 - annealed) if is_hot else 1.0,
        learned=not is_hot,
        scaling=1 if is_hot else config.scaling,
        memory=config.memory**after,
    )
