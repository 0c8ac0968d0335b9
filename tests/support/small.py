"""The smoke parameters, for tests that train for real but must be short."""

import os
from pathlib import Path

from coupled_vae.config import yaml_file
from coupled_vae.config.extends import complete
from coupled_vae.config.load import validated
from coupled_vae.config.params import Params
from coupled_vae.data import fetch
from coupled_vae.run.smoke import SETTINGS, smoke

TOP = Path(__file__).resolve().parents[2]


def small_params() -> Params:
    """``params.yaml`` at a fraction of its cost, as ``make smoke`` runs it."""
    tree, settings = yaml_file.read(TOP / "params.yaml"), yaml_file.read(SETTINGS)
    return validated(smoke(complete(tree), settings), "params.yaml")


def mnist_folder() -> Path | None:
    """Where MNIST's own files lie, without fetching."""
    named = os.environ.get(fetch.DATA_DIR)
    places = [TOP / "data/raw/mnist", TOP.parent / "shared/data/mnist"]
    if named:
        places[:0] = [Path(named), Path(named) / "mnist"]
    return next(
        (p for p in places if all((p / name).is_file() for name in fetch.MNIST.files)), None
    )
