"""Indices of minibatches, without repetition within an epoch."""

from collections.abc import Iterator

import torch
from torch import Tensor


def batches(num: int, size: int, steps: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Yield ``steps`` minibatches of indices below ``num``, each of shape ``(min(size, num),)``.

    An epoch is one random permutation. A remainder that is smaller than a minibatch is dropped.
    """
    size, order = min(size, num), torch.empty(0, dtype=torch.int64)
    for _ in range(steps):
        if len(order) < size:
            order = torch.randperm(num, generator=generator)
        chosen, order = order[:size], order[size:]
        yield chosen
