"""The smoke parameters, for tests that train for real but must be short."""

from pathlib import Path
from typing import Any

import yaml

from coupled_vae import params

TOP = Path(__file__).parent.parent


def merged(tree: Any, changes: Any) -> Any:
    """``tree`` with the leaves of ``changes`` laid over it."""
    if not isinstance(tree, dict) or not isinstance(changes, dict):
        return changes
    return {**tree, **{key: merged(tree.get(key), value) for key, value in changes.items()}}


def small_params() -> params.Params:
    """``params.yaml`` under the overrides of ``workflow/smoke.yaml``."""
    trees = [yaml.safe_load((TOP / name).read_text()) for name in ("params.yaml", "workflow/smoke.yaml")]
    return params.parse(params.Params, merged(*trees), "params.yaml")
