"""Mixture of isotropic Gaussians on a square grid (paper section 5; Dumoulin et al. 2016)."""

from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from coupled_vae.config.facts import Facts
from coupled_vae.config.section import Count, Scale, Section, Seed
from coupled_vae.data.dataset import Dataset

MOST = 10**7  # largest number of points


class Config(Section):
    """Means at ``{-(k-1)/2, .., (k-1)/2}^2 * spacing`` with ``k = grid_side``.

    Attributes:
        grid_side: Modes along each axis.
        spacing: Distance between neighbouring means.
        std: Standard deviation of a mode.
        points_per_mode: Points of each mode.
        seed: Seed of the points.
        held_out: Further points of the mixture that no model is trained on; 0 for none. The other
            points do not depend on their number.
    """

    grid_side: Annotated[int, Field(ge=1, le=1000)]
    spacing: Scale
    std: Scale
    points_per_mode: Count
    seed: Seed
    held_out: Annotated[int, Field(ge=0, le=MOST)] = 0

    @model_validator(mode="after")
    def _not_too_many(self) -> Self:
        if (size := self.grid_side**2 * self.points_per_mode) > MOST:
            raise ValueError(f"grid_side^2 * points_per_mode is {size}; at most {MOST}")
        return self


def facts(config: Config) -> Facts:
    """Sizes of the dataset; its modes are known."""
    modes = config.grid_side**2
    rows, held_out = modes * config.points_per_mode, config.held_out
    return Facts(rows=rows, columns=2, held_out=held_out, classes=modes, modes=True)


def generate(config: Config) -> Dataset:
    """Draw ``grid_side**2 * points_per_mode`` points, ordered by component."""
    label = np.repeat(np.arange(config.grid_side**2), config.points_per_mode)
    return _points(config, label, np.random.default_rng(config.seed))


def held_out(config: Config) -> Dataset:
    """Draw ``held_out`` points, each of a component drawn at random."""
    rng = np.random.default_rng(config.seed).spawn(1)[0]
    return _points(config, rng.integers(config.grid_side**2, size=config.held_out), rng)


def _points(config: Config, label: NDArray[np.int64], rng: np.random.Generator) -> Dataset:
    axis = (np.arange(config.grid_side) - (config.grid_side - 1) / 2) * config.spacing
    centres = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    x = centres[label] + config.std * rng.standard_normal((len(label), 2))
    return Dataset(
        x=x.astype(np.float32),
        label=label,
        centres=centres.astype(np.float32),
        std=config.std,
    )
