"""Draw from a trained model all that evaluation and figures need, so that they need no torch."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from coupled_vae import dataset as datasets
from coupled_vae.build import build, load_weights, use_deterministic_cpu
from coupled_vae.cell import Cell, Spec
from coupled_vae.dataset import Dataset
from coupled_vae.errors import UserError
from coupled_vae.files import Arrays, write_arrays
from coupled_vae.measurement import Evaluation
from coupled_vae.models._base import LatentVariableModel


def draw(
    cell: Cell, spec: Spec, evaluation: Evaluation, data: Path, weights: Path, out: Path
) -> None:
    """Load a cell's weights and write its ``draws.npz``."""
    use_deterministic_cpu()
    dataset = datasets.load(data)
    if evaluation.posterior_datum >= len(dataset.x):
        raise UserError(
            f"params.yaml: evaluation.posterior_datum {evaluation.posterior_datum} is not a datum; "
            f"{cell.dataset} has 0 to {len(dataset.x) - 1}"
        )
    model = build(cell, spec, dataset)
    load_weights(weights, model, cell)
    generator = torch.Generator().manual_seed(cell.entropy("draw"))
    write_arrays(out, draws(model, dataset, evaluation, generator))


@torch.no_grad()
def draws(
    model: LatentVariableModel,
    dataset: Dataset,
    evaluation: Evaluation,
    generator: torch.Generator,
) -> Arrays:
    """Everything drawn from one model.

    Returns:
        ``sample`` x ~ p(x|z), z ~ p(z), and ``sample_mean`` E[x|z] of the same z, ``(m, d)``;
        ``sobol_sample`` x ~ p(x|z) at one set of ``w2_draws`` scrambled Sobol draws z;
        ``prior`` and ``prior_other``, two independent sets of prior draws, and ``aggregate``,
        z ~ q(z|x) with x ~ data, each ``(m, latent_dim)``;
        of every datum, in order: ``latent_mean`` E_q[z|x], ``reconstruction`` E[x|z] at one
        z ~ q(z|x), and ``reconstruction_nll`` -log p(x|z) at the same z, in nats;
        ``posterior_axis`` ``(g,)`` and ``posterior_density`` ``(g, g)`` of one datum, indexed
        [z2, z1] (two latent dimensions only; else empty).
    """
    m = evaluation.num_draws
    x = torch.from_numpy(dataset.x)
    decoded = model.decode(model.prior.sample(m, generator))
    ancestors = torch.randint(len(x), (m,), generator=generator)
    even = model.prior.sobol(evaluation.w2_draws, generator)
    codes = model.sample_posterior(x, generator)
    decoded_codes = model.decode(codes)
    axis, density = _posterior_density(model, x[evaluation.posterior_datum], evaluation)
    tensors = {
        "sample": model.likelihood.sample(decoded, generator),
        "sample_mean": model.likelihood.mean(decoded),
        "sobol_sample": model.likelihood.sample(model.decode(even), generator),
        "prior": model.prior.sample(m, generator),
        "prior_other": model.prior.sample(m, generator),
        "aggregate": model.sample_posterior(x[ancestors], generator),
        "latent_mean": model.posterior_mean(x),
        "reconstruction": model.likelihood.mean(decoded_codes),
        "reconstruction_nll": -model.likelihood.log_prob(x, decoded_codes),
        "posterior_axis": axis,
        "posterior_density": density,
    }
    return {name: tensor.numpy().astype(np.float32) for name, tensor in tensors.items()}


def _posterior_density(
    model: LatentVariableModel, x: Tensor, evaluation: Evaluation
) -> tuple[Tensor, Tensor]:
    if model.problem.latent_dim != 2:
        return torch.empty(0), torch.empty(0, 0)
    extent, size = evaluation.posterior_extent, evaluation.posterior_grid
    axis = torch.linspace(-extent, extent, size)
    second, first = torch.meshgrid(axis, axis, indexing="ij")
    points = torch.stack([first.ravel(), second.ravel()], dim=1)
    return axis, model.posterior_log_density(x, points).exp().reshape(size, size)
