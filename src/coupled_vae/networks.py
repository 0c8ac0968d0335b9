"""Bodies of encoder and decoder; no losses."""

from typing import Literal

import torch
from torch import Tensor, nn

from coupled_vae.problem import Network

Normalisation = Literal["batch", "none"]


class TwoHeads(nn.Module):
    """A body with two linear heads: a mean and an unbounded scale parameter.

    Args:
        body: Any module from ``(b, inputs)`` to ``(b, features)``.
        features: Width of the body's output.
        outputs: Size of each head.
    """

    def __init__(self, body: nn.Module, features: int, outputs: int) -> None:
        super().__init__()
        self.body = body
        self.mean = nn.Linear(features, outputs)
        self.scale = nn.Linear(features, outputs)

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and scale parameter, each of shape ``(b, outputs)``."""
        hidden = self.body(inputs)
        return self.mean(hidden), self.scale(hidden)


def mlp(
    inputs: int, outputs: int, network: Network, normalisation: Normalisation = "batch"
) -> TwoHeads:
    """``depth`` fully connected layers with ReLU, and BatchNorm as in the paper (section 5)."""
    layers: list[nn.Module] = []
    for width in [inputs, *[network.width] * (network.depth - 1)]:
        layers.append(nn.Linear(width, network.width))
        if normalisation == "batch":
            layers.append(nn.BatchNorm1d(network.width))
        layers.append(nn.ReLU())
    return TwoHeads(nn.Sequential(*layers), network.width, outputs)


def initialise(module: nn.Module, generator: torch.Generator) -> None:
    """Draw all weights and biases from ``generator``: uniform on ``+- 1/sqrt(fan_in)``."""
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            bound = layer.in_features**-0.5
            with torch.no_grad():
                layer.weight.uniform_(-bound, bound, generator=generator)
                layer.bias.uniform_(-bound, bound, generator=generator)
