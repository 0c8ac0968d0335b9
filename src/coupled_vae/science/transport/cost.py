"""Costs of a pool of prior draws against the data, computed block by block.

A solver never needs the whole matrix. Computing a block again in the processor's cache is several
times faster than reading a stored matrix from memory, and it bounds the memory at any problem
size. A stored matrix is faster only where a block is expensive because of many features.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


class Cost(Protocol):
    """C[b, i] of m prior draws against n data."""

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n)."""

    @property
    def dtype(self) -> torch.dtype:
        """Type of the entries."""

    def scores(self, rows: slice, bias: Tensor, eps: float, out: Tensor) -> Tensor:
        """Write ``bias - C[rows] / eps`` into ``out``, shape ``(len(rows), n)``, and return it."""

    def columns(self, chosen: Tensor) -> Tensor:
        """C[:, chosen], shape ``(m, k)``; for a small number k of data only."""

    def draws(self, chosen: Tensor) -> "Cost":
        """The cost of some of the draws against all data."""


@dataclass(frozen=True)
class Matrix:
    """A cost held as a matrix ``(m, n)``."""

    values: Tensor

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n)."""
        return self.values.shape[0], self.values.shape[1]

    @property
    def dtype(self) -> torch.dtype:
        """Type of the entries."""
        return self.values.dtype

    def scores(self, rows: slice, bias: Tensor, eps: float, out: Tensor) -> Tensor:
        """Write ``bias - C[rows] / eps`` into ``out``, shape ``(len(rows), n)``, and return it."""
        torch.div(self.values[rows], -eps, out=out)
        return out.add_(bias)

    def columns(self, chosen: Tensor) -> Tensor:
        """C[:, chosen], shape ``(m, k)``."""
        return self.values[:, chosen]

    def draws(self, chosen: Tensor) -> "Matrix":
        """The cost of some of the draws against all data."""
        return Matrix(self.values[chosen])


@dataclass(frozen=True)
class Bilinear:
    """C = coefficients @ features.T, the form of every exponential-family likelihood.

    Attributes:
        coefficients: One row for each prior draw, shape ``(m, k)``.
        features: Sufficient statistics of the data, shape ``(n, k)``.
    """

    coefficients: Tensor
    features: Tensor

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n)."""
        return len(self.coefficients), len(self.features)

    @property
    def dtype(self) -> torch.dtype:
        """Type of the entries."""
        return self.coefficients.dtype

    def scores(self, rows: slice, bias: Tensor, eps: float, out: Tensor) -> Tensor:
        """Write ``bias - C[rows] / eps`` into ``out``, shape ``(len(rows), n)``, and return it."""
        block = self.coefficients[rows]
        return torch.addmm(bias, block, self.features.T, alpha=-1 / eps, out=out)

    def columns(self, chosen: Tensor) -> Tensor:
        """C[:, chosen], shape ``(m, k)``."""
        return self.coefficients @ self.features[chosen].T

    def draws(self, chosen: Tensor) -> "Bilinear":
        """The cost of some of the draws against all data."""
        return Bilinear(self.coefficients[chosen], self.features)

    def held(self) -> Matrix:
        """The same cost as a stored matrix: faster where features are many, if memory allows."""
        return Matrix(self.coefficients @ self.features.T)
