"""Arguments of the coupled VAE's alternation; docs/training.md explains how each was chosen."""

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
        width: Number of units. Each starts at a datum; those of the network for v(x) at a draw.
        learning_rate: Step size of Adam, in units of eps.
        steps: Adam steps in one update.
        batch_size: Prior draws, or data, in one step.
    """

    both: bool
    width: Width
    learning_rate: StepSize
    steps: Count
    batch_size: Draws


class CouplingConfig(AdamConfig):
    """Arguments of the alternation between updates of v and steps of the decoder.

    Attributes:
        strategy: How the decoder is trained: ``primal`` is the paper's Algorithm 1, ``dual`` its
            Algorithm 2.
        network: The dual with a network for u(z) (eq. 16); null is the semi-dual, with a free
            number for every datum (eq. 17).
        eps: Entropic strength; with 1 the relaxed problem is that of the VAE.
        relaxation: lambda of eq. 14; null fixes the latent marginal (lambda infinite).
        num_pools: Number of iterations, each on a fresh pool.
        pool_size: Prior draws in a pool.
        first_updates: Plain updates of v on the first pool, where v starts at zero.
        updates: Updates of v on every later pool.
        scaling: Strength of the first of these updates in units of eps, after the anneal.
        memory: Weight of a pool's solution in the running average of v at the end of training. The
            weight is one until the end of the anneal and then falls geometrically to ``memory``.
        decoder_steps: Adam steps on a pool.
        batch_size: Prior draws in one Adam step.
        normalisation: Normalisation of the decoder's layers.
        linear_steps: Adam steps that first fit the decoder to a linear map.
        anneal_from: Temperature at the start; the cost is divided by the temperature.
        anneal_share: Share of the pools over which the temperature falls to one. Until then the
            likelihood's scale is fixed.
        posterior_pool: Prior draws over which the trained model's posterior is computed.
        posterior_updates: Largest number of updates of v in the last solve, on that pool.
        posterior_depth: Number of earlier updates that Anderson acceleration combines there.
        tolerance: Marginal error at which the last solve stops.
        block_entries: Entries of the cost in memory at once during a pass.
        held_entries: Largest number of entries of a cost that is stored as a matrix. Only with many
            features is it stored: it is then computed once per pool and not in every update.
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
