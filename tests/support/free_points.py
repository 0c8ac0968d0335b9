"""A grid on a reader's own points, whose modes are not known, run by its jobs in a folder."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_wine, make_moons
from small import SETTINGS, TOP

from coupled_vae.config import yaml_file
from coupled_vae.config.extends import complete
from coupled_vae.config.load import validated
from coupled_vae.plan.provenance import execute
from coupled_vae.plan.steps import Plan
from coupled_vae.plan.targets import of_cells, of_data, of_reports
from coupled_vae.run.smoke import smoke

GRID = "results/grids/mine"


def moons(path: Path, n: int = 240) -> dict[str, Any]:
    """Two half circles in a plane, without classes."""
    x, _ = make_moons(n, noise=0.05, random_state=1)
    pd.DataFrame(x, columns=["east", "north"]).to_csv(path, index=False)
    return {"path": str(path), "held_out": 0.25, "seed": 1}


def wine(path: Path) -> dict[str, Any]:
    """Thirteen columns of different units, with classes."""
    load_wine(as_frame=True).frame.to_csv(path, index=False)
    return {"path": str(path), "label": "target", "standardise": True, "held_out": 0.2, "seed": 1}


def line(path: Path) -> dict[str, Any]:
    """One coordinate, nothing held out."""
    x = np.random.default_rng(0).normal(size=(120, 1))
    pd.DataFrame(np.sign(x) + 0.2 * x, columns=["x"]).to_csv(path, index=False)
    return {"path": str(path), "held_out": 0}


def plan(args: dict[str, Any], *, latent_dim: int = 2, **evaluation: Any) -> Plan:
    """The plan of a grid ``mine`` with a small vae and a small cvae on these data."""
    tree = complete(yaml_file.read(TOP / "params.yaml"))
    tree["evaluation"] |= {"posterior_datum": 0, "w2_subsample": 80, **evaluation}
    # The paper's own experiments go, so that settings for few data are valid.
    experiments = tree["experiments"]
    experiments |= {"studies": {}, "explanations": None, "scaling": None}
    small = smoke(tree, yaml_file.read(SETTINGS))
    small["evaluation"] |= {"w2_subsample": 80}
    problem = small["datasets"]["mog"]["problem"] | {"latent_dim": latent_dim}
    small["datasets"]["mine"] = {
        "kind": "file", "label": "My points", "type": "points", "args": args, "problem": problem,
    }  # fmt: skip
    small["experiments"]["grids"] = {
        "mine": {"datasets": ["mine"], "models": ["vae", "cvae"], "seeds": [0, 1]}
    }
    return Plan(validated(small, "params.yaml"))


def run(made: Plan) -> None:
    """Run every job of the grid in the present folder."""
    steps = [*of_data(made), *of_cells(made, GRID, "train", "draw", "evaluate")]
    for step, wildcards in (*steps, *of_reports(made, GRID)):
        if wildcards.get("dataset", "mine") == "mine":
            execute(made.job(step, **wildcards))
