"""Precision, recall, density and coverage of images, against prdc."""

import contextlib
import io

import numpy as np
from numpy.typing import NDArray

from coupled_vae.metrics.images import manifold_scores
from coupled_vae.reporting.performance import Row
from speed.child import Apart, Numbers, Prepared, compete_apart
from speed.race import Check
from speed.settings import Settings

TITLE = "Precision, recall, density, coverage"
NAMES = ("precision", "recall", "density", "coverage")
NEIGHBOURS = 5
PIXELS = 784
# Rounding decides whether a point on a ball's edge is within; ours has distances in float32.
TOLERANCE = 1e-3


def images(n: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Two samples of clustered points, ``(n, 784)``: the second lacks clusters and is wider."""
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((20, PIXELS))
    first = centres[rng.integers(20, size=n)] + 0.5 * rng.standard_normal((n, PIXELS))
    second = centres[rng.integers(15, size=n)] + 0.51 * rng.standard_normal((n, PIXELS))
    return first.astype(np.float32), second.astype(np.float32)


def ours(n: int) -> Prepared:
    """Blocks of distances."""
    real, fake = images(n)

    def run() -> Numbers:
        scores = manifold_scores(real, fake, NEIGHBOURS)
        return [scores[name] for name in NAMES]

    return run


def prdc(n: int) -> Prepared:
    """Whole matrices of distances, each of n by n."""
    from prdc import compute_prdc

    real, fake = images(n)

    def run() -> Numbers:
        with contextlib.redirect_stdout(io.StringIO()):
            scores = compute_prdc(real_features=real, fake_features=fake, nearest_k=NEIGHBOURS)
        return [float(scores[name]) for name in NAMES]

    return run


def rows(settings: Settings) -> list[Row]:
    """Times and peak memory at two sizes; the larger one only where asked for."""
    sizes = [settings.pick(7500, 100)]
    sizes += [settings.pick(60_000, 200)] if settings.long or settings.small else []
    return [row for n in sizes for row in _of(n, settings)]


def _of(n: int, settings: Settings) -> list[Row]:
    refusal = ""
    if n > 20_000:
        refusal = f"its three matrices would take {3 * 4 * n**2 / 1e9:.0f} GB"
    sides = [
        Apart(name="ours", prepare=ours),
        Apart(name="prdc", prepare=prdc, packages=("prdc",), refusal=refusal),
    ]
    row = Row(contest=TITLE, case=f"{n} and {n} points of {PIXELS} coordinates", side="")
    rounds = settings.pick(2, 1) if n < 20_000 else 1
    return compete_apart(row, sides, {"n": n}, same, rounds, here=settings.small)


def same(one: Numbers, other: Numbers) -> Check:
    """Largest difference of a score."""
    apart = max(abs(a - b) for a, b in zip(one, other, strict=True))
    return Check("largest difference of a score", apart, TOLERANCE)
