"""Low-discrepancy points of the unit cube, which priors map to their draws."""

import torch
from torch import Tensor


def cube(num: int, dim: int, generator: torch.Generator) -> Tensor:
    """Scrambled Sobol points in the open unit cube, ``(num, dim)``; each by itself is uniform."""
    seed = int(torch.randint(2**31 - 1, (), generator=generator))
    engine = torch.quasirandom.SobolEngine(  # type: ignore[no-untyped-call]
        dim, scramble=True, seed=seed
    )
    edge = torch.finfo(torch.float32).eps
    points: Tensor = engine.draw(num).clamp(edge, 1 - edge)
    return points
