"""The folder is the registry: one file per dataset kind and one per model kind.

Listing the kinds imports none of them, so checking a name never costs an import of torch.
"""

import importlib
from pathlib import Path
from types import ModuleType

PACKAGE = Path(__file__).parent


def kinds(folder: str) -> list[str]:
    """Names of the public modules in ``src/coupled_vae/<folder>``, sorted."""
    return sorted(p.stem for p in (PACKAGE / folder).glob("*.py") if not p.stem.startswith("_"))


def load(folder: str, kind: str) -> ModuleType:
    """Import the module of one kind.

    Raises:
        ValueError: The folder has no such kind; the message lists those it has.
    """
    if kind not in kinds(folder):
        raise ValueError(
            f"kind {kind!r} is unknown; src/coupled_vae/{folder} has {', '.join(kinds(folder))}"
        )
    return importlib.import_module(f"coupled_vae.{folder}.{kind}")
