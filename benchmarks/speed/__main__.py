"""Measure, write ``benchmarks/performance.csv``, and fill ``docs/performance.md`` from it.

``python -m speed [--only NAME ...] [--trained RUN ...] [--long] [--small --out FILE]``
"""

import argparse
import datetime
import importlib
import os
import platform
import re
import sys
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from coupled_vae.runtime.machine import single_threaded

single_threaded()  # before numpy and torch are imported

import pandas as pd  # noqa: E402

from coupled_vae.reporting import performance, readme  # noqa: E402
from coupled_vae.reporting.performance import Row  # noqa: E402
from coupled_vae.runtime.errors import UserError, exit_status  # noqa: E402
from coupled_vae.runtime.files import write_text  # noqa: E402
from coupled_vae.runtime.project import TOP  # noqa: E402
from speed import contests  # noqa: E402
from speed.settings import Settings  # noqa: E402

TRAINED = ("results/runs/mog/cvae/0", "results/runs/mnist/cvae/0")
PACKAGES = (
    *("torch", "numpy", "scipy", "scikit-learn", "POT"),
    *("jax", "ott-jax", "geomloss", "pythae", "prdc", "snakemake"),
)


def measure(name: str, settings: Settings) -> list[Row]:
    """The rows of a contest, with the machine, the versions and the day."""
    print(f"measuring {name}", file=sys.stderr, flush=True)
    module = importlib.import_module(f"speed.contests.{name}")
    day = datetime.date.today().isoformat()
    about = {"machine": machine(), "versions": versions(), "date": day}
    return [replace(row, **about) for row in module.rows(settings)]


def merged(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Old rows, those of the newly measured contests replaced, in the order of the contests."""
    kept = old[~old["contest"].isin(new["contest"])]
    titles = [importlib.import_module(f"speed.contests.{name}").TITLE for name in contests.NAMES]
    frame = pd.concat([part for part in (kept, new) if len(part)]) if len(old) else new
    place = {title: number for number, title in enumerate(titles)}
    return frame.sort_values("contest", key=lambda names: names.map(place), kind="stable")


def machine() -> str:
    """The processor, and that one core of it was used."""
    info = Path("/proc/cpuinfo")
    text = info.read_text(encoding="utf-8", errors="replace") if info.exists() else ""
    found = re.search(r"^model name\s*: (.+)$", text, re.M)
    name = found[1].strip() if found else platform.processor() or platform.machine()
    return f"one core of {name}"


def versions() -> str:
    """Versions of Python and of the packages that are installed."""
    found = [f"Python {platform.python_version()}"]
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def use_one_core() -> None:
    """Keep this process, and those that it starts, on one core: JAX has no other limit."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def main(argv: list[str] | None = None) -> int:
    """Measure and write; the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", help=", ".join(contests.NAMES))
    parser.add_argument("--trained", nargs="+", type=Path, metavar="RUN", help="trained C-VAEs")
    parser.add_argument("--long", action="store_true", help="also what takes many minutes")
    parser.add_argument("--small", action="store_true", help="tiny sizes, which say nothing")
    parser.add_argument("--out", type=Path, default=performance.FILE, help="where rows are written")
    args = parser.parse_args(argv)
    return exit_status(lambda: _run(args))


def _run(args: argparse.Namespace) -> int:
    names = args.only or list(contests.NAMES)
    if unknown := [name for name in names if name not in contests.NAMES]:
        choices = ", ".join(contests.NAMES)
        raise UserError(f"--only {unknown[0]!r} is unknown; choices are {choices}")
    if args.small and args.out == performance.FILE:
        raise UserError("--small measures nothing true; write it elsewhere: --out FILE")
    trained = args.trained or [TOP / run for run in TRAINED]
    frame = performance.read(args.out)
    use_one_core()
    settings = Settings(small=args.small, long=args.long, trained=tuple(trained))
    for name in names:
        # After each contest, so that a fault in a later one loses nothing.
        frame = merged(frame, performance.to_frame(measure(name, settings)))
        write_text(args.out, frame.to_csv(index=False))
    print(f"written: {args.out}", file=sys.stderr)
    return readme.main() if args.out == performance.FILE else 0


if __name__ == "__main__":
    sys.exit(main())
