"""Entropic optimal transport between draws of a prior and weighted data. No model is needed."""

from coupled_vae.science.transport.anderson import Anderson
from coupled_vae.science.transport.ascent import Ascent
from coupled_vae.science.transport.cost import Bilinear, Cost, Matrix
from coupled_vae.science.transport.neural import NeuralDual
from coupled_vae.science.transport.potential import Potential, Potentials
from coupled_vae.science.transport.semi_dual import (
    FixedPoint,
    Output,
    Problem,
    error_of,
    latent_potential,
    latent_weights,
    marginal_error,
    objective,
    potential_of_data,
    responsibilities,
    soft_c_transform,
    sweep,
    update,
)
from coupled_vae.science.transport.sinkhorn import Sinkhorn

__all__ = [
    "Anderson",
    "Ascent",
    "Bilinear",
    "Cost",
    "FixedPoint",
    "Matrix",
    "NeuralDual",
    "Output",
    "Potential",
    "Potentials",
    "Problem",
    "Sinkhorn",
    "error_of",
    "latent_potential",
    "latent_weights",
    "marginal_error",
    "objective",
    "potential_of_data",
    "responsibilities",
    "soft_c_transform",
    "sweep",
    "update",
]
