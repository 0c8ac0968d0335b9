"""Torture the pipeline and count what it survives: ``python benchmarks/torture --seed 0``.

Works in a temporary folder, on a tree of a few small cells. Writes benchmarks/reliability.json and
fills docs/reliability.md from it.
"""

import argparse
import platform
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from artifacts import artifacts
from faults import faults
from fuzzed import parameters
from keys import keys
from kills import kills
from place import TOP, Place
from tally import Tally

from coupled_vae.reporting import readme
from coupled_vae.runtime.errors import exit_status
from coupled_vae.runtime.files import write_json, write_text

OUT = TOP / "benchmarks/reliability.json"
PAGE = TOP / "docs/reliability.md"
KINDS = ("kills", "keys", "fuzz", "artifacts", "machine")
SMALL = {"kills": 1, "keys": 0, "fuzz": 20, "artifacts": 6}


def parsed(argv: list[str]) -> argparse.Namespace:
    """The arguments of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--seed", type=int, default=0, help="of all that is chosen at random")
    for name, count, what in (
        ("kills", 20, "runs that are killed"),
        ("keys", 4, "keys that are changed and changed back"),
        ("fuzz", 500, "parameter files with faults"),
        ("artifacts", 200, "artifacts that are damaged"),
    ):
        parser.add_argument(f"--{name}", type=int, metavar="N", help=f"{what} ({count})")
        parser.set_defaults(**{f"{name}_default": count})
    parser.add_argument("--small", action="store_true", help="few trials of runs that make data")
    parser.add_argument("--only", nargs="+", choices=KINDS, default=KINDS, metavar="KIND")
    parser.add_argument("--out", type=Path, default=OUT, help="where the counts are written")
    args = parser.parse_args(argv)
    for name in SMALL:
        if getattr(args, name) is None:
            setattr(args, name, SMALL[name] if args.small else getattr(args, f"{name}_default"))
    return args


def tortured(args: argparse.Namespace, folder: Path) -> list[Tally]:
    """Everything that was asked for, one after another."""
    print("a run without trouble", file=sys.stderr)
    place = Place(folder, "data" if args.small else "paper")
    trials: dict[str, Callable[[random.Random], list[Tally]]] = {
        "kills": lambda rng: [kills(place, rng, args.kills)],
        "keys": lambda rng: [keys(place, rng, args.keys)],
        "fuzz": lambda rng: [parameters(place, rng, args.fuzz)],
        "artifacts": lambda rng: [artifacts(place, rng, args.artifacts)],
        "machine": lambda rng: faults(place, rng, few=args.small),
    }
    found = []
    for name in (name for name in KINDS if name in args.only):
        start = time.monotonic()
        # A generator for each kind: the counts of one do not change the trials of another.
        made = trials[name](random.Random(f"{args.seed} {name}"))
        for tally in (tally for tally in made if tally.tried or tally.left_out):
            found.append(tally)
            print(
                f"{tally.name}: {tally.survived} of {tally.tried} survived, "
                f"{tally.tracebacks} tracebacks, {time.monotonic() - start:.0f} s",
                *tally.faults,
                sep="\n  ",
                file=sys.stderr,
                flush=True,
            )
    return found


def main(argv: list[str]) -> int:
    """Run the trials and write what came of them; 1 if any promise was broken."""
    args = parsed(argv)
    with tempfile.TemporaryDirectory(prefix="coupled-vae-torture-") as name:
        found = tortured(args, Path(name).resolve())
    tree = {
        "seed": args.seed,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "kinds": [tally.tree() for tally in found],
    }
    write_json(args.out, tree)
    if args.out == OUT and PAGE.exists():
        write_text(PAGE, readme.filled(PAGE.read_text(encoding="utf-8")))
    return int(any(tally.survived < tally.tried for tally in found))


if __name__ == "__main__":
    # The folder and a mounted disk are removed however this ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(exit_status(lambda: main(sys.argv[1:])))
