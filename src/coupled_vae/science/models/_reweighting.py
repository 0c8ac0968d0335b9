r"""The posterior of eq. 20: the prior reweighted, over a pool of its draws.

.. math:: q(z_b|x) \propto \exp((u_b - C_b(x)) / \varepsilon)

The weights are normalised over the pool, which is the effect of v(x), the soft c-transform. So
data outside the training set need no stored potential.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

BLOCK_ENTRIES = 2**20


@dataclass(frozen=True, kw_only=True)
class Reweighting:
    """Importance weights over a pool of prior draws.

    Attributes:
        z: The pool, shape ``(m, latent_dim)``.
        u: Potential on the pool, the draws' log-weights included, shape ``(m,)``.
        coefficients: Coefficients of the pool's cost on the data's features, shape ``(m, k)``.
        eps: Entropic strength.
    """

    z: Tensor
    u: Tensor
    coefficients: Tensor
    eps: float

    def weights(self, features: Tensor) -> Tensor:
        """Weights of the pool for each datum, ``(b, k)`` to ``(b, m)``; rows sum to one."""
        scores = torch.addmm(self.u / self.eps, features, self.coefficients.T, alpha=-1 / self.eps)
        return torch.softmax(scores, dim=1)

    def draw(self, features: Tensor, num: int, generator: torch.Generator) -> Tensor:
        """Indices into the pool of draws z ~ q(z|x) for each datum, ``(b, k)`` to ``(b, num)``."""
        chosen = []
        for block in self._blocks(features):
            # On the CPU, where the generator is: cumsum on a GPU is not reproducible to the bit.
            cumulated = self.weights(block).cpu().cumsum(1)
            uniform = torch.rand(len(block), num, generator=generator) * cumulated[:, -1:]
            chosen.append(torch.searchsorted(cumulated, uniform, right=True))
        return torch.cat(chosen).clamp_max(len(self.z) - 1)

    def mean(self, features: Tensor) -> Tensor:
        """E[z|x] under q, ``(b, k)`` to ``(b, latent_dim)``."""
        return torch.cat([self.weights(block) @ self.z for block in self._blocks(features)])

    def _blocks(self, features: Tensor) -> Iterator[Tensor]:
        """Data in blocks whose weights fit into memory."""
        yield from torch.split(features, max(1, BLOCK_ENTRIES // len(self.z)))
