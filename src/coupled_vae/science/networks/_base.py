"""The interface of an architecture to the models."""

from collections.abc import Sequence
from typing import Literal, Protocol, cast

import torch
from torch import Tensor, nn

Normalisation = Literal["batch", "none"]
Precision = Literal["float32", "bfloat16"]


class Network(Protocol):
    """Builds encoders and decoders: modules from ``(b, inputs)`` to one ``(b, size)`` per head."""

    def encoder(self, inputs: int, heads: Sequence[int]) -> nn.Module:
        """A module from data of ``inputs`` coordinates to outputs of the sizes ``heads``."""

    def decoder(self, inputs: int, heads: Sequence[int], normalisation: Normalisation) -> nn.Module:
        """A module from ``inputs`` latent coordinates to outputs of the sizes ``heads``."""


class Hidden(nn.Sequential):
    """Hidden layers, whose products are of numbers of a given precision where gradients are taken.

    Weights, their gradients and the result stay float32, and so does all that is computed without
    gradients: solves, draws and metrics. A device without bfloat16 products computes in float32.

    Args:
        layers: The layers, in order.
        precision: Of the numbers that are multiplied; sums have float32's.
    """

    def __init__(self, *layers: nn.Module, precision: Precision) -> None:
        super().__init__(*layers)
        self.precision = precision

    def forward(self, inputs: Tensor) -> Tensor:
        """The last layer's output, in float32."""
        half = self.precision == "bfloat16" and torch.is_grad_enabled()
        if not (half and has_bfloat16(inputs.device)):
            return cast(Tensor, super().forward(inputs))  # type: ignore[no-untyped-call]
        with torch.autocast(inputs.device.type, torch.bfloat16):
            return cast(Tensor, super().forward(inputs)).float()  # type: ignore[no-untyped-call]


def has_bfloat16(device: torch.device) -> bool:
    """Whether a device multiplies bfloat16 numbers faster than float32 ones."""
    if device.type == "cpu":
        return bool(torch.cpu._is_avx512_bf16_supported())  # torch has no public question
    return device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)


class Heads(nn.Module):
    """A network with several linear output layers, the heads.

    Args:
        body: Any module from ``(b, inputs)`` to ``(b, features)``.
        features: Width of the body's output.
        heads: Size of each head.
    """

    def __init__(self, body: nn.Module, features: int, heads: Sequence[int]) -> None:
        super().__init__()
        self.body = body
        self.heads = nn.ModuleList(nn.Linear(features, size) for size in heads)

    def forward(self, inputs: Tensor) -> tuple[Tensor, ...]:
        """The heads' outputs, in order, each of shape ``(b, size)``."""
        hidden = self.body(inputs)
        return tuple(head(hidden) for head in self.heads)


def initialise(module: nn.Module, generator: torch.Generator) -> None:
    """Draw all weights and biases from ``generator``, uniform within ``+- 1/sqrt(fan_in)``."""
    for layer in module.modules():
        weight, bias = (getattr(layer, name, None) for name in ("weight", "bias"))
        if weight is not None and weight.dim() > 1:  # the weight of a BatchNorm stays one
            bound = weight[0].numel() ** -0.5
            nn.init.uniform_(weight, -bound, bound, generator)
            if bias is not None:
                nn.init.uniform_(bias, -bound, bound, generator)
