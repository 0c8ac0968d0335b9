"""Random batches of places, in which none stands again before all others have had their turn."""

from collections.abc import Iterator

import torch
from torch import Tensor


def batches(num: int, size: int, steps: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Batch after batch of ``size`` places among ``num``, or of all where there are fewer.

    A shuffled order's rest that is shorter than a batch is left out.
    """
    size, order = min(size, num), torch.empty(0, dtype=torch.int64)
    for _ in range(steps):
        if len(order) < size:
            order = torch.randperm(num, generator=generator)
        chosen, order = order[:size], order[size:]
        yield chosen
