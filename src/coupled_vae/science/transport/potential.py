"""Networks for the dual potentials."""

import math

import torch
from torch import Tensor, nn


class Potential(nn.Module):
    r"""A potential as a network: the soft minimum of affine functions of the cost's coordinates.

    .. math:: u(y) = -\varepsilon \log \frac1K \sum_k \exp((b_k - a_k \cdot y) / \varepsilon)

    For a cost that is bilinear in coordinates y of one side and a of the other, the optimal
    potential has exactly this form, with one unit for each point of the other side (paper eq. 11).
    Here K units approximate it. At the start, a_k are the coordinates of K points, the ``anchors``,
    and b_k the other potential at these points. The network learns the deviations from this start.
    Such log-sum-exp networks approximate any function of this kind (Calafiore et al. 2020).
    Parameters are in units of eps, so a step of Adam moves a value by about its learning rate
    times eps at any scale of the cost.

    Args:
        anchors: Coordinates of K points of the other side, shape ``(K, dim)``.
        eps: Entropic strength.
    """

    anchors: Tensor
    values: Tensor
    spread: Tensor

    def __init__(self, anchors: Tensor, eps: float) -> None:
        super().__init__()
        self.eps = eps
        self.register_buffer("anchors", anchors)
        self.register_buffer("values", anchors.new_zeros(len(anchors)))
        self.register_buffer("spread", anchors.new_ones(anchors.shape[1]))
        self.shifts = nn.Parameter(torch.zeros_like(anchors))
        self.offsets = nn.Parameter(anchors.new_zeros(len(anchors)))

    def forward(self, inputs: Tensor) -> Tensor:
        """The potential at the given coordinates, ``(b, dim)`` to ``(b,)``, in nats."""
        units = self.anchors / self.eps + self.shifts / self.spread
        offsets = self.values / self.eps + self.offsets
        scores = torch.addmm(offsets, inputs, units.T, alpha=-1)
        return -self.eps * (torch.logsumexp(scores, dim=1) - math.log(len(units)))

    @torch.no_grad()
    def follow(self, anchors: Tensor, values: Tensor, inputs: Tensor) -> None:
        """Reset the parameters for a changed cost and a changed potential of the other side.

        Args:
            anchors: Coordinates of the same K points, shape ``(K, dim)``.
            values: The other side's potential at them in nats, shape ``(K,)``.
            inputs: Coordinates of points of this potential's side, shape ``(m, dim)``.
        """
        self.anchors, self.values = anchors, values
        self.spread = inputs.square().mean(0).sqrt().clamp_min(torch.finfo(inputs.dtype).tiny)
        for parameter in self.parameters():
            parameter.zero_()


class Potentials(nn.Module):
    """A network for u(z), with units at data, and if ``both`` one for v(x), with units at draws.

    Args:
        features: Coordinates of the data, shape ``(n, dim)``.
        width: Units of a network. That for u has at most n units.
        both: Whether v is a network as well.
        eps: Entropic strength.
        generator: Picks the data at which u's units start.
    """

    chosen: Tensor

    def __init__(
        self, features: Tensor, width: int, both: bool, eps: float, generator: torch.Generator
    ) -> None:
        super().__init__()
        chosen = torch.randperm(len(features), generator=generator)[:width].to(features.device)
        self.register_buffer("chosen", chosen)
        self.width = width
        self.u = Potential(features[chosen], eps)
        self.v = Potential(features.new_zeros(width, features.shape[1]), eps) if both else None

    @torch.no_grad()
    def follow(self, v: Tensor, features: Tensor, coefficients: Tensor) -> None:
        """Reset the networks for a potential on the data and the cost of a pool.

        Args:
            v: Potential on the data in nats, shape ``(n,)``.
            features: Coordinates of the data, shape ``(n, dim)``.
            coefficients: Coordinates of the draws, shape ``(m, dim)``, in random order or that of a
                Sobol sequence: v's units start at the first of them, which must cover the prior.
        """
        self.u.follow(features[self.chosen], v[self.chosen], coefficients)
        if self.v:
            first = coefficients[torch.arange(self.width) % len(coefficients)]
            self.v.follow(first, self.u(first), features)
