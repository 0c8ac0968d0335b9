"""The folder is the registry: one file per kind of dataset, model, prior, network, likelihood.

Listing the kinds imports none of them, so checking a name never costs an import of torch.
"""

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

from coupled_vae.errors import UserError
from coupled_vae.schema import parse

PACKAGE = Path(__file__).parent


def kinds(folder: str) -> list[str]:
    """Names of the public modules in ``src/coupled_vae/<folder>``, sorted."""
    return sorted(p.stem for p in (PACKAGE / folder).glob("*.py") if not p.stem.startswith("_"))


def load(folder: str, kind: str) -> ModuleType:
    """Import the module of one kind."""
    return importlib.import_module(f"coupled_vae.{folder}.{kind}")


def check_kind(folder: str, kind: str, place: str) -> None:
    """Raise a one-line ``UserError`` unless ``src/coupled_vae/<folder>`` has this kind."""
    if kind not in kinds(folder):
        raise UserError(
            f"{place} {kind!r} is unknown; src/coupled_vae/{folder} has {', '.join(kinds(folder))}"
        )


def config(folder: str, kind: str, args: dict[str, Any], place: str) -> Any:  # noqa: ANN401
    """The validated ``Config`` of a kind, from its arguments."""
    check_kind(folder, kind, f"{place}: kind")
    return parse(load(folder, kind).Config, args, place)
