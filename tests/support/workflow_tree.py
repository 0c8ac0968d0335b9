"""A checkout of the project in which tests run commands."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

TOP = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
# Few cells: of two kinds with an encoder, two models of one of them, and a coupled one.
SMALL = {
    "models": ["vae", "wae", "wae_two", "cvae"],
    "seeds": [0],
    "grids": {"more": {"datasets": ["digits"], "models": ["vae"], "seeds": [0]}},
    "studies": {
        "penalties": {
            "label": "Penalties",
            "dataset": "mog",
            "seeds": [0],
            "holes": {"cells": 4, "fraction": 0.1},
            "rows": {
                "wae": {"label": "as it is", "value": None, "args": {}, "problem": {}},
                "wae.small": {
                    "label": "small",
                    "value": 1,
                    "args": {"penalty": 1},
                    "problem": {"prior": {"kind": "uniform", "args": {"half_width": 1}}},
                },
            },
        }
    },
}
EVERYTHING = ("paper", "search", "studies", "explanations", "grids", "scaling")
OF_THE_GRID = ("models", "seeds")


def environment(**more: str) -> dict[str, str]:
    own = {key: value for key, value in os.environ.items() if not key.startswith("COUPLED_VAE_")}
    own["PATH"] = os.pathsep.join([str(BIN), own["PATH"]])
    own.pop("PYTHONPATH", None)
    own.pop("SNAKEMAKE_PROFILE", None)
    own["COUPLED_VAE_OFFLINE"] = "1"
    own["COUPLED_VAE_DEVICE"] = "cpu"  # whose bits the tests compare
    return own | more


@dataclass
class Tree:
    """A checkout in which commands run."""

    path: Path

    def run(self, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.path, env=environment(**env), capture_output=True, text=True
        )

    def ok(self, *command: str, **env: str) -> str:
        done = self.run(*command, **env)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def reproduce(self, *targets: str, **env: str) -> str:
        return self.ok("python", "-m", "coupled_vae.run", "--dvc", *targets, **env)

    def plan(self, *targets: str) -> set[str]:
        """Outputs that a run would make anew: their first one, job by job."""
        text = self.ok("snakemake", "--dry-run", "--", *(targets or ("paper",)))
        return set(re.findall(r"^    output: ([^,\n]+)", text, re.MULTILINE))

    def params(self) -> dict[str, Any]:
        return yaml.safe_load((self.path / "params.yaml").read_text())

    def set_params(self, tree: dict[str, Any]) -> None:
        (self.path / "params.yaml").write_text(yaml.safe_dump(tree, sort_keys=False))

    def edit(self, name: str, change: Callable[[str], str]) -> None:
        file = self.path / name
        before = file.read_text()
        assert change(before) != before, f"the edit of {name} changed nothing"
        file.write_text(change(before))

    def bytes_of(self, *patterns: str) -> dict[str, bytes]:
        found = (file for pattern in patterns for file in self.path.glob(pattern))
        return {
            str(file.relative_to(self.path)): file.read_bytes() for file in found if file.is_file()
        }


def small_tree(folder: Path) -> Tree:
    """A copy of the working tree on tiny settings, with few cells and without results."""
    tree = Tree(folder)
    folder.mkdir(parents=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    for name in listed:
        left_out = name.startswith("results/") or Path(name).name == "dvc.lock"
        if name and not left_out and (TOP / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, folder / name)
    tree.ok("python", "-m", "coupled_vae.run.smoke", "params.yaml", "params.yaml")
    params = tree.params()
    wae = params["models"]["wae"]
    params["models"]["wae_two"] = wae | {
        "label": "WAE, another",
        "args": wae["args"] | {"penalty": 1},
    }
    params["experiments"]["paper"] |= {key: SMALL[key] for key in OF_THE_GRID}
    params["experiments"]["studies"] = SMALL["studies"]
    params["experiments"]["grids"] = SMALL["grids"]
    params["experiments"]["explanations"]["models"] = ["vae", "cvae"]
    for search in params["experiments"]["search"]["datasets"].values():
        for part in ("models", "decided"):
            search[part] = {"wae": search[part]["wae"]}
    tree.set_params(params)
    return tree


def clone(source: Path, target: Path) -> Tree:
    tree = Tree(target)
    target.mkdir(parents=True)
    tree.ok("git", "clone", "--quiet", str(source), ".")
    tree.ok("git", "config", "user.name", "test")
    tree.ok("git", "config", "user.email", "test@example.org")
    return tree


def commit(tree: Tree) -> None:
    tree.ok("git", "add", "--all")
    tree.ok("git", "commit", "--quiet", "--no-verify", "--message", "test")


def stages_run(said: str) -> list[str]:
    """The stages that DVC ran, by what it said."""
    return re.findall(r"Running stage '([^']*)'", said)
