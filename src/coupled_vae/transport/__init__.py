"""Entropic optimal transport between draws of a prior and weighted data. Knows no VAE."""

from coupled_vae.transport.anderson import Anderson
from coupled_vae.transport.cost import Bilinear, Cost, Matrix
from coupled_vae.transport.semi_dual import (
    FixedPoint,
    Output,
    Problem,
    marginal_error,
    objective,
    potential_of_data,
    responsibilities,
    soft_c_transform,
    sweep,
    update,
)

__all__ = [
    "Anderson",
    "Bilinear",
    "Cost",
    "FixedPoint",
    "Matrix",
    "Output",
    "Problem",
    "marginal_error",
    "objective",
    "potential_of_data",
    "responsibilities",
    "soft_c_transform",
    "sweep",
    "update",
]
