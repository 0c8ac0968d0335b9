"""Draw from a trained model everything for evaluation and figures, which then need no torch."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from coupled_vae.config.evaluation import DrawSettings, Plane, PointDraws
from coupled_vae.data import dataset as datasets
from coupled_vae.data.dataset import Dataset
from coupled_vae.pipeline import draws as drawn
from coupled_vae.pipeline.cell import Cell, Spec
from coupled_vae.pipeline.image_draws import decode_in_blocks, held_out_draws, image_draws
from coupled_vae.pipeline.torch_setup import use_deterministic_kernels
from coupled_vae.pipeline.weights import build, load_weights
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import Arrays, write_arrays
from coupled_vae.science.models._base import LatentVariableModel

DIVERGED = "nothing was written; lower the model's learning_rate in params.yaml and train it again"


def draw(
    cell: Cell,
    spec: Spec,
    settings: DrawSettings,
    data: Path,
    held_out: Path | None,
    weights: Path,
    out: Path,
) -> None:
    """Load a cell's weights and write its ``draws.npz``.

    Raises:
        UserError: A file is missing or damaged, a draw is not finite, or the settings ask for draws
            of held-out data and ``held_out`` is None.
    """
    if (settings.images or settings.held_out) and not held_out:
        raise UserError(f"{cell}: --held-out is missing; its settings ask for draws of such data")
    use_deterministic_kernels()
    dataset = datasets.load(data)
    model = build(cell, spec, dataset)
    load_weights(weights, model, cell)
    generator = torch.Generator().manual_seed(cell.entropy("draw"))
    others = datasets.load(held_out) if held_out else None
    arrays = draws(model, dataset, others, settings, generator)
    drawn.check(arrays, f"{cell}: drawn from {weights}", DIVERGED)
    write_arrays(out, arrays)


@torch.no_grad()
def draws(
    model: LatentVariableModel,
    dataset: Dataset,
    held_out: Dataset | None,
    settings: DrawSettings,
    generator: torch.Generator,
) -> Arrays:
    """All draws from one model.

    Returns:
        ``prior`` and ``prior_other``, two independent sets of prior draws, and ``aggregate``,
        z ~ q(z|x) with x ~ data, each ``(m, latent_dim)``;
        for every datum, in order: ``latent_mean`` E_q[z|x], ``code``, one draw z ~ q(z|x), and
        ``reconstruction_nll`` -log p(x|z) at this z, in nats;
        and the result of ``points``, with that of ``held_out_draws`` if the settings ask for it,
        or of ``image_draws``; and of ``decoded_plane``, where the latent space is a plane.

    Raises:
        UserError: ``settings`` have the index of a datum that does not exist.
    """
    m, x = settings.num_draws, torch.from_numpy(dataset.x)
    ancestors = torch.randint(len(x), (m,), generator=generator)
    codes = model.sample_posterior(x, generator)
    decoded = model.decode(codes)
    tensors = {
        "prior": model.prior.sample(m, generator),
        "prior_other": model.prior.sample(m, generator),
        "aggregate": model.sample_posterior(x[ancestors], generator),
        "latent_mean": model.posterior_mean(x),
        "code": codes,
        "reconstruction_nll": -model.likelihood.log_prob(x, decoded),
    }
    if settings.points:
        tensors["reconstruction"] = model.likelihood.mean(decoded)
        tensors |= points(model, x, m, settings.points, generator)
    if settings.held_out:
        assert held_out, "draw has checked it"
        draws_of_prior = settings.held_out.likelihood_draws
        tensors |= held_out_draws(model, held_out, draws_of_prior, generator)
    if settings.images:
        assert held_out, "draw has checked it"
        tensors |= image_draws(model, x, held_out, settings.images, generator)
    if settings.plane and model.problem.latent_dim == 2:
        tensors |= decoded_plane(model, settings.plane)
    return {name: _array(tensor) for name, tensor in tensors.items()}


def points(
    model: LatentVariableModel,
    x: Tensor,
    num_draws: int,
    settings: PointDraws,
    generator: torch.Generator,
) -> dict[str, Tensor]:
    """Samples and the posterior of one datum, for data that are points.

    Returns:
        ``sample`` x ~ p(x|z), z ~ p(z), and ``sample_mean`` E[x|z] at the same z, ``(m, d)``;
        ``sobol_sample`` x ~ p(x|z) at one set of ``w2_draws`` scrambled Sobol draws z;
        ``posterior_axis`` ``(g,)`` and ``posterior_density`` ``(g, g)`` of one datum, indexed
        [z2, z1]; both are empty unless the latent space has two dimensions.
    """
    if settings.posterior_datum >= len(x):
        raise UserError(
            f"params.yaml: evaluation.posterior_datum {settings.posterior_datum} is not a datum; "
            f"choose from 0 to {len(x) - 1}"
        )
    decoded = model.decode(model.prior.sample(num_draws, generator))
    even = model.prior.sobol(settings.w2_draws, generator)
    axis, density = _posterior_density(model, x[settings.posterior_datum], settings)
    return {
        "sample": model.likelihood.sample(decoded, generator),
        "sample_mean": model.likelihood.mean(decoded),
        "sobol_sample": model.likelihood.sample(model.decode(even), generator),
        "posterior_axis": axis,
        "posterior_density": density,
    }


def decoded_plane(model: LatentVariableModel, plane: Plane) -> dict[str, Tensor]:
    """What a latent plane is decoded to; it draws no random numbers.

    Returns:
        ``plane_axis`` ``(g,)``, the same on both axes, and ``plane`` E[x|z] ``(g, g, d)``, indexed
        [z2, z1].
    """
    axis, points = _grid(plane.extent, plane.size)
    mean = model.likelihood.mean(decode_in_blocks(model, points))
    return {"plane_axis": axis, "plane": mean.reshape(plane.size, plane.size, -1)}


def _array(tensor: Tensor) -> NDArray[Any]:
    array = tensor.numpy()
    return array.astype(np.float32) if array.dtype.kind == "f" else array


def _posterior_density(
    model: LatentVariableModel, x: Tensor, settings: PointDraws
) -> tuple[Tensor, Tensor]:
    if model.problem.latent_dim != 2:
        return torch.empty(0), torch.empty(0, 0)
    extent, size = settings.posterior_extent, settings.posterior_grid
    axis, points = _grid(extent, size)
    return axis, model.posterior_log_density(x, points).exp().reshape(size, size)


def _grid(extent: float, size: int) -> tuple[Tensor, Tensor]:
    """An axis from ``-extent`` to ``extent``, and the points of its square, by z2 and then z1."""
    axis = torch.linspace(-extent, extent, size)
    second, first = torch.meshgrid(axis, axis, indexing="ij")
    return axis, torch.stack([first.ravel(), second.ravel()], dim=1)
