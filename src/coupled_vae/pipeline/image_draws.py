"""Draw from a model what only held-out data or images need for evaluation and figures."""

import math

import torch
from torch import Tensor

from coupled_vae.config.evaluation import ImageDraws
from coupled_vae.data.dataset import Dataset
from coupled_vae.runtime.errors import UserError
from coupled_vae.science.models._base import LatentVariableModel

BLOCK = 2048  # images decoded at once
MEANS = 100  # samples kept without the noise of p(x|z), for figures
NEGLIGIBLE = -80  # exp of it is smaller than half of the last digit of one by far
HOLE_POINTS = 32  # mean number of prior draws in a cell of hole_mass


def image_draws(
    model: LatentVariableModel,
    x: Tensor,
    held_out: Dataset,
    images: ImageDraws,
    generator: torch.Generator,
) -> dict[str, Tensor]:
    """The draws that only a model of images has.

    Args:
        model: A trained model.
        x: The training images, shape ``(n, d)``.
        held_out: Images that the model was not trained on.
        images: Numbers of draws, and the pairs of images to interpolate.
        generator: The only source of randomness.

    Returns:
        ``sample`` x ~ p(x|z), z ~ p(z), ``(m, d)``, and ``sample_mean`` E[x|z] at the first z;
        ``posterior_draws`` z ~ q(z|x) of every datum, ``(k, n, latent_dim)``;
        ``prior_sobol``, Sobol draws of the prior, for the cells of ``hole_mass``;
        ``shown`` indices of data and ``shown_reconstruction`` E[x|z] at one z ~ q(z|x) of each;
        ``pairs`` indices and ``interpolation`` E[x|z] on the line between the two latent means,
        ``(pairs, steps, d)``;
        for every held-out image: ``held_out_mean`` E_q[z|x], ``held_out_reconstruction_nll``
        -log p(x|z) at one z ~ q(z|x), and ``held_out_nll`` -log p(x), in nats.
    """
    decoded = decode_in_blocks(model, model.prior.sample(images.samples, generator))
    test = torch.from_numpy(held_out.x)
    seen = model.decode(model.sample_posterior(test, generator))
    shown = torch.arange(min(images.shown, len(x)))
    pairs = _pairs(images, len(x))
    codes = [model.sample_posterior(x, generator) for _ in range(images.posterior_draws)]
    return {
        "sample": model.likelihood.sample(decoded, generator),
        "sample_mean": model.likelihood.mean(decoded)[:MEANS],
        "posterior_draws": torch.stack(codes),
        "prior_sobol": model.prior.sobol(HOLE_POINTS * images.hole_cells**2, generator),
        "shown": shown,
        "shown_reconstruction": model.likelihood.mean(model.decode(codes[0][shown])),
        "pairs": pairs,
        "interpolation": _interpolate(model, x, pairs, images.steps),
        "held_out_mean": model.posterior_mean(test),
        "held_out_reconstruction_nll": -model.likelihood.log_prob(test, seen),
        "held_out_nll": -log_marginal(model, test, images.likelihood_draws, generator),
    }


def held_out_draws(
    model: LatentVariableModel, held_out: Dataset, num_draws: int, generator: torch.Generator
) -> dict[str, Tensor]:
    """What a model makes of held-out points.

    Args:
        model: A trained model.
        held_out: Points that the model was not trained on.
        num_draws: Draws of the prior that estimate p(x).
        generator: The only source of randomness.

    Returns:
        For every held-out point: ``held_out_mean`` E_q[z|x], ``held_out_reconstruction_nll``
        -log p(x|z) at one z ~ q(z|x), and ``held_out_nll`` -log p(x), in nats.
    """
    x = torch.from_numpy(held_out.x)
    decoded = model.decode(model.sample_posterior(x, generator))
    return {
        "held_out_mean": model.posterior_mean(x),
        "held_out_reconstruction_nll": -model.likelihood.log_prob(x, decoded),
        "held_out_nll": -log_marginal(model, x, num_draws, generator),
    }


def log_marginal(
    model: LatentVariableModel, x: Tensor, num_draws: int, generator: torch.Generator
) -> Tensor:
    """Log-density log p(x) in nats, estimated with draws of the prior; ``(b, d)`` to ``(b,)``.

    The scrambled Sobol draws are the same for all data. The estimator treats all models equally:
    importance weights of a proposal q(z|x) that is almost a point, such as WAE's, are unbounded.
    """
    features = model.likelihood.features(x)
    blocks = torch.split(model.prior.sobol(num_draws, generator), BLOCK)
    terms = [
        _logsumexp(-features @ model.likelihood.coefficients(model.decode(z)).T) for z in blocks
    ]
    return torch.logsumexp(torch.stack(terms), dim=0) - math.log(num_draws)


def _logsumexp(scores: Tensor) -> Tensor:
    """Log-sum-exp of each row, which is overwritten.

    ``torch.logsumexp`` takes exp of all differences from the largest entry. Below ``NEGLIGIBLE``
    they add nothing to float32, but denormal numbers make it several times slower on a CPU.
    """
    top = scores.amax(dim=1)
    below = scores.sub_(top[:, None]).clamp_(min=NEGLIGIBLE)
    return top + below.exp_().sum(dim=1).log()


def decode_in_blocks(model: LatentVariableModel, z: Tensor) -> tuple[Tensor, ...]:
    """``model.decode`` of many latent points, of which a network would need too much memory."""
    blocks = [model.decode(block) for block in torch.split(z, BLOCK)]
    return tuple(torch.cat(heads) for heads in zip(*blocks, strict=True))


def _pairs(images: ImageDraws, num_data: int) -> Tensor:
    last = max(index for pair in images.pairs for index in pair)
    if last >= num_data:
        raise UserError(
            f"params.yaml: evaluation.images.pairs has {last}, which is not a datum; "
            f"choose from 0 to {num_data - 1}"
        )
    return torch.tensor(images.pairs)


def _interpolate(model: LatentVariableModel, x: Tensor, pairs: Tensor, steps: int) -> Tensor:
    ends = model.posterior_mean(x[pairs.ravel()]).reshape(len(pairs), 2, -1)
    share = torch.linspace(0, 1, steps)[:, None]
    lines = [torch.lerp(start, end, share) for start, end in ends]
    return torch.stack([model.likelihood.mean(model.decode(z)) for z in lines])
