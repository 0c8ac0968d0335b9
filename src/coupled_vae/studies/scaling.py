"""Time and memory of a coupled model's alternation, as data, pool and latent space grow.

Every point is measured in a separate process. Peak memory is measured per process, and memory freed
after one point would hide the memory of the next one.
"""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import TypeVar

import numpy as np
import pandas as pd

from coupled_vae.config.experiments import Scaling
from coupled_vae.data import dataset as datasets
from coupled_vae.pipeline.cell import Cell, Spec
from coupled_vae.pipeline.torch_setup import peak_memory_mb, use_deterministic_kernels
from coupled_vae.pipeline.weights import build
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import write_text
from coupled_vae.science.models._phase import phase_at
from coupled_vae.science.models.cvae import Model
from coupled_vae.science.transport import FixedPoint, Matrix, sweep

T = TypeVar("T")

LINEAR_STEPS = 1  # so that ``start`` is mostly the time of the principal components


@dataclass(frozen=True, kw_only=True)
class Point:
    """The sizes of one measurement: data, prior draws per pool, and latent dimension."""

    n: int
    pool_size: int
    latent_dim: int
    chunked: bool = False


@dataclass(frozen=True, kw_only=True)
class Images:
    """Images in a file of plain float32 numbers; a process reads only the first n of them."""

    path: Path
    width: int

    def first(self, n: int) -> datasets.Dataset:
        """The first n images."""
        x = np.fromfile(self.path, np.float32, count=n * self.width).reshape(n, self.width)
        return datasets.Dataset(x=x, label=np.zeros(n, np.int64))


def scaling(spec: Spec, settings: Scaling, data: Path, out: Path) -> None:
    """Measure every point and write a tidy CSV: ``varies``, the point, ``quantity``, ``value``.

    The quantities are those of ``measure``. A point that belongs to several series is measured once
    and has rows in each series.

    Args:
        spec: The coupled model's problem and arguments.
        settings: The points, and the number of repetitions of each.
        data: The dataset's ``.npz``.
        out: The output file.

    Raises:
        UserError: A process ended without a result.
    """
    series, x = points(settings), datasets.load(data).x
    told: dict[Point, dict[str, float]] = {}
    with TemporaryDirectory() as folder:
        images = Images(path=Path(folder) / "x.float32", width=x.shape[1])
        x.tofile(images.path)
        for point in dict.fromkeys(point for _, point in series):
            told[point] = _apart(point, spec, settings, images)
            print(_sentence(point, told[point]), flush=True)
    rows = [
        {
            "varies": varies,
            **{key: value for key, value in asdict(point).items() if key != "chunked"},
            "held": bool(told[point]["held"]),
            "quantity": quantity,
            "value": value,
            "unit": "MB" if quantity.startswith("memory") else "s",
        }
        for varies, point in series
        for quantity, value in told[point].items()
        if quantity != "held"
    ]
    frame = pd.DataFrame(rows)
    write_text(out, frame.to_csv(index=False, lineterminator="\n", float_format="%.6g"))


def points(settings: Scaling) -> list[tuple[str, Point]]:
    """All series as pairs of name and point.

    In ``n``, ``pool_size`` and ``latent_dim`` this quantity varies; in ``cost`` the cost is not
    stored as a matrix.
    """
    base = {"n": settings.base.count, **settings.base.model_dump(exclude={"count"})}
    lists = {
        "n": settings.counts,
        "pool_size": settings.pool_sizes,
        "latent_dim": settings.latent_dims,
    }
    series = [
        (name, Point(**{**base, name: value})) for name in lists for value in sorted(lists[name])
    ]
    most = {**base, "n": max(settings.counts)}
    return [*series, ("cost", Point(**most, chunked=True))]


def _sentence(point: Point, told: dict[str, float]) -> str:
    cost = "held" if told["held"] else "in blocks"
    return (
        f"n {point.n}, pool {point.pool_size}, latent dimension {point.latent_dim}, cost {cost}: "
        f"{told['update']:.3g} s an update, {told['memory']:.0f} MB"
    )


def _apart(point: Point, spec: Spec, settings: Scaling, images: Images) -> dict[str, float]:
    """Run ``measure`` in a new process."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(measure, point, spec, settings, images).result()
        except BrokenProcessPool:
            raise UserError(
                f"the process that measured {point.n} images, pool {point.pool_size}, latent "
                f"dimension {point.latent_dim} was killed, perhaps out of memory; lower "
                "experiments.scaling in params.yaml"
            ) from None


def measure(point: Point, spec: Spec, settings: Scaling, images: Images) -> dict[str, float]:
    """CPU seconds, as medians over fresh pools, and memory of this process in megabytes.

    CPU seconds of a single thread, as in training: they hardly depend on other programs.

    Returns:
        ``cost``: decode the pool, and compute the cost if it is stored. ``update``: one pass and
        the step of the potential. ``statistics``: the pass that computes the decoder's targets.
        ``decoder_step``: one Adam step. ``pool``: the sum of these, each as often as training does
        it on one pool. ``start``: the principal components at the start of training.
        ``memory_empty``: memory of the process before the data are read. ``memory``: peak memory of
        the alternation. ``memory_training``: peak memory with the start of training and the data's
        checksum included. ``held``: 1 where the cost is stored as a matrix.
    """
    use_deterministic_kernels()
    model, empty = _model(point, spec, settings, images)
    pools, held = zip(
        *(_pool(model, settings.updates) for _ in range(settings.repeats)), strict=True
    )
    told = {name: median(own[name] for own in pools) for name in pools[0]}
    config = model.config
    told["pool"] = (
        told["cost"]
        + config.updates * told["update"]
        + told["statistics"]
        + config.decoder_steps * told["decoder_step"]
    )
    memory = peak_mb()
    start, _ = _timed(model.fit_linear_map)
    images.first(point.n).digest()
    return {
        **told,
        "start": start,
        "memory_empty": empty,
        "memory": memory,
        "memory_training": peak_mb(),
        "held": float(all(held)),
    }


def _model(point: Point, spec: Spec, settings: Scaling, images: Images) -> tuple[Model, float]:
    """An untrained model on the first n data, and the process's memory in MB before the data."""
    args = {**spec.args, "pool_size": point.pool_size, "linear_steps": LINEAR_STEPS}
    if point.chunked:
        args |= settings.chunked.model_dump()
    problem = spec.problem.model_copy(update={"latent_dim": point.latent_dim})
    cell = Cell(dataset=settings.dataset, model=settings.model, seed=0)
    own = spec.model_copy(update={"problem": problem, "args": args})
    empty = peak_mb()
    model = build(cell, own, images.first(point.n))
    assert isinstance(model, Model), "params.yaml was checked"
    model.prepare()
    return model, empty


def _pool(model: Model, updates: int) -> tuple[dict[str, float], bool]:
    """Seconds of each part of an iteration on a fresh pool, and whether its cost was stored.

    The cost has the temperature of the start of training, and v is kept from pool to pool.
    Otherwise most data would be far from all draws of an untrained decoder, and their updates would
    take the slower computation in the log domain, which training hardly needs.
    """
    config, phase = model.config, phase_at(model.config, 0)
    z = model.prior.sobol(config.pool_size, model.generator)
    cost, pool = _timed(lambda: model.against_data(z, phase))
    problem = pool.transport
    solver = FixedPoint(steps=updates, scaling=1)
    solving, model.v = _timed(lambda: solver.round(problem, model.v))
    statistics, (_, means) = _timed(lambda: sweep(model.v, problem, model.features))
    moving, _ = _timed(lambda: model.decoder_steps(z, means, phase, progress=0))
    told = {
        "cost": cost,
        "update": solving / updates,
        "statistics": statistics,
        "decoder_step": moving / config.decoder_steps,
    }
    return told, isinstance(problem.cost, Matrix)


def _timed(action: Callable[[], T]) -> tuple[float, T]:
    start = process_time()
    result = action()
    return process_time() - start, result


def peak_mb() -> float:
    """Largest resident set of this process so far, in MB.

    On Linux not ``ru_maxrss``, which for a new process starts at the value of its parent.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return next(float(line.split()[1]) / 2**10 for line in lines if "VmHWM" in line)
    except (OSError, StopIteration):
        return peak_memory_mb()
