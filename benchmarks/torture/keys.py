"""Keys of params.yaml that are changed, and changed back."""

import contextlib
import json
import random
from pathlib import Path
from typing import Any

import yaml
from place import Place, states
from tally import Tally

from coupled_vae.config.load import check_args, load
from coupled_vae.plan.steps import Plan
from coupled_vae.plan.targets import Specifications, all_targets, files
from coupled_vae.run import guard
from coupled_vae.runtime.errors import UserError

PROMISE = "exactly the files are made anew whose specification changed, and then back to the bytes"
SECTIONS = ("datasets", "models", "evaluation", "figures", "experiments")


def keys(place: Place, rng: random.Random, count: int) -> Tally:
    """Change a random key, run, change it back, run."""
    tally = Tally("changed keys", PROMISE)
    path = place.copy("keys") if count else place.tree.path
    while tally.tried < count:
        key = changed(path / "params.yaml", rng)
        expected = differing(path, place, path / "params.yaml")
        # Most keys are of models that the small tree lacks: of three trials two change something.
        if expected is None or not (expected or tally.tried % 3 == 2):
            (path / "params.yaml").write_bytes(place.good_params)
            continue
        tally.count("keys that change no file", not expected)
        fault, traceback = _made(place, path, expected)
        (path / "params.yaml").write_bytes(place.good_params)
        back, again = _made(place, path, expected)
        fault = fault or back or place.difference(path)
        tally.count("files made anew", 2 * len(expected))
        tally.add(fault and f"{key}: {fault}", traceback=traceback or again)
        if fault:
            path = place.copy("keys")
    return tally


def _made(place: Place, path: Path, expected: set[str]) -> tuple[str, bool]:
    """Run; how what was written differs from the plan, and whether there was a traceback."""
    before = states(path)
    ended = place.run(path)
    after = states(path)
    if ended.status:
        return place.failure(ended), ended.traceback
    written = {name for name, state in after.items() if before.get(name) != state}
    odd = sorted(written ^ expected)
    what = f"written {len(written)}, expected {len(expected)}: {odd[:3]}" if odd else ""
    return what, ended.traceback


def differing(path: Path, place: Place, params: Path) -> set[str] | None:
    """Files of the target whose specification the change changes; None if the change is invalid."""
    try:
        check_args(load(params), params)
        with contextlib.chdir(path):
            now = specifications(params, place.target)
            good = specifications(place.tree.path / "params.yaml", place.target)
    except UserError:
        return None
    if {*now} != {*good}:
        return None  # other cells: what the plan has is tested by tests/workflow
    return {name for name in now if now[name] != good[name]}


def specifications(params: Path, target: str) -> dict[str, str]:
    """Of each file that a target needs, what its record should say."""
    loaded = load(params)
    plan = Plan(loaded, guard.left_out(loaded))
    targets = all_targets(plan)
    names = ("data", "train", "evaluate", "paper") if target == "paper" else (target,)
    known = Specifications(plan)
    needed: dict[str, str] = {}
    waiting = [name for one in names for name in files(targets[one])]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = known.of(name)
    return needed


def changed(file: Path, rng: random.Random) -> str:
    """Change a random number or text of a parameter file; the key's name."""
    # Without the anchors, by which one change would be several.
    tree = json.loads(json.dumps(yaml.safe_load(file.read_text(encoding="utf-8"))))
    leaves = [leaf for leaf in _leaves(tree) if leaf[0] in SECTIONS]
    leaf = rng.choice(leaves)
    owner = tree
    for part in leaf[:-1]:
        owner = owner[part]
    value = owner[leaf[-1]]
    owner[leaf[-1]] = (
        f"{value} x"
        if isinstance(value, str)
        else value + 1
        if isinstance(value, int)
        else value * 1.01
    )
    file.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")
    return ".".join(map(str, leaf))


def _leaves(tree: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(tree, dict):
        return [leaf for key, own in tree.items() for leaf in _leaves(own, (*place, key))]
    if isinstance(tree, bool) or not isinstance(tree, int | float | str):
        return []
    return [place]
