"""MMD and the 2-Wasserstein distance of two samples of the mixture, exactly."""

import numpy as np
from numpy.typing import NDArray

from coupled_vae.metrics.discrepancy import mmd, rbf
from coupled_vae.metrics.transport_distance import w2
from coupled_vae.reporting.performance import Row
from coupled_vae.runtime.machine import keep_torch_out_of_pot
from speed.child import Apart, Numbers, Prepared, compete_apart
from speed.race import Check
from speed.settings import Settings

TITLE = "Distances of two samples in the plane"
BLOCK = 1000
# Ours has its kernel in float32, scikit-learn in float64; an MMD is a difference of sums near one.
MMD_TOLERANCE, W2_TOLERANCE = 1e-6, 1e-6

Sample = NDArray[np.float32]


def samples(n: int) -> tuple[Sample, Sample]:
    """Points of 25 modes, and points of 24 of them with twice the spread, each ``(n, 2)``."""
    rng = np.random.default_rng(0)
    grid = np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0)), -1).reshape(-1, 2) - 2
    first = grid[rng.integers(25, size=n)] + 0.05 * rng.standard_normal((n, 2))
    second = grid[rng.integers(24, size=n)] + 0.1 * rng.standard_normal((n, 2))
    return first.astype(np.float32), second.astype(np.float32)


def our_mmd(n: int) -> Prepared:
    """Blocks, with a standard error."""
    a, b = samples(n)
    return lambda: [mmd(a, b, [rbf])[0].value]


def sklearn_mmd(n: int, block: int = 0) -> Prepared:
    """The same statistic by kernel matrices, whole or in blocks of rows."""
    from sklearn.metrics.pairwise import rbf_kernel

    a, b = samples(n)
    size = block or n

    def total(x: Sample, y: Sample) -> float:
        parts = (x[start : start + size] for start in range(0, n, size))
        return sum(float(rbf_kernel(part, y, gamma=0.25).sum(dtype=np.float64)) for part in parts)

    def run() -> Numbers:
        within = sum((total(x, x) - n) / (n * (n - 1)) for x in (a, b))
        return [within - 2 * total(a, b) / n**2]

    return run


def sklearn_mmd_in_blocks(n: int) -> Prepared:
    """For samples whose whole matrices would take tens of gigabytes."""
    return sklearn_mmd(n, BLOCK)


def our_w2(n: int) -> Prepared:
    """POT, with all pivots that it needs."""
    keep_torch_out_of_pot()
    import ot  # noqa: F401  the time of an import is no part of a distance

    a, b = samples(n)
    return lambda: [w2(a, b)]


def pot_w2(n: int) -> Prepared:
    """POT called plainly."""
    keep_torch_out_of_pot()
    import ot

    a, b = (part.astype(np.float64) for part in samples(n))
    return lambda: [float(ot.emd2([], [], ot.dist(a, b), numItermax=10**8)) ** 0.5]


def scipy_w2(n: int) -> Prepared:
    """SciPy's assignment: with equal weights and sizes it is the same problem."""
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    a, b = samples(n)

    def run() -> Numbers:
        squares = cdist(a, b, "sqeuclidean")
        return [float(squares[linear_sum_assignment(squares)].mean()) ** 0.5]

    return run


def rows(settings: Settings) -> list[Row]:
    """Times and peak memory of all sides."""
    n, many = settings.pick(7500, 200), settings.pick(60_000, 400)
    rounds, here = settings.pick(3, 1), settings.small
    matrix = f"one kernel matrix would take {8 * many**2 / 1e9:.1f} GB"
    slow = "" if settings.long or settings.small else "only with --long"
    whole = Apart(name="scikit-learn, whole matrices", prepare=sklearn_mmd)
    blocks = Apart(name="scikit-learn, blocks of rows", prepare=sklearn_mmd_in_blocks, refusal=slow)
    ours = Apart(name="ours", prepare=our_mmd)
    small, large = [ours, whole], [ours, Apart(name=whole.name, prepare=whole.prepare), blocks]
    if many > 20_000:
        large[1] = Apart(name=whole.name, prepare=whole.prepare, refusal=matrix)
    mmd_row = Row(contest=TITLE, case=f"MMD, Gaussian kernel, {n} points each", side="")
    many_row = Row(contest=TITLE, case=f"MMD, Gaussian kernel, {many} points each", side="")
    w2_row = Row(contest=TITLE, case=f"W2, exact, {n} points each", side="")
    transports = [
        Apart(name="ours", prepare=our_w2),
        Apart(name="POT, emd2", prepare=pot_w2),
        Apart(name="SciPy, linear_sum_assignment", prepare=scipy_w2, refusal=slow),
    ]
    return [
        *compete_apart(mmd_row, small, {"n": n}, same_mmd, rounds, here=here),
        *compete_apart(many_row, large, {"n": many}, same_mmd, 1, here=here),
        *compete_apart(w2_row, transports, {"n": n}, same_w2, 1, here=here),
    ]


def same_mmd(one: Numbers, other: Numbers) -> Check:
    """Difference of two squared MMDs."""
    return Check("difference of the squared MMD", abs(one[0] - other[0]), MMD_TOLERANCE)


def same_w2(one: Numbers, other: Numbers) -> Check:
    """Difference of two distances."""
    return Check("difference of W2", abs(one[0] - other[0]), W2_TOLERANCE)
