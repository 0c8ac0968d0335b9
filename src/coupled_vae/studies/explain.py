r"""The paper's explanations of blur and of posterior collapse, measured on trained models.

Blur: at one z the optimal mean of a Gaussian decoder is the mean of all data weighted by the
coupling, :math:`\sum_i \chi_i(z) x_i` (Prop. 3.1). Where distant data share a z, this mean lies
between them. Collapse: as the decoder depends less on z, so does the cost, and the optimal plan
tends to the independent one, :math:`\pi = p \otimes p_z`: every posterior equals the prior.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from coupled_vae.config.experiments import Explanations
from coupled_vae.data import dataset as datasets
from coupled_vae.pipeline.cell import Cell, Spec
from coupled_vae.pipeline.torch_setup import use_deterministic_kernels
from coupled_vae.pipeline.weights import build, load_weights
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import write_text
from coupled_vae.science.models._base import LatentVariableModel
from coupled_vae.science.models.cvae import Model as Coupled
from coupled_vae.science.transport import Anderson, Bilinear, Problem, error_of, responsibilities
from coupled_vae.studies.solver_comparison import compare


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A trained cell: its specification and the file of its weights."""

    cell: Cell
    spec: Spec
    weights: Path


def explain(cells: list[Trained], settings: Explanations, data: Path, out: Path) -> None:
    """Write ``draws.csv`` for all cells, and ``plans.csv`` and ``solvers.csv`` for the last one.

    Args:
        cells: Models of any kind; the last one must be a coupled model.
        settings: Numbers of draws, and the shares of the decoder's dependence on z to keep.
        data: The dataset's ``.npz``; its data are points.
        out: The output folder.
    """
    use_deterministic_kernels()
    dataset = datasets.load(data)
    blurs = []
    for trained in cells:
        model = build(trained.cell, trained.spec, dataset)
        load_weights(trained.weights, model, trained.cell)
        generator = torch.Generator().manual_seed(trained.cell.entropy("explain"))
        z = model.prior.sobol(settings.draws, generator)
        blurs.append(blur(model, z).assign(model=trained.cell.model))
    _write(out / "draws.csv", pd.concat(blurs))
    _write(out / "plans.csv", collapse(model, z, settings))
    z = model.prior.sobol(settings.solvers.draws, generator)
    with torch.no_grad():
        coupled = _coupled(model)
        cost = _cost(coupled, model.decode(z))
        rows = compare(cost, coupled.log_p, coupled.config.eps, settings.solvers)
        _write(out / "solvers.csv", rows)


@torch.no_grad()
def blur(model: LatentVariableModel, z: Tensor) -> pd.DataFrame:
    """For each draw the decoder's mean, the weighted mean of the data, and the data's spread."""
    decoded = model.likelihood.mean(model.decode(z))
    chi = shares(model, z)
    mean = chi @ model.x
    squares = chi @ model.x.square() - mean.square()
    columns = {"z": z, "decoded": decoded, "mean": mean}
    frame = {f"{name}{k + 1}": t[:, k] for name, t in columns.items() for k in range(t.shape[1])}
    return pd.DataFrame({**frame, "spread": squares.sum(1).clamp_min(0).sqrt()})


def shares(model: LatentVariableModel, z: Tensor) -> Tensor:
    """Share of each datum in each draw, ``(m, n)``; rows sum to one.

    For a coupled model it is chi of the plan. For any other model it follows from q(z|x_i) by
    Bayes' theorem, with equal weights of the data.
    """
    if isinstance(model, Coupled):
        return responsibilities(model.v, _problem(model, model.decode(z)))
    return torch.softmax(model.posterior_log_densities(model.x, z), dim=1)


def _coupled(model: LatentVariableModel) -> Coupled:
    assert isinstance(model, Coupled), "params.yaml was checked"
    return model


@torch.no_grad()
def collapse(model: LatentVariableModel, z: Tensor, settings: Explanations) -> pd.DataFrame:
    """Mutual information of the optimal plan for decoders between a constant and the trained one.

    A decoder's output is the mean over the draws plus ``memory`` times the deviation from it.

    Returns:
        ``memory``, from 0 (constant) to 1 (trained); ``information``, the mutual information of z
        and x under the optimal plan, in nats; ``total_variation``, the distance of the plan from
        the independent one; and the ``marginal_error`` of the solve.
    """
    heads = model.decode(z)
    solver = Anderson(depth=10, max_steps=settings.updates, tolerance=1e-4)
    rows, v = [], torch.zeros(len(model.x))
    for memory in sorted(settings.memory):
        forgetful = tuple(head.mean(0) + memory * (head - head.mean(0)) for head in heads)
        problem = _problem(_coupled(model), forgetful)
        v = solver.solve(problem, v).v
        chi, p = responsibilities(v, problem), problem.log_p.exp()
        information = torch.xlogy(chi, chi / p).sum(1).mean().clamp_min(0)
        rows.append(
            {
                "memory": memory,
                "information": float(information),
                "total_variation": float(0.5 * (chi - p).abs().sum(1).mean()),
                "marginal_error": error_of(v, problem),
            }
        )
    return pd.DataFrame(rows)


def _problem(model: Coupled, decoded: tuple[Tensor, ...]) -> Problem:
    """The transport problem between draws and training data for a decoder's output."""
    return Problem(cost=_cost(model, decoded), log_p=model.log_p, eps=model.config.eps)


def _cost(model: Coupled, decoded: tuple[Tensor, ...]) -> Bilinear:
    return Bilinear(model.likelihood.coefficients(decoded), model.likelihood.features(model.x))


def _write(path: Path, frame: pd.DataFrame) -> None:
    numbers = frame.select_dtypes("number")
    bad = [str(name) for name in numbers if not np.isfinite(numbers[name]).all()]
    if bad:
        raise UserError(
            f"{path}: {', '.join(bad)} would not be finite; the file was not written; look at the "
            "models of experiments.explanations in params.yaml"
        )
    write_text(path, frame.to_csv(index=False, lineterminator="\n", float_format="%.7g"))
