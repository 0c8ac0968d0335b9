"""Coupled Variational Autoencoder (C-VAE): trained models, training, and transport, for Python.

What is listed in ``__all__`` is the stable face of the package (docs/python.md). Each name is
imported when it is first used, so ``import coupled_vae`` itself takes no time.
"""

from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coupled_vae.pipeline.trained import TrainedModel
    from coupled_vae.plan.fitting import fit
    from coupled_vae.plan.trained import load
    from coupled_vae.runtime.errors import InputError, UserError
    from coupled_vae.science.transport import alone as transport

__all__ = ["InputError", "TrainedModel", "UserError", "fit", "load", "transport"]

_HOMES = {
    "InputError": "runtime.errors",
    "TrainedModel": "pipeline.trained",
    "UserError": "runtime.errors",
    "fit": "plan.fitting",
    "load": "plan.trained",
    "transport": "science.transport.alone",
}
_MODULES = ("transport",)


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name == "__version__":
        return metadata.version("coupled-vae")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(f"{__name__}.{_HOMES[name]}")
    found = home if name in _MODULES else getattr(home, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
