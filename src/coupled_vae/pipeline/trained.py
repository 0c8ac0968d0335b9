"""A trained model as an object of Python: arrays in, arrays out, in the units of the data."""

import math
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from coupled_vae.data import contract
from coupled_vae.pipeline.cell import Cell, Spec
from coupled_vae.pipeline.described import Described
from coupled_vae.pipeline.image_draws import decode_in_blocks, log_marginal
from coupled_vae.pipeline.torch_setup import deterministic
from coupled_vae.runtime.errors import UserError
from coupled_vae.science.models._base import LatentVariableModel

Array = NDArray[np.float32]
P = ParamSpec("P")
R = TypeVar("R")


def _exact(method: Callable[P, R]) -> Callable[P, R]:
    """Compute as the pipeline does, without gradients; torch's settings are put back after it."""

    @wraps(method)
    def exact(*args: P.args, **kwargs: P.kwargs) -> R:
        with deterministic(), torch.no_grad():
            return method(*args, **kwargs)

    return exact


class TrainedModel:
    """A trained model. ``coupled_vae.load`` and ``coupled_vae.fit`` return it.

    Data are arrays of shape ``(b, d)``; of images also ``(b, height, width)`` or, with channels,
    ``(b, height, width, channels)``, and images are returned so. Latents have shape
    ``(b, latent_dim)``. All random numbers come from ``seed``: equal calls give equal arrays.

    Attributes:
        cell: Dataset, model and seed.
        spec: Problem, kind of model and arguments.
        data: Sizes and units of the training data.
    """

    def __init__(self, model: LatentVariableModel, cell: Cell, spec: Spec, data: Described) -> None:
        self._model, self.cell, self.spec, self.data = model, cell, spec, data
        self._image = tuple(data.image or ())
        if not self._image and spec.problem.network.kind == "conv":
            side = math.isqrt(data.columns)
            self._image = side, side, 1

    def __repr__(self) -> str:
        rows, columns = self.data.rows, self.data.columns
        return (
            f"<TrainedModel {self.cell}: {self.spec.kind}, latent_dim {self.latent_dim}, "
            f"trained on {rows} x {columns}>"
        )

    @property
    def latent_dim(self) -> int:
        """Number of latent coordinates."""
        return self.spec.problem.latent_dim

    @_exact
    def sample(self, n: int, seed: int = 0, *, mean: bool = False) -> Array:
        """Draw from the model: z ~ p(z), x ~ p(x|z).

        Args:
            n: Number of samples.
            seed: Seed of the random numbers.
            mean: Return E[x|z] instead of a draw of p(x|z): without the likelihood's noise.

        Returns:
            Samples, shape ``(n, d)`` or that of images.
        """
        generator = _generator(seed)
        z = self._model.prior.sample(_count(n, "n"), generator)
        decoded = decode_in_blocks(self._model, z)
        likelihood = self._model.likelihood
        return self._outside(
            likelihood.mean(decoded) if mean else likelihood.sample(decoded, generator)
        )

    @_exact
    def decode(self, z: ArrayLike) -> Array:
        """E[x|z] at latents ``(b, latent_dim)``."""
        latents = torch.from_numpy(_matrix(z, self.latent_dim, "z"))
        return self._outside(self._model.likelihood.mean(decode_in_blocks(self._model, latents)))

    @_exact
    def encode(self, x: ArrayLike) -> Array:
        """Posterior means E[z|x], shape ``(b, latent_dim)``."""
        return _array(self._model.posterior_mean(self._inside(x)))

    @_exact
    def sample_posterior(self, x: ArrayLike, n: int = 1, seed: int = 0) -> Array:
        """Draws z ~ q(z|x) for each datum, shape ``(n, b, latent_dim)``."""
        inside, generator = self._inside(x), _generator(seed)
        draws = [self._model.sample_posterior(inside, generator) for _ in range(_count(n, "n"))]
        return _array(torch.stack(draws))

    @_exact
    def reconstruct(self, x: ArrayLike, seed: int = 0) -> Array:
        """E[x|z] at one draw z ~ q(z|x) for each datum; the shape of the data."""
        codes = self._model.sample_posterior(self._inside(x), _generator(seed))
        return self._outside(self._model.likelihood.mean(decode_in_blocks(self._model, codes)))

    @_exact
    def log_prob(self, x: ArrayLike, draws: int = 65536, seed: int = 0) -> Array:
        """Estimates of log p(x) in nats, shape ``(b,)``, with ``draws`` Sobol draws of the prior.

        For standardised data it is the density in the data's own units.
        """
        inside = self._inside(x)
        estimate = log_marginal(self._model, inside, _count(draws, "draws"), _generator(seed))
        volume = sum(math.log(abs(one)) for one in self.data.scale or [])
        return _array(estimate - volume)

    @_exact
    def interpolate(self, a: ArrayLike, b: ArrayLike, steps: int = 10) -> Array:
        """E[x|z] on the line between the posterior means of two data, both ends included.

        Args:
            a: One datum, shape ``(d,)`` or that of an image.
            b: Another.
            steps: Number of points on the line, two or more.

        Returns:
            Shape ``(steps, d)``, or that of images.
        """
        if _count(steps, "steps") < 2:
            raise UserError(f"steps is {steps}; give two or more, for both ends")
        ends = [self._inside(np.asarray(one)[None]) for one in (a, b)]
        start, end = (self._model.posterior_mean(one) for one in ends)
        z = torch.lerp(start, end, torch.linspace(0, 1, steps)[:, None])
        return self._outside(self._model.likelihood.mean(decode_in_blocks(self._model, z)))

    def _inside(self, x: ArrayLike) -> Tensor:
        """Data as the model was trained on them, flat and standardised."""
        array = contract.numbers(x, "x")
        if array.shape[1:] in (self._image, self._shown()):
            array = array.reshape(len(array), -1)
        matrix = _matrix(array, self.data.columns, "x", np.float64)
        if self.data.shift and self.data.scale:
            matrix = (matrix - np.array(self.data.shift)) / np.array(self.data.scale)
        return torch.from_numpy(np.ascontiguousarray(matrix, np.float32))

    def _outside(self, x: Tensor) -> Array:
        """Data in their own units and shape."""
        array = _array(x)
        if self.data.shift and self.data.scale:
            own = array * np.array(self.data.scale) + np.array(self.data.shift)
            array = own.astype(np.float32)
        return array.reshape(-1, *self._shown()) if self._image else array

    def _shown(self) -> tuple[int, ...]:
        """Shape of one image; the only channel has no axis."""
        return self._image[:2] if self._image[2:] == (1,) else self._image


def _generator(seed: int) -> torch.Generator:
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < 2**63:
        raise UserError(f"seed is {seed!r}; give a whole number from 0 to 2**63 - 1")
    return torch.Generator().manual_seed(int(seed))


def _count(n: Any, name: str) -> int:  # noqa: ANN401
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise UserError(f"{name} is {n!r}; give a whole number of one or more")
    return int(n)


def _matrix(
    values: ArrayLike, columns: int, name: str, dtype: type[np.floating[Any]] = np.float32
) -> NDArray[Any]:
    """Rows of finite numbers, shape ``(b, columns)``."""
    array = contract.numbers(values, name)
    if array.ndim != 2 or array.shape[1] != columns or not len(array):
        raise UserError(
            f"{name}: {contract.described(array)} are not one row or more of {columns} numbers"
        )
    contract.require_finite(array, name)
    return np.ascontiguousarray(array, dtype)


def _array(tensor: Tensor) -> Array:
    return np.asarray(tensor.cpu().numpy(), np.float32)
