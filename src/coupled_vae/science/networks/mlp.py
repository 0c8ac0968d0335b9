"""Fully connected layers with ReLU, and BatchNorm as in the paper (section 5)."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field
from torch import nn

from coupled_vae.config.section import Section, Width
from coupled_vae.science.networks._base import Heads, Hidden, Normalisation, Precision


class Config(Section):
    """``depth`` hidden layers of ``width`` units.

    Attributes:
        depth: Hidden layers.
        width: Units of each hidden layer.
        precision: Of products in training, past the first layer, where the processor has them.
    """

    depth: Annotated[int, Field(ge=1, le=100)]
    width: Width
    precision: Precision = "float32"


class Network:
    """Encoder and decoder have the same hidden layers."""

    def __init__(self, config: Config) -> None:
        self.config = config

    def encoder(self, inputs: int, heads: Sequence[int]) -> Heads:
        """From ``(b, inputs)`` to one ``(b, size)`` per head, with BatchNorm."""
        return self._layers(inputs, heads, "batch")

    def decoder(self, inputs: int, heads: Sequence[int], normalisation: Normalisation) -> Heads:
        """From ``(b, inputs)`` to one ``(b, size)`` per head."""
        return self._layers(inputs, heads, normalisation)

    def _layers(self, inputs: int, heads: Sequence[int], normalisation: Normalisation) -> Heads:
        depth, width = self.config.depth, self.config.width

        def layer(size: int) -> list[nn.Module]:
            normalised = [nn.BatchNorm1d(width)] if normalisation == "batch" else []
            return [nn.Linear(size, width), *normalised, nn.ReLU()]

        # The first layer reads coordinates, which bfloat16 would round to three digits.
        further = [part for _ in range(depth - 1) for part in layer(width)]
        body = nn.Sequential(*layer(inputs), Hidden(*further, precision=self.config.precision))
        return Heads(body, width, heads)
