"""Coupled Variational Autoencoder (C-VAE): the models, their transport, and the paper's pipeline.

In Python: ``load`` a trained cell, ``fit`` a model to arrays, or use the ``transport`` alone.
docs/python.md has examples. What is not listed in ``__all__`` may change.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coupled_vae.pipeline.trained import TrainedModel
    from coupled_vae.plan.library import fit, load
    from coupled_vae.runtime.errors import UserError
    from coupled_vae.science import transport

__version__ = "0.1.0"
__all__ = ["TrainedModel", "UserError", "__version__", "fit", "load", "transport"]

# Imported when first used: a command or a job that needs no torch must not wait for it.
_PLACES = {
    "TrainedModel": "coupled_vae.pipeline.trained",
    "UserError": "coupled_vae.runtime.errors",
    "fit": "coupled_vae.plan.library",
    "load": "coupled_vae.plan.library",
    "transport": "coupled_vae.science.transport",
}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module 'coupled_vae' has no attribute {name!r}")
    module = import_module(_PLACES[name])
    return module if name == "transport" else getattr(module, name)


def __dir__() -> list[str]:
    return sorted(__all__)
