"""Fully connected layers with ReLU, and BatchNorm as in the paper (section 5)."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field
from torch import nn

from coupled_vae.config.section import Section, Width
from coupled_vae.science.networks._base import Heads, Normalisation


class Config(Section):
    """``depth`` hidden layers of ``width`` units.

    Attributes:
        depth: Hidden layers.
        width: Units of each hidden layer.
    """

    depth: Annotated[int, Field(ge=1, le=100)]
    width: Width


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
        layers: list[nn.Module] = []
        for size in [inputs, *[width] * (depth - 1)]:
            layers.append(nn.Linear(size, width))
            if normalisation == "batch":
                layers.append(nn.BatchNorm1d(width))
            layers.append(nn.ReLU())
        return Heads(nn.Sequential(*layers), width, heads)
