"""Parameter files with random faults."""

import copy
import random
from pathlib import Path
from typing import Any

import yaml
from place import Place
from tally import Tally

from coupled_vae.config.load import check_args, load
from coupled_vae.runtime.errors import UserError

PROMISE = "refused in one line, or valid by the schema"
LONGEST = 900  # characters of a message
VALUES: list[Any] = [
    *(None, True, -1, 0, 1, 10**30, -(10**30), 1e308, 5e-324, float("nan"), float("inf"), -0.0),
    *("", " ", "x" * 5000, "nul\0", "a\nb", "../../etc/passwd", "{{jinja}}", "${HOME}", "1e5", "é"),
    *([], {}, [[]], [None], {"": 1}, {"kind": "vae"}, [1, "a"], {1: 2}, {None: None}),
]
TEXTS = [
    "\t",
    "\0",
    "%YAML 9.9\n",
    "&a *a",
    "<<: *b",
    "!!python/object:os.system",
    ": :",
    "- -",
    "'",
]
EVERY = 50  # of the files also goes through the front door


def parameters(place: Place, rng: random.Random, count: int) -> Tally:
    """Load parameter files with one to three random faults each."""
    tally = Tally("fuzzed parameter files", PROMISE)
    good = place.good_params.decode()
    tree = yaml.safe_load(good)
    path = place.folder / "fuzzed" / "params.yaml"
    path.parent.mkdir(exist_ok=True)
    for number in range(count):
        path.write_bytes(mutated(good, tree, rng))
        fault, outcome, traceback = loaded(path)
        tally.count(outcome)
        tally.add(fault and f"file {number}: {fault}", traceback=traceback)
        if number % EVERY == EVERY - 1:
            _through_the_door(place, path, outcome, tally)
    return tally


def loaded(path: Path) -> tuple[str, str, bool]:
    """Load a file: what is wrong with the answer, the answer, whether it was a traceback."""
    try:
        check_args(load(path), path)
    except UserError as error:
        return unclear(str(error)), "refused", False
    except Exception as error:  # whatever it is, it would be a traceback
        return f"{type(error).__name__}: {error}"[:300], "raised", True
    return "", "accepted", False


def unclear(message: str) -> str:
    """What keeps a message from being one printable line; empty if nothing does."""
    if not message.isprintable():
        return f"its message is no line: {message[:200]!r}"
    return f"its message has {len(message)} characters" if len(message) > LONGEST else ""


def _through_the_door(place: Place, path: Path, outcome: str, tally: Tally) -> None:
    ended = place.run(place.tree.path, "--directory", str(path.parent), "--", "--dry-run")
    told = [line for line in ended.said.splitlines() if line.startswith("error: ")]
    fault = ended.one_line
    if outcome == "refused" and (ended.status == 0 or len(told) != 1):
        fault = f"the front door ends with {ended.status} and {len(told)} lines of error"
    tally.count("through the front door")
    tally.add(fault, traceback=ended.traceback)


def mutated(text: str, tree: Any, rng: random.Random) -> bytes:
    """A parameter file with random faults, in its structure, its values or its bytes."""
    if rng.random() < 0.7:
        own = copy.deepcopy(tree)
        for _ in range(rng.randint(1, 3)):
            _damage(own, rng)
        return yaml.dump(own, sort_keys=False, allow_unicode=True).encode("utf-8", "replace")
    lines = text.splitlines(keepends=True)
    at = rng.randrange(len(lines))
    kind = rng.randrange(6)
    if kind == 0:
        del lines[at : at + rng.randint(1, 9)]
    elif kind == 1:
        lines.insert(at, lines[rng.randrange(len(lines))])
    elif kind == 2:
        lines[at] = " " * rng.randint(1, 5) + lines[at]
    elif kind == 3:
        lines[at] = lines[at].replace(":", rng.choice(TEXTS), 1)
    raw = bytearray("".join(lines).encode())
    if kind == 4:
        del raw[rng.randrange(len(raw)) :]
    elif kind == 5:
        for _ in range(rng.randint(1, 4)):
            raw[rng.randrange(len(raw))] = rng.randrange(256)
    return bytes(raw)


def _damage(tree: Any, rng: random.Random) -> None:
    """Change one random entry of a tree, in place."""
    owners = [owner for owner in _owners(tree) if owner]
    owner = rng.choice(owners)
    places = [*owner] if isinstance(owner, dict) else [*range(len(owner))]
    place, kind = rng.choice(places), rng.randrange(5)
    if kind == 0:
        del owner[place]
    elif kind == 1 and isinstance(owner, dict):
        owner[f"{place}{rng.choice('sx_ .')}"] = owner.pop(place)
    elif kind == 2:
        other = rng.choice(owners)
        owner[place] = copy.deepcopy(
            rng.choice([*other.values()] if isinstance(other, dict) else other)
        )
    else:
        owner[place] = copy.deepcopy(rng.choice(VALUES))


def _owners(tree: Any) -> list[Any]:
    """All mappings and lists of a tree."""
    if not isinstance(tree, dict | list):
        return []
    below = tree.values() if isinstance(tree, dict) else tree
    return [tree, *(owner for own in below for owner in _owners(own))]
