"""Arguments of the coupled VAE's alternation; docs/training.md tells how each was chosen."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from coupled_vae.config.section import (
    Count,
    Draws,
    Entries,
    Positive,
    PositiveFraction,
    Section,
    StepSize,
    Width,
    at_least,
)
from coupled_vae.science.models._base import AdamConfig
from coupled_vae.science.networks._base import Normalisation


class NetworkConfig(Section):
    """A network for u(z), fitted in every update by Adam on batches of the pool.

    Attributes:
        both: Whether v(x) is a network as well, fitted on batches of the data.
        width: Units of a network; each stands for a datum, in that for v(x) for a draw.
        learning_rate: Of Adam, in units of eps.
        steps: Steps in one update.
        batch_size: Prior draws, or data, of one step.
    """

    both: bool
    width: Width
    learning_rate: StepSize
    steps: Count
    batch_size: Draws


class CouplingConfig(AdamConfig):
    """How often and how strongly v and the decoder move in turn.

    Attributes:
        strategy: How the decoder moves: the paper's Algorithm 1 or 2.
        network: The dual with a network for u(z) (eq. 16); null is the semi-dual, with a free
            number for every datum (eq. 17).
        eps: Entropic strength; 1 makes the relaxed problem the VAE's.
        relaxation: lambda of eq. 14; null fixes the latent marginal, as lambda grows to infinity.
        num_pools: Iterations, each on a fresh pool.
        pool_size: Prior draws in a pool.
        first_updates: Plain updates of v on the first pool, where v starts at zero.
        updates: Updates of v on every later pool.
        scaling: Strength of the first of them in units of eps, once the anneal is over.
        memory: Share of a pool's solution that the potential kept from pool to pool takes over at
            the end of training; it falls to there from one, from the anneal on.
        decoder_steps: Adam steps on a pool.
        batch_size: Prior draws of one Adam step.
        normalisation: Of the decoder's layers.
        linear_steps: Adam steps that first fit the decoder to a linear map.
        anneal_from: Temperature of the cost at the start: what it is divided by.
        anneal_share: Share of the pools over which it falls to one. Until then the likelihood's
            scale is fixed.
        posterior_pool: Prior draws that carry the posterior of the trained model.
        posterior_updates: Updates of v in the last solve, on that pool, at most.
        posterior_depth: Earlier updates that each of them combines.
        tolerance: Marginal error at which the last solve stops.
        block_entries: Entries of the cost that a pass over it has in memory at once.
        held_entries: Largest cost that is held as a matrix where the features are many, so that it
            is multiplied out once a pool and not in every update.
    """

    strategy: Literal["primal", "dual"]
    network: NetworkConfig | None
    eps: Positive
    relaxation: Positive | None
    num_pools: Count
    pool_size: Draws
    first_updates: Count
    updates: Count
    scaling: Annotated[float, Field(ge=1, le=1e6)]
    memory: PositiveFraction
    decoder_steps: Count
    batch_size: Draws
    normalisation: Normalisation
    linear_steps: Count
    anneal_from: Positive
    anneal_share: Annotated[float, Field(gt=0, lt=1), at_least(1e-12)]
    posterior_pool: Draws
    posterior_updates: Count
    posterior_depth: Annotated[int, Field(ge=1, le=1000)]
    tolerance: Positive
    block_entries: Entries
    held_entries: Entries

    @model_validator(mode="after")
    def _what_a_network_solves(self) -> Self:
        if self.network and self.relaxation:
            raise ValueError(
                f"relaxation {self.relaxation} must be null with a network, which solves the "
                "balanced problem; or make network null"
            )
        return self

    @model_validator(mode="after")
    def _what_is_normalised(self) -> Self:
        if self.normalisation == "batch" and min(self.batch_size, self.pool_size) < 2:
            raise ValueError(
                f"batch_size {self.batch_size} and pool_size {self.pool_size} must both be at "
                "least 2 with normalisation batch: the spread of one draw is zero"
            )
        return self
