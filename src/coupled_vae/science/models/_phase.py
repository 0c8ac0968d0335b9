"""Phases of the coupled VAE's training: the temperature of the cost and what depends on it."""

from dataclasses import dataclass

from coupled_vae.science.models._coupling import CouplingConfig


@dataclass(frozen=True, kw_only=True)
class Phase:
    """The state of the anneal, which is constant within one pool.

    Attributes:
        temperature: Divisor of the cost, without unit; one from the end of the anneal.
        learned: Whether the decoder determines the likelihood's scale; until the end of the anneal
            the scale is fixed.
        scaling: Strength of the first update of a solve, in units of eps.
        memory: Weight of a pool's solution in the running average of v.
    """

    temperature: float
    learned: bool
    scaling: float
    memory: float


def phase_at(config: CouplingConfig, progress: float) -> Phase:
    """The phase at ``progress``, the share of training done; 1 is the trained model."""
    annealed = min(1.0, progress / config.anneal_share)
    is_hot = annealed < 1
    after = max(0.0, (progress - config.anneal_share) / (1 - config.anneal_share))
    return Phase(
        temperature=config.anneal_from ** (1 - annealed) if is_hot else 1.0,
        learned=not is_hot,
        scaling=1 if is_hot else config.scaling,
        memory=config.memory**after,
    )
