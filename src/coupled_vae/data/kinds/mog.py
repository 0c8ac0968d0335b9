"""Mixture of isotropic Gaussians on a square grid (paper section 5; Dumoulin et al. 2016)."""

from typing import Annotated, Self

import numpy as np
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
    """

    grid_side: Annotated[int, Field(ge=1, le=1000)]
    spacing: Scale
    std: Scale
    points_per_mode: Count
    seed: Seed

    @model_validator(mode="after")
    def _not_too_many(self) -> Self:
        if (size := self.grid_side**2 * self.points_per_mode) > MOST:
            raise ValueError(f"grid_side^2 * points_per_mode is {size}; at most {MOST}")
        return self


def facts(config: Config) -> Facts:
    """Sizes of the dataset; its modes are known."""
    modes = config.grid_side**2
    return Facts(rows=modes * config.points_per_mode, columns=2, classes=modes, modes=True)


def generate(config: Config) -> Dataset:
    """Draw ``grid_side**2 * points_per_mode`` points, ordered by component."""
    rng = np.random.default_rng(config.seed)
    axis = (np.arange(config.grid_side) - (config.grid_side - 1) / 2) * config.spacing
    centres = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    label = np.repeat(np.arange(len(centres)), config.points_per_mode)
    x = centres[label] + config.std * rng.standard_normal((len(label), 2))
    return Dataset(
        x=x.astype(np.float32),
        label=label,
        centres=centres.astype(np.float32),
        std=config.std,
    )
