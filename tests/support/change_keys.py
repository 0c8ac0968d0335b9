"""Change keys of ``params.yaml`` in turn; print what Snakemake would run then, as JSON.

``change_keys.py KEY...``: one process with everything imported, which forks for each key.
"""

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

import yaml
from forked_plan import plan

from coupled_vae.config.load import load
from coupled_vae.runtime.errors import UserError

FILE = Path("params.yaml")
TARGETS = ["paper", "search", "more", "penalties", "explanations", "scaling"]


def others(value: Any) -> list[Any]:
    """Other values to try, the first that is valid is taken."""
    if isinstance(value, int):
        return [value + 1]
    if isinstance(value, float):
        return [value * 1.01]
    if isinstance(value, str):
        return [value + " x"]
    return [[*value, 17], value[:-1]]


def get(tree: Any, path: list[str]) -> Any:
    return get(tree[path[0]], path[1:]) if path else tree


def put(tree: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    return {key: put(old, path[1:], value) if key == path[0] else old for key, old in tree.items()}


def find(tree: Any, key: str) -> list[str]:
    """The key's parts; a part may have dots of its own, as the name of a study's row has."""
    for name in tree:
        if key == name:
            return [name]
        if key.startswith(f"{name}."):
            with contextlib.suppress(KeyError, TypeError):
                return [name, *find(tree[name], key.removeprefix(f"{name}."))]
    raise KeyError(key)


def main() -> None:
    original = FILE.read_text()
    tree = yaml.safe_load(original)
    for key in sys.argv[1:]:
        path = find(tree, key)
        for value in others(get(tree, path)):
            FILE.write_text(yaml.safe_dump(put(tree, path, value), sort_keys=False))
            with contextlib.suppress(UserError):
                load(FILE)
                break
        print(json.dumps({"key": key, "plan": plan(TARGETS)}), flush=True)
    FILE.write_text(original)


main()
