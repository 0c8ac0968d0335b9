"""A trained model for Python: arrays in, arrays out, in the units of the data."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from coupled_vae.config.problem import Problem
from coupled_vae.pipeline import given
from coupled_vae.pipeline.about_data import AboutData
from coupled_vae.pipeline.cell import Cell, Spec
from coupled_vae.pipeline.image_draws import BLOCK, log_marginal
from coupled_vae.pipeline.kernels import same_bits
from coupled_vae.science.models._base import LatentVariableModel

Floats = NDArray[np.float32] | NDArray[np.float64]
Float32 = NDArray[np.float32]
LOG_PROB_DRAWS = 65_536  # draws of the prior, as many as the pipeline's evaluation of images has


class TrainedModel:
    """A trained model of one cell: prior p(z), decoder p(x|z), approximate posterior q(z|x).

    Made by ``coupled_vae.load`` and ``coupled_vae.fit``. All data have the units that they had
    before training. Points are rows ``(b, d)``. Images are given as ``(b, h, w, c)``, as
    ``(b, h, w)`` if they have one channel, or flat; they are returned as ``(b, h, w)`` for one
    channel, else as ``(b, h, w, c)``; their values are those of the training, mostly 0 to 1. Equal
    seeds give equal draws.

    Every method raises ``InputError``, which is a ``UserError`` and a ``ValueError``, for arguments
    of a wrong shape, values that are not finite, and impossible numbers.

    Args:
        model: The model with its trained weights, on the CPU.
        cell: Its dataset, model and seed.
        spec: Problem, kind and arguments.
        about: Sizes and units of the data it was trained on.
    """

    def __init__(
        self, model: LatentVariableModel, cell: Cell, spec: Spec, about: AboutData
    ) -> None:
        self._model, self._cell, self._spec, self._about = model, cell, spec, about

    @property
    def cell(self) -> str:
        """Name of the cell, ``dataset/model/seed``."""
        return str(self._cell)

    @property
    def spec(self) -> Spec:
        """Problem, kind and arguments, as the training record has them."""
        return self._spec

    @property
    def kind(self) -> str:
        """Kind of the model, such as ``cvae``."""
        return self._spec.kind

    @property
    def args(self) -> dict[str, Any]:
        """Arguments of the model's kind."""
        return dict(self._spec.args)

    @property
    def problem(self) -> Problem:
        """Latent dimension, prior, network and likelihood."""
        return self._spec.problem

    @property
    def latent_dim(self) -> int:
        """Number of latent coordinates."""
        return self._spec.problem.latent_dim

    @property
    def image(self) -> tuple[int, ...] | None:
        """Height, width and channels of images; None for points."""
        return tuple(self._about.image) if self._about.image else None

    def __repr__(self) -> str:
        own = self._about
        shape = " x ".join(map(str, own.image or [own.columns]))
        what = f"images of {shape}" if own.image else f"points of dimension {shape}"
        return (
            f"TrainedModel({self.cell}: {self.kind}, latent_dim={self.latent_dim}, "
            f"trained on {own.rows} {what})"
        )

    def sample(self, n: int, seed: int = 0, *, mean: bool = False) -> Floats:
        """Draws x ~ p(x|z), z ~ p(z).

        Args:
            n: Number of draws.
            seed: Seed of the draws.
            mean: Whether to return E[x|z] in place of a draw of p(x|z), at the same z.

        Returns:
            Points ``(n, d)`` or images.
        """
        num = given.count(n, "n", most=given.most_rows(self._about.columns))
        generator = _generator(seed)
        with _computing():
            decoded = self._decode(self._model.prior.sample(num, generator))
            if mean:
                return self._out(self._model.likelihood.mean(decoded))
            return self._out(self._model.likelihood.sample(decoded, generator))

    def decode(self, z: ArrayLike) -> Floats:
        """E[x|z] of latents ``(b, latent_dim)``: points ``(b, d)`` or images."""
        latents = torch.from_numpy(given.latents(z, self.latent_dim)).float()
        with _computing():
            return self._out(self._model.likelihood.mean(self._decode(latents)))

    def encode(self, x: ArrayLike) -> Float32:
        """Mean of z under q(z|x), shape ``(b, latent_dim)``."""
        with _computing():
            return _array(self._model.posterior_mean(self._in(x)))

    def sample_posterior(self, x: ArrayLike, n: int, seed: int = 0) -> Float32:
        """``n`` draws z ~ q(z|x) of each datum, shape ``(n, b, latent_dim)``."""
        data = self._in(x)
        num = given.count(n, "n", most=given.most_rows(len(data) * self.latent_dim))
        generator = _generator(seed)
        with _computing():
            draws = [self._model.sample_posterior(data, generator) for _ in range(num)]
        return _array(torch.stack(draws))

    def reconstruct(self, x: ArrayLike) -> Floats:
        """E[x|z] at z = E[z|x], of the shape of data as ``sample`` returns them."""
        with _computing():
            z = self._model.posterior_mean(self._in(x))
            return self._out(self._model.likelihood.mean(self._decode(z)))

    def log_prob(self, x: ArrayLike, draws: int = LOG_PROB_DRAWS, seed: int = 0) -> Float32:
        """Estimate of log p(x) in nats, by importance sampling with draws of the prior.

        The density is with respect to the data's own units. The estimate lies below log p(x) on
        average; the more draws, the closer.

        Args:
            x: Data.
            draws: Number of scrambled Sobol draws of the prior; they are the same for all data.
            seed: Seed of their scrambling.

        Returns:
            Shape ``(b,)``.
        """
        data = self._in(x)
        num, entropy = given.count(draws, "draws", most=10**7), given.seed(seed)
        with _computing():
            found = [
                log_marginal(self._model, block, num, _generator(entropy))
                for block in torch.split(data, BLOCK)
            ]
        return _array(torch.cat(found) - self._about.log_volume())

    def interpolate(self, a: ArrayLike, b: ArrayLike, steps: int) -> Floats:
        """E[x|z] on the line between the latent means of two data.

        Args:
            a: One datum: ``(d,)``, or one image.
            b: Another one.
            steps: Number of points on the line, both ends included; two or more.

        Returns:
            Points ``(steps, d)`` or images.
        """
        num = given.count(steps, "steps", least=2, most=10**6)
        sizes = self._about.columns, self._about.image
        ends = np.concatenate([given.datum(a, *sizes, "a"), given.datum(b, *sizes, "b")])
        with _computing():
            start, end = self._model.posterior_mean(self._in(ends, "a or b"))
            z = torch.lerp(start, end, torch.linspace(0, 1, num)[:, None])
            return self._out(self._model.likelihood.mean(self._decode(z)))

    def _in(self, x: ArrayLike, name: str = "x") -> Tensor:
        """Data as the model has them, flat rows ``(b, d)``."""
        rows = given.data(x, self._about.columns, self._about.image, name)
        if self.problem.likelihood.kind == "bernoulli":
            given.require_unit(rows, name)
        return torch.from_numpy(self._about.to_model(rows))

    def _out(self, x: Tensor) -> Floats:
        """Flat data of the model in their own units and shape."""
        flat = self._about.from_model(_array(x))
        if not self._about.image:
            return flat
        height, width, channels = self._about.image
        shape = (height, width) if channels == 1 else (height, width, channels)
        return flat.reshape(len(flat), *shape)

    def _decode(self, z: Tensor) -> tuple[Tensor, ...]:
        blocks = [self._model.decode(block) for block in torch.split(z, BLOCK)]
        return tuple(torch.cat(heads) for heads in zip(*blocks, strict=True))


@contextmanager
def _computing() -> Iterator[None]:
    """The pipeline's kernels, without gradients."""
    with same_bits(), torch.no_grad():
        yield


def _generator(seed: object) -> torch.Generator:
    return torch.Generator().manual_seed(given.seed(seed))


def _array(values: Tensor) -> Float32:
    array: Float32 = values.float().numpy()
    return array
