"""The smoke parameters, for tests that train for real but must be short."""

import os
import sys
from pathlib import Path

from coupled_vae import fetch, params, schema, yaml_file

TOP = Path(__file__).parent.parent
sys.path.insert(0, str(TOP))

from workflow.smoke import smoke  # noqa: E402


def small_params() -> params.Params:
    """``params.yaml`` at a fraction of its cost, as ``make smoke`` runs it."""
    tree, settings = (yaml_file.read(TOP / name) for name in ("params.yaml", "workflow/smoke.yaml"))
    return schema.parse(params.Params, smoke(tree, settings), "params.yaml")


def mnist_folder() -> Path | None:
    """Where MNIST's own files lie, without fetching."""
    named = os.environ.get(fetch.DATA_DIR)
    places = [TOP / "data/raw/mnist", TOP.parent / "shared/data/mnist"]
    if named:
        places[:0] = [Path(named), Path(named) / "mnist"]
    return next(
        (p for p in places if all((p / name).is_file() for name in fetch.MNIST.files)), None
    )
