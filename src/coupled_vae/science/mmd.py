r"""Maximum mean discrepancy with the two kernels of the WAE and InfoVAE papers, in torch.

The unbiased U-statistic :math:`E k(a, a') + E k(b, b') - 2 E k(a, b)`, without the diagonal.
``metrics`` has the same statistic in numpy for large samples; a test checks that the two agree.
"""

from collections.abc import Callable

import torch
from torch import Tensor

IMQ_SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


def rbf(squares: Tensor) -> Tensor:
    """exp(-||d||^2 / 4) of squared distances: InfoVAE's kernel at two latent dimensions."""
    return torch.exp(-0.25 * squares)


def imq(squares: Tensor) -> Tensor:
    """Sum of inverse multiquadrics 4 s / (4 s + ||d||^2), WAE's kernel at two dimensions."""
    total = torch.zeros_like(squares)
    for s in IMQ_SCALES:
        total = total + 4 * s / (4 * s + squares)
    return total


def mmd(a: Tensor, b: Tensor, kernel: Callable[[Tensor], Tensor]) -> Tensor:
    """Unbiased squared MMD between samples ``(m, d)`` and ``(n, d)``; a scalar."""
    return _off_diagonal(a, kernel) + _off_diagonal(b, kernel) - 2 * kernel(_squares(a, b)).mean()


def _off_diagonal(a: Tensor, kernel: Callable[[Tensor], Tensor]) -> Tensor:
    values = kernel(_squares(a, a))
    return (values.sum() - values.diagonal().sum()) / (len(a) * (len(a) - 1))


def _squares(a: Tensor, b: Tensor) -> Tensor:
    # Rounding can make one of far codes negative; the inverse multiquadrics then divide by zero.
    lengths = a.square().sum(1)[:, None] + b.square().sum(1)
    return torch.addmm(lengths, a, b.T, alpha=-2).clamp_min(0)
