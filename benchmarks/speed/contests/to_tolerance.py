"""Solve the transport of a trained C-VAE until the marginal error is small, cold and warm.

A cold start is from zero, a warm one from the potential that training has left. The data marginal
of the draws' exact plan is in error by the sum of absolute differences, for all sides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from coupled_vae.config.load import load
from coupled_vae.data import dataset
from coupled_vae.pipeline.cell import Cell, Spec
from coupled_vae.pipeline.torch_setup import use_deterministic_kernels
from coupled_vae.pipeline.weights import build, load_weights
from coupled_vae.reporting.performance import Row
from coupled_vae.runtime.project import TOP
from coupled_vae.science.models import cvae
from coupled_vae.science.models._phase import phase_at
from coupled_vae.science.transport import (
    Anderson,
    FixedPoint,
    Problem,
    error_of,
    soft_c_transform,
)
from speed import ott_sinkhorn
from speed.race import Check, Side, compete
from speed.settings import Settings

JAX = ("jax", "ott")
TITLE = "Entropic transport of a trained decoder, to a marginal error"
TOLERANCE = 1e-3
GEOMLOSS_STEPS = 50  # each is as slow as seven of OTT's


@dataclass(frozen=True)
class Start:
    """A transport problem and the potential on the data from which all sides start.

    Attributes:
        transport: Draws of the prior against all data; weights are equal.
        cost: Its cost as a matrix, shape ``(m, n)``.
        v: The start, shape ``(n,)``.
        steps: Largest number of updates.
    """

    transport: Problem
    cost: Tensor
    v: Tensor
    steps: int

    @property
    def u(self) -> Tensor:
        """The draws' potential at the start, shape ``(m,)``."""
        return soft_c_transform(self.v, self.transport)


@torch.no_grad()
def trained(run: Path, draws: int) -> tuple[Problem, Tensor]:
    """The problem of a finished run on fresh draws, and its potential on the data."""
    cell = Cell.parse("/".join(run.parts[-3:]))
    params = load(TOP / "params.yaml")
    args = params.args(cell.model, cell.dataset)
    spec = Spec(problem=params.datasets[cell.dataset].problem, kind="cvae", args=args)
    data = dataset.load(run.parents[3] / "data" / f"{cell.dataset}.npz")
    model = build(cell, spec, data)
    assert isinstance(model, cvae.Model)
    load_weights(run / "weights.pt", model, cell)
    pool = model.prior.sobol(draws, torch.Generator().manual_seed(1))
    return model.against_data(pool, phase_at(model.config, 1)).transport, model.v


def ours(start: Start) -> Callable[[], Tensor]:
    """Anderson acceleration of the semi-dual's fixed point."""
    solver = Anderson(depth=10, max_steps=start.steps, tolerance=TOLERANCE)
    return lambda: solver.solve(start.transport, start.v).v


def plain(start: Start) -> Callable[[], Tensor]:
    """Our plain updates, in rounds of ten, as the peers look at their error."""
    solver = FixedPoint(steps=10, scaling=1, max_rounds=start.steps // 10, tolerance=TOLERANCE)
    return lambda: solver.solve(start.transport, start.v).v


def ott(start: Start, *, scheduled: bool = False, **options: object) -> Callable[[], Tensor]:
    """OTT-JAX in the log domain."""
    options = {"max_iterations": start.steps, "threshold": TOLERANCE, **options}
    solve = ott_sinkhorn.solver(start.cost, start.transport.eps, options, scheduled=scheduled)
    u = start.u
    return lambda: ott_sinkhorn.to_torch(solve(u, start.v)[1])


def ott_momentum(start: Start) -> Callable[[], Tensor]:
    """OTT-JAX with momentum that adapts itself."""
    from ott.solvers.linear.acceleration import Momentum

    return ott(start, momentum=Momentum(start=50))


def ott_anderson(start: Start) -> Callable[[], Tensor]:
    """OTT-JAX with its Anderson acceleration."""
    from ott.solvers.linear.acceleration import AndersonAcceleration

    return ott(start, anderson=AndersonAcceleration(memory=5))


def geomloss(start: Start) -> Callable[[], Tensor]:
    """GeomLoss with a strength that falls over all its updates; it cannot start warm."""
    from geomloss import ot

    a, b = (torch.full((size,), 1 / size).double() for size in start.cost.shape)
    weights = (a / a.sum()).float(), (b / b.sum()).float()

    def run() -> Tensor:
        options = {"reg": start.transport.eps, "max_iter": GEOMLOSS_STEPS}
        v: Tensor = ot.solve(start.cost, a=weights[0], b=weights[1], **options).potential_b
        return v

    return run


def pot(start: Start) -> str:
    """POT is left out: its updates are those of ours without acceleration, and much slower."""
    return "its updates are our plain ones and slower, see the first table"


def sides(start: Start, *, warm: bool) -> list[Side[Tensor]]:
    """Ours and the peers; GeomLoss has no warm start."""

    def check(_: Tensor, v: Tensor) -> Check:
        # A tenth more: a peer may sum the same shares in another order.
        return Check("marginal error", error_of(v, start.transport), 1.1 * TOLERANCE)

    peers: dict[str, tuple[Callable[[], Callable[[], Tensor] | str], tuple[str, ...]]] = {
        "ours, plain updates": (lambda: plain(start), ()),
        "OTT-JAX": (lambda: ott(start), JAX),
        "OTT-JAX, momentum": (lambda: ott_momentum(start), JAX),
        "OTT-JAX, Anderson": (lambda: ott_anderson(start), JAX),
        "OTT-JAX, falling eps": (lambda: ott(start, scheduled=True), JAX),
        "POT": (lambda: pot(start), ()),
    }
    if not warm:
        peers["GeomLoss, falling eps"] = lambda: geomloss(start), ("geomloss",)
    found = [Side(name="ours, Anderson", build=lambda: ours(start))]
    return found + [
        Side(name=name, build=build, packages=packages, check=check)
        for name, (build, packages) in peers.items()
    ]


def rows(settings: Settings) -> list[Row]:
    """Times of all solvers on each trained run."""
    use_deterministic_kernels()
    return [row for run in settings.trained for row in _of(run, settings)]


def _of(run: Path, settings: Settings) -> list[Row]:
    if not (run / "weights.pt").exists():
        note = "not measured: the run is missing; make reproduce trains it"
        return [Row(contest=TITLE, case="/".join(run.parts[-3:]), side="all", note=note)]
    transport, v = trained(run, settings.pick(1024, 64))
    steps = settings.pick(1000, 20)
    cost = transport.cost.columns(torch.arange(len(v)))
    found = []
    for name, start in (("cold", torch.zeros_like(v)), ("warm", v)):
        case = (
            f"{'/'.join(run.parts[-3:])}, {name} start: {len(cost)} draws by {len(v)} data, eps 1, "
            f"to a marginal error of {TOLERANCE:g} in at most {steps} updates"
        )
        contestants = sides(Start(transport, cost, start, steps), warm=name == "warm")
        found += compete(TITLE, case, contestants, settings.effort(rounds=3, budget=10))
    return found
