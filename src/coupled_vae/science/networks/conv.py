"""Convolutions for images of any height and width, of one or three channels.

Convolutions and ReLU are as in the paper. The paper does not state sizes; docs/decisions has ours.
An image is a flat row of values in the order height, width, channel. Sides that are no multiple of
four are padded with zeros in the encoder and cut off in the decoder.
"""

import math
from collections.abc import Sequence
from typing import Annotated

import torch
from pydantic import AfterValidator, Field
from torch import Tensor, nn

from coupled_vae.config.section import Section, Width
from coupled_vae.runtime.errors import UserError
from coupled_vae.science.networks._base import Heads, Hidden, Normalisation, Precision

SHRINK = 4  # two layers of stride two divide the image's sides by it
CHANNELS = (1, 3)


def _is_image(shape: list[int]) -> list[int]:
    if min(shape[:2]) < SHRINK or shape[2] not in CHANNELS:
        raise ValueError(
            f"is no [height, width, channels] with sides of {SHRINK} or more and one or three "
            "channels"
        )
    return shape


Shape = Annotated[list[Width], Field(min_length=3, max_length=3), AfterValidator(_is_image)]


class Config(Section):
    """Sizes of the network.

    Attributes:
        channels: Channels of the layer next to the image; the inner layer has twice as many.
        width: Units of the fully connected layer.
        shape: Height, width and channels of an image; null: square images of one channel.
        precision: Of products in training where the processor has them; the decoder's first and
            last layer have float32's.
    """

    channels: Annotated[int, Field(ge=1, le=4096)]
    width: Width
    shape: Shape | None = None
    precision: Precision = "float32"


class Network:
    """Two convolutions of stride two and a fully connected layer; the decoder is the mirror."""

    def __init__(self, config: Config) -> None:
        self.config = config

    def encoder(self, inputs: int, heads: Sequence[int]) -> Heads:
        """From flat images ``(b, h * w * c)`` to one ``(b, size)`` per head, with BatchNorm."""
        inner, outer, width = 2 * self.config.channels, self.config.channels, self.config.width
        shape = self._shape(inputs)
        body = Hidden(
            _images(shape),
            nn.Conv2d(shape[2], outer, kernel_size=4, stride=2, padding=1),
            nn.BatchNorm2d(outer),
            nn.ReLU(),
            nn.Conv2d(outer, inner, kernel_size=4, stride=2, padding=1),
            nn.BatchNorm2d(inner),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(inner * math.prod(_small(shape)), width),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            precision=self.config.precision,
        )
        return Heads(body, width, heads)

    def decoder(self, inputs: int, heads: Sequence[int], normalisation: Normalisation) -> nn.Module:
        """From ``(b, inputs)`` to one flat image ``(b, h * w * c)`` per head."""
        inner, outer, width = 2 * self.config.channels, self.config.channels, self.config.width
        shape = self._shape(heads[0])
        small = _small(shape)

        def normalised(layer: nn.Module) -> list[nn.Module]:
            return [layer] if normalisation == "batch" else []

        hidden = Hidden(
            nn.Linear(width, inner * math.prod(small)),
            nn.Unflatten(1, (inner, *small)),
            *normalised(nn.BatchNorm2d(inner)),
            nn.ReLU(),
            nn.ConvTranspose2d(inner, outer, kernel_size=4, stride=2, padding=1),
            *normalised(nn.BatchNorm2d(outer)),
            nn.ReLU(),
            precision=self.config.precision,
        )
        return nn.Sequential(
            nn.Linear(inputs, width),
            *normalised(nn.BatchNorm1d(width)),
            nn.ReLU(),
            hidden,
            nn.ConvTranspose2d(outer, len(heads) * shape[2], kernel_size=4, stride=2, padding=1),
            _rows(shape),
        )

    def _shape(self, size: int) -> list[int]:
        """Height, width and channels of images of so many values."""
        side = math.isqrt(size)
        shape = self.config.shape or [side, side, 1]
        if math.prod(shape) == size and side >= SHRINK:
            return shape
        needs = f"of shape {shape}" if self.config.shape else "that are square and of one channel"
        raise UserError(
            f"params.yaml: network conv needs images {needs}, {SHRINK} pixels or more on a side, "
            f"but x has {size} coordinates; write their shape: [height, width, channels] into the "
            "network's args, or choose another dataset or network kind"
        )


class Channels(nn.Module):
    """Split the channels into flat images."""

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """``(b, heads, h, w)`` to one ``(b, h * w)`` per head."""
        return torch.unbind(images.flatten(2), dim=1)


class Padded(nn.Module):
    """Flat images as channels first, with zeros around them.

    Args:
        shape: Height, width and channels of an image.
    """

    def __init__(self, shape: Sequence[int]) -> None:
        super().__init__()
        self.shape = tuple(shape)
        (top, bottom), (left, right) = map(_padding, shape[:2])
        self.pad = nn.ZeroPad2d((left, right, top, bottom))

    def forward(self, rows: Tensor) -> Tensor:
        """``(b, h * w * c)`` to ``(b, c, H, W)``, whose sides are multiples of four."""
        images = rows.reshape(len(rows), *self.shape).movedim(3, 1)
        padded: Tensor = self.pad(images.contiguous())
        return padded


class Cropped(nn.Module):
    """The inverse of ``Padded`` for several images in the channels.

    Args:
        shape: Height, width and channels of an image.
    """

    def __init__(self, shape: Sequence[int]) -> None:
        super().__init__()
        self.height, self.width, self.channels = shape
        self.top, self.left = (_padding(side)[0] for side in shape[:2])

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """``(b, heads * c, H, W)`` to one ``(b, h * w * c)`` per head."""
        inside = images[..., self.top :, self.left :][..., : self.height, : self.width]
        split = inside.reshape(len(images), -1, self.channels, self.height, self.width)
        return torch.unbind(split.movedim(2, 4).flatten(2), dim=1)


def _images(shape: Sequence[int]) -> nn.Module:
    height, width, channels = shape
    plain = channels == 1 and _fits(shape)
    # Without a change of layout, in which sums of convolutions may have another order.
    return nn.Unflatten(1, (1, height, width)) if plain else Padded(shape)


def _rows(shape: Sequence[int]) -> nn.Module:
    return Channels() if shape[2] == 1 and _fits(shape) else Cropped(shape)


def _fits(shape: Sequence[int]) -> bool:
    return all(side % SHRINK == 0 for side in shape[:2])


def _small(shape: Sequence[int]) -> tuple[int, int]:
    """Height and width of the innermost layer."""
    height, width = (-(-side // SHRINK) for side in shape[:2])
    return height, width


def _padding(side: int) -> tuple[int, int]:
    """Rows of zeros before and after a side."""
    missing = -side % SHRINK
    return missing // 2, missing - missing // 2
