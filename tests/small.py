"""The smoke parameters, for tests that train for real but must be short."""

import sys
from pathlib import Path

import yaml

from coupled_vae import params, schema

TOP = Path(__file__).parent.parent
sys.path.insert(0, str(TOP))

from workflow.smoke import smoke  # noqa: E402


def small_params() -> params.Params:
    """``params.yaml`` at a fraction of its cost, as ``make smoke`` runs it."""
    tree, settings = (
        yaml.safe_load((TOP / name).read_text()) for name in ("params.yaml", "workflow/smoke.yaml")
    )
    return schema.parse(params.Params, smoke(tree, settings), "params.yaml")
