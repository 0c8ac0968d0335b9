"""Change each leaf of ``params.yaml`` in turn; print what DVC and Snakemake make of it, as JSON.

Snakemake is asked about targets that DVC calls clean, and for keys on the command line about
all.

One process with everything imported, which forks for each key: seconds instead of minutes.
"""

import contextlib
import io
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import yaml

sys.path[:0] = [".", "src"]

from dvc.repo import Repo  # noqa: E402
from snakemake import cli  # noqa: E402

from coupled_vae import fingerprint, params, registry  # noqa: E402
from coupled_vae.errors import UserError  # noqa: E402
from workflow import guard  # noqa: E402

FILE = Path("params.yaml")
STAGES = {
    "paper": {"data", "train", "evaluate", "paper"},
    "search": {"data", "search"},
    "more": {"data", "grid@more"},
    "penalties": {"data", "study@penalties"},
    "explanations": {"data", "explanations"},
    "scaling": {"data", "scaling"},
}


def leaves(tree: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if isinstance(tree, dict):
        return [leaf for key, value in tree.items() for leaf in leaves(value, (*path, key))]
    return [path]


def others(value: Any) -> list[Any]:
    """Other values to try, the first that is valid is taken."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1]
    if isinstance(value, float):
        return [value * 1.01]
    if isinstance(value, str):
        return [value + " x", "vae"]
    if value is None:
        return [2.0]
    return [[*value, 17], value[:-1]]


def put(tree: Any, path: tuple[str, ...], value: Any) -> Any:
    if not path:
        return value
    return {key: put(old, path[1:], value) if key == path[0] else old for key, old in tree.items()}


def get(tree: Any, path: tuple[str, ...]) -> Any:
    return get(tree[path[0]], path[1:]) if path else tree


def plan(targets: list[str]) -> list[str]:
    """First outputs of the jobs that Snakemake would run."""
    log = Path("plan.txt")
    child = os.fork()
    if child == 0:
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        os.dup2(out, 2)
        code = 1
        try:
            cli.main(["--dry-run", "--", *targets])
        except SystemExit as done:
            code = 0 if done.code in (0, None) else 1
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0, log.read_text()
    text = log.read_text()
    log.unlink()
    return re.findall(r"^    output: ([^,\n]+)", text, re.MULTILINE)


def main() -> None:
    guard._check_args = lambda _: None  # its cost is torch's import, a changed number passes
    fingerprint.fingerprint(
        "train", "draw", *(f"models.{kind}" for kind in registry.kinds("models"))
    )
    original = FILE.read_text()
    tree = yaml.safe_load(original)
    for path in leaves(tree):
        key = ".".join(path)
        for value in others(get(tree, path)):
            FILE.write_text(yaml.safe_dump(put(tree, path, value), sort_keys=False))
            with contextlib.suppress(UserError):
                params.load(FILE)
                break
        else:
            continue
        with contextlib.redirect_stdout(io.StringIO()), Repo() as repo:
            changed = set(repo.status())
        clean = [target for target, stages in STAGES.items() if not changed & stages]
        row = {"key": key, "clean": clean, "plan_of_clean": plan(clean) if clean else []}
        if key in sys.argv[1:]:
            row["plan"] = plan(list(STAGES))
        print(json.dumps(row), flush=True)
    FILE.write_text(original)


main()
