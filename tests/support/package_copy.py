"""A copy of the package with few small cells, to which a test adds a part as a reader would.

``Copy.touched`` counts the places: it compares all files with those of the start.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from coupled_vae.config import yaml_file
from coupled_vae.config.extends import complete
from coupled_vae.run.smoke import SETTINGS, smoke

SUPPORT = Path(__file__).resolve().parent
TOP = SUPPORT.parents[1]
PARAMS = "params.yaml"
PACKAGE = "src/coupled_vae"


@dataclass
class Copy:
    """A folder with the package and ``params.yaml``, free to be edited."""

    path: Path
    before: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(TOP / PACKAGE, self.path / PACKAGE, ignore=ignored)
        shutil.copy(TOP / PARAMS, self.path)
        self.begin()

    def begin(self) -> None:
        """Count the places from here on."""
        self.before = self._files()

    def _files(self) -> dict[str, bytes]:
        found = [self.path / PARAMS, *(self.path / PACKAGE).rglob("*")]
        return {
            str(file.relative_to(self.path)): file.read_bytes()
            for file in found
            if file.is_file() and "__pycache__" not in file.parts
        }

    def touched(self) -> set[str]:
        """The files that are new or have changed, without the package's folder."""
        now = self._files()
        changed = {
            name for name in {*now} | {*self.before} if now.get(name) != self.before.get(name)
        }
        return {name.removeprefix(f"{PACKAGE}/") for name in changed}

    def add(self, name: str, text: str) -> None:
        """Add a file to the package."""
        (self.path / PACKAGE / name).write_text(text, encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a text that occurs in a file."""
        file = self.path / name
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")

    def params(self) -> dict[str, Any]:
        tree: dict[str, Any] = yaml_file.read(self.path / PARAMS)
        return tree

    def set_params(self, tree: dict[str, Any]) -> None:
        (self.path / PARAMS).write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        env = os.environ | {"PYTHONPATH": str(self.path / "src"), "COUPLED_VAE_DEVICE": "cpu"}
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=self.path, env=env, capture_output=True, text=True)

    def output(self, code: str) -> str:
        return self._said(self.python("-c", code))

    def make(self, target: str) -> None:
        """Run all jobs of a target, one after another in one process, without Snakemake."""
        self._said(self.python(str(SUPPORT / "jobs_in_order.py"), target))

    @staticmethod
    def _said(done: subprocess.CompletedProcess[str]) -> str:
        assert done.returncode == 0, done.stderr
        return done.stdout


def small_copy(folder: Path) -> Copy:
    """A copy on tiny settings: one study of one row, and no other experiment but the paper's."""
    copy = Copy(folder)
    tree = smoke(complete(copy.params()), yaml_file.read(SETTINGS))
    row = {"label": "A VAE", "value": None, "args": {}, "problem": {}}
    tree["experiments"] |= {
        "paper": {"datasets": ["mog"], "models": ["vae"], "seeds": [0]},
        "search": {**tree["experiments"]["search"], "datasets": {}},
        "grids": {},
        "studies": {"first": _study({"vae": row})},
        "explanations": None,
        "scaling": None,
    }
    copy.set_params(tree)
    copy.begin()
    return copy


def _study(rows: dict[str, Any]) -> dict[str, Any]:
    holes = {"cells": 4, "fraction": 0.1}
    return {"label": "A study", "dataset": "mog", "seeds": [0], "holes": holes, "rows": rows}
