"""A parameter file beside the paper's: ``python -m coupled_vae.run --params my.yaml``.

It works in a folder of its own, ``my`` beside ``my.yaml``, so that the paper's results stay as they
are. There ``params.yaml`` is written with everything filled in: what the file extends, and what is
derived from the data.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coupled_vae.config import derived, inherit, registry, yaml_file
from coupled_vae.config.cells import split
from coupled_vae.config.extends import complete
from coupled_vae.config.load import load
from coupled_vae.run.smoke import SETTINGS, smoke
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import write_text

Tree = dict[str, Any]
SECTIONS = ("grids", "studies")
HEAD = "# Written from {file} with everything filled in; change that file and not this one.\n"


def prepare(file: Path, *, small: bool = False) -> tuple[Path, list[str]]:
    """Write the folder's ``params.yaml``; the folder and the names of the file's experiments.

    What was derived from the data is printed, a line for each dataset and model.

    Args:
        file: The parameter file.
        small: Whether everything is made small, as ``make smoke`` does, in the folder ``my-smoke``.

    Raises:
        UserError: The file is not valid, or has no experiment.
    """
    if not file.is_file():
        raise UserError(f"{file}: no such file; write it, docs/own-data.md says how")
    with contextlib.chdir(file.parent):  # from which paths of data are
        load(Path(file.name))
        tree, own = inherit.read(Path(file.name)), yaml_file.read(Path(file.name))
    names = [*_names(own)]
    if not names:
        raise UserError(
            f"{file}: has no experiment; write one under experiments.grids, such as "
            "mine: {datasets: [wine], models: [vae, cvae], seeds: [0]}"
        )
    folder = file.parent / (f"{file.stem}-smoke" if small else file.stem)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise UserError(
            f"{folder}: cannot be made a folder ({error.strerror}), in which {file.name} works; "
            "rename one of the two"
        ) from None
    _only(tree, names)
    before = complete(tree)
    with contextlib.chdir(file.parent):
        whole = derived.fill(before)
        lines = derived.told(before, whole, whole["datasets"], _models(before))
        print(*lines, sep="\n", file=sys.stderr)
        if small:
            whole = smoke(whole, yaml_file.read(SETTINGS))
    _move_paths(whole, file.parent, folder)
    text = HEAD.format(file=os.path.relpath(file, folder)) + yaml_file.dump(whole)
    target = folder / "params.yaml"
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        write_text(target, text)
    return folder, names


def told(file: Path, datasets: set[str]) -> list[str]:
    """Lines on what a parameter file leaves out of some datasets and is derived from their data."""
    before = complete(inherit.read(file))
    return [*derived.told(before, derived.fill(before), datasets, _models(before))]


@contextlib.contextmanager
def naming(file: Path | None) -> Iterator[None]:
    """Let errors name the reader's file, and not the one that ``prepare`` wrote from it."""
    try:
        yield
    except UserError as error:
        text = str(error)
        if file is None or not text.startswith("params.yaml: "):
            raise
        raise UserError(f"{file}: {text.removeprefix('params.yaml: ')}") from None


def _names(tree: Tree) -> Iterator[str]:
    """The experiments that the file itself has; those of the file which it extends are not run."""
    experiments = tree.get("experiments", {})
    for section in SECTIONS:
        yield from experiments.get(section, {})


def _only(tree: Tree, names: list[str]) -> None:
    """Leave out every experiment but these; a study may share rows of the paper's grid."""
    experiments = tree["experiments"]
    for section in SECTIONS:
        own = experiments.get(section, {})
        experiments[section] = {name: own[name] for name in own if name in names}
    experiments["search"]["datasets"] = {}
    experiments["explanations"] = experiments["scaling"] = None
    used = {name for grid in experiments["grids"].values() for name in grid["datasets"]}
    used |= {study["dataset"] for study in experiments["studies"].values()}
    used |= {*experiments["paper"]["datasets"]}
    tree["datasets"] = {name: own for name, own in tree["datasets"].items() if name in used}
    for model in tree["models"].values():
        own = model.get("overrides", {})
        model["overrides"] = {name: args for name, args in own.items() if name in used}


def _models(tree: Tree) -> list[str]:
    """The models of all experiments but the paper's."""
    experiments, names = tree["experiments"], list[str]()
    for grid in experiments["grids"].values():
        names += grid["models"]
    for study in experiments["studies"].values():
        names += [split(row)[0] for row in study["rows"]]
    return list(dict.fromkeys(names))


def _move_paths(tree: Tree, source: Path, target: Path) -> None:
    """Paths of data are from the folder of the parameter file; write them from the run's."""
    for entry in tree["datasets"].values():
        module = registry.load("data", entry["kind"])
        if not hasattr(module, "paths"):
            continue
        for key in module.paths(registry.config("data", entry["kind"], entry["args"], "args")):
            path = Path(os.path.expanduser(entry["args"][key]))
            if not path.is_absolute():
                entry["args"][key] = os.path.relpath(source / path, target)
