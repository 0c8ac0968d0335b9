"""Convolutions for square images of one channel, whose side is a multiple of four.

Convolutions and ReLU are as in the paper. The paper does not state sizes; docs/decisions has ours.
"""

import math
from collections.abc import Sequence
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from coupled_vae.config.section import Section, Width
from coupled_vae.runtime.errors import UserError
from coupled_vae.science.networks._base import Heads, Normalisation

SHRINK = 4  # two layers of stride two divide the image's side by it


class Config(Section):
    """Sizes of the network.

    Attributes:
        channels: Channels of the layer next to the image; the inner layer has twice as many.
        width: Units of the fully connected layer.
    """

    channels: Annotated[int, Field(ge=1, le=4096)]
    width: Width


class Network:
    """Two convolutions of stride two and a fully connected layer; the decoder is the mirror."""

    def __init__(self, config: Config) -> None:
        self.config = config

    def encoder(self, inputs: int, heads: Sequence[int]) -> Heads:
        """From flat images ``(b, side * side)`` to one ``(b, size)`` per head, with BatchNorm."""
        inner, outer, width = 2 * self.config.channels, self.config.channels, self.config.width
        side = _side(inputs)
        flat = inner * (side // SHRINK) ** 2
        body = nn.Sequential(
            nn.Unflatten(1, (1, side, side)),
            nn.Conv2d(1, outer, kernel_size=4, stride=2, padding=1),
            nn.BatchNorm2d(outer),
            nn.ReLU(),
            nn.Conv2d(outer, inner, kernel_size=4, stride=2, padding=1),
            nn.BatchNorm2d(inner),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(flat, width),
            nn.BatchNorm1d(width),
            nn.ReLU(),
        )
        return Heads(body, width, heads)

    def decoder(self, inputs: int, heads: Sequence[int], normalisation: Normalisation) -> nn.Module:
        """From ``(b, inputs)`` to one flat image ``(b, side * side)`` per head."""
        inner, outer, width = 2 * self.config.channels, self.config.channels, self.config.width
        small = _side(heads[0]) // SHRINK

        def normalised(layer: nn.Module) -> list[nn.Module]:
            return [layer] if normalisation == "batch" else []

        return nn.Sequential(
            nn.Linear(inputs, width),
            *normalised(nn.BatchNorm1d(width)),
            nn.ReLU(),
            nn.Linear(width, inner * small**2),
            nn.Unflatten(1, (inner, small, small)),
            *normalised(nn.BatchNorm2d(inner)),
            nn.ReLU(),
            nn.ConvTranspose2d(inner, outer, kernel_size=4, stride=2, padding=1),
            *normalised(nn.BatchNorm2d(outer)),
            nn.ReLU(),
            nn.ConvTranspose2d(outer, len(heads), kernel_size=4, stride=2, padding=1),
            Channels(),
        )


class Channels(nn.Module):
    """Split the channels into flat images."""

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """``(b, heads, side, side)`` to one ``(b, side * side)`` per head."""
        return torch.unbind(images.flatten(2), dim=1)


def _side(size: int) -> int:
    side = math.isqrt(size)
    if side**2 != size or side % SHRINK:
        raise UserError(
            f"params.yaml: network conv needs square images whose side is a multiple of {SHRINK}, "
            f"but x has {size} coordinates; choose another dataset or network kind"
        )
    return side
