"""Front door of the pipeline: ``python -m coupled_vae.run [--dvc] TARGET... [-- OPTION...]``.

Runs Snakemake (with ``--dvc``: DVC, whose stages come back here) so that only one run works in a
folder, a killed one is picked up where it stopped, and what happened is told in a few lines.
"""

import argparse
import os
import shlex
import sys
import time
from pathlib import Path

from coupled_vae.config.roots import PHASES
from coupled_vae.data.fetch import DATA_DIR, OFFLINE, RAW
from coupled_vae.run import chunks, dvc_ready, guard, stages, surroundings
from coupled_vae.run import own as own_params
from coupled_vae.run.engine import OPTIONS, PROFILE, is_dry_run, snakemake, started, status_of
from coupled_vae.run.up_to_date import is_up_to_date
from coupled_vae.runtime.errors import UserError, exit_status, one_line
from coupled_vae.runtime.progress import clock
from coupled_vae.runtime.project import TOP

OTHERS = "experiments/dvc.yaml:"  # stages past the paper's
WHERE: dict[str, str] = {
    "plan": "results/plan.yaml",
    "data": "results/data",
    "train": "results/runs",
    "evaluate": "results/evaluations",
    "paper": " and ".join(
        f"results/{name}" for name in ("report.html", "tables", "figures", "numbers.tex")
    ),
    "search": "results/search/*/tables",
    **{phase: f"{root}/tables" for phase, root in PHASES.items()},
    "studies": "results/studies/*/report",
    "grids": "results/grids",
    "explanations": "results/explanations/report",
    "scaling": "results/scaling/report",
}


NOTHING = "nothing to do, all is up to date"
PLAIN_DRY_RUN = {"-n", "--dry-run", "--dryrun"}  # with other options Snakemake may do more
FAILURES = 6  # failed jobs that are shown at the end, a line each
RAN_LENGTH = 480  # characters of the line that says what ran


def run(targets: list[str], start: float) -> int:
    """Make targets with Snakemake; returns the exit status.

    Args:
        targets: What to make.
        start: When the command started, by the monotonic clock in seconds.
    """
    if "DVC_ROOT" in os.environ:  # by which DVC tells its stages' commands of itself
        dvc_ready.check_results()
    if targets == ["plan"]:
        stages.write()
        return 0
    status, record = snakemake(targets)
    failures = [str(failure) for failure in record.failures.values()]
    if len(failures) > FAILURES:
        failures[FAILURES:] = [f"and {len(failures) - FAILURES} more, whose logs are in logs"]
    print(*failures, sep="\n", end="\n" * bool(failures), file=sys.stderr)
    name, spent = " ".join(targets), clock(time.monotonic() - start)
    if status:
        if count := len(record.failures):
            print(f"{name}: {count} jobs failed; finished ones are kept", file=sys.stderr)
        return status
    where = ", ".join(_where(target) for target in targets)
    what = one_line(record.ran(), RAN_LENGTH) or NOTHING
    print(f"{name}: {what}; {spent} minutes; {where}", file=sys.stderr)
    return 0


def plan(targets: list[str]) -> int:
    """Print what a run would do, where the user's options ask for a dry run; the exit status."""
    plain = {*shlex.split(os.environ.get(OPTIONS, ""))} <= PLAIN_DRY_RUN
    if plain and is_up_to_date(targets):
        print(f"{' '.join(targets)}, dry run: {NOTHING}", file=sys.stderr)
        return 0
    status, record = snakemake(targets)
    if status == 0:
        what = one_line(record.ran(), RAN_LENGTH) or NOTHING
        print(f"{' '.join(targets)}, dry run: {what}", file=sys.stderr)
    return status


def reproduce(targets: list[str], start: float) -> int:
    """Bring the stages of ``dvc.yaml`` up to date that make the targets; returns the exit status.

    Args:
        targets: What to make.
        start: When the command started, by the monotonic clock in seconds.

    Raises:
        UserError: A target is none of the pipeline's.
    """
    dvc_ready.prepare()
    params = guard.checked_params(Path("params.yaml"))
    experiments = params.experiments
    # Only the paper's stages are in the folder's own dvc.yaml: plain `dvc repro` makes the paper.
    # DVC's name of a study is study@name, and of all of them study; so of a grid and a round of the
    # search.
    names = {
        **{name: name for name in ("data", "train", "evaluate", "paper")},
        **{name: OTHERS + name for name in ("search", "explanations", "scaling")},
        **{name: f"{OTHERS}search@{name}" for name in PHASES},
        "studies": f"{OTHERS}study",
        "grids": f"{OTHERS}grid",
        **{name: f"{OTHERS}study@{name}" for name in experiments.studies},
        **{name: f"{OTHERS}grid@{name}" for name in experiments.grids},
    }
    for target in targets:
        if target not in names:
            raise UserError(f"{target!r} is no experiment; choices are {', '.join(names)}")
    missing = {*guard.left_out(params)}
    for name, grid in experiments.grids.items():
        if {name, "grids"} & {*targets} and missing.issuperset(grid.datasets):
            raise UserError(f"{name}: none of its datasets can be made on this machine; see above")
    stages.write()  # also where only files of a dataset have come or gone, which DVC does not see
    asked = [names[target] for target in targets]
    status = _dvc(*asked)
    if status == 0 and not _nothing_to_do(targets):
        # What DVC does not see: an artifact that is not what its record says.
        status = _dvc("--force", *asked)
    if status:
        return status
    where = ", ".join(_where(target) for target in targets)
    print(f"done in {clock(time.monotonic() - start)} minutes: {where}", file=sys.stderr)
    return 0


def _where(target: str) -> str:
    """Folder or files of a target's results; those of a study or a grid are in its own folder."""
    own = [f"results/{kind}/{target}" for kind in ("studies", "grids")]
    own = [folder for folder in own if Path(folder).is_dir()]
    names = WHERE.get(target, (own or [target])[0]).split(" and ")
    here = Path.cwd().resolve()
    folder = here.relative_to(TOP) if here.is_relative_to(TOP) else here
    return " and ".join(str(folder / name) for name in names)


def _dvc(*arguments: str) -> int:
    command = [sys.executable, "-m", "dvc", "repro", *arguments]
    try:
        with started(command, reading=False) as process:
            pass
    finally:
        guard.cancel_jobs()
    return status_of(process, "DVC")


def _nothing_to_do(targets: list[str]) -> bool:
    if is_up_to_date(targets):
        return True
    # With the user's own --forcerun there would always be something to do.
    status, record = snakemake(targets, "--dry-run", show=False, asked=False)
    return status == 0 and not record.ran()


def _keep_data_in_reach(directory: Path) -> None:
    """Let a run in another folder find, and add to, the files that datasets are made from."""
    if place := os.environ.get(DATA_DIR):
        os.environ[DATA_DIR] = str(Path(place).absolute())
    elif directory.absolute() != TOP and not os.path.lexists(directory / RAW):
        (TOP / RAW).mkdir(parents=True, exist_ok=True)
        (directory / RAW).parent.mkdir(parents=True, exist_ok=True)
        (directory / RAW).symlink_to(TOP / RAW)


def split(words: list[str]) -> tuple[list[str], list[str]]:
    """The front door's own words, and those for Snakemake, which follow ``--``."""
    at = words.index("--") if "--" in words else len(words)
    return words[:at], words[at + 1 :]


def main(argv: list[str] | None = None) -> int:
    """Run; the exit status."""
    words = sys.argv[1:] if argv is None else argv
    own, options = split(words)
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        epilog="What follows -- is Snakemake's: -n, --cores 1, --forcerun FILE, ...",
    )
    parser.add_argument("--dvc", action="store_true", help="through DVC, which tracks the results")
    parser.add_argument("--directory", type=Path, default=TOP, help="where to work")
    parser.add_argument("--params", type=Path, help="parameters beside the paper's, as my.yaml")
    parser.add_argument("--small", action="store_true", help="with --params: all made small")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(WHERE))
    args = parser.parse_args(own)
    if not (args.targets or args.params):
        parser.error("give a TARGET, or --params FILE")
    if options:
        os.environ[OPTIONS] = shlex.join(options)
    binaries = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([binaries, os.environ.get("PATH", "")])

    outermost = guard.TOKEN not in os.environ
    start = time.monotonic()

    def action() -> int:
        if args.params:
            args.directory, names = own_params.prepare(args.params.absolute(), small=args.small)
            known = {*names, *own_params.SECTIONS}
            if unknown := [name for name in args.targets if name not in known]:
                raise UserError(
                    f"{args.params}: has no experiment {unknown[0]!r}; choices are "
                    f"{', '.join(names)}"
                )
            args.targets = args.targets or names
        with own_params.naming(args.params):
            return work()

    def work() -> int:
        surroundings.prepare(args.directory)
        dry = is_dry_run(options)
        if not dry:
            _keep_data_in_reach(args.directory)
        if Path(os.environ.get(PROFILE, "")).is_dir() and os.environ.get(PROFILE):
            os.environ[PROFILE] = str(Path(os.environ[PROFILE]).absolute())
        os.chdir(args.directory)
        if dry:
            return plan(args.targets)
        guard.hold_lock()
        params = guard.checked_params(Path("params.yaml"))
        notes = guard.fetch_data(params, args.targets) if outermost else []
        if outermost:
            used = params.experiments.datasets(args.targets)
            for line in own_params.told(Path("params.yaml"), used):
                print(line, file=sys.stderr)
        if notes:  # what could not be fetched now is not tried again by each stage
            os.environ[OFFLINE] = "1"
        print(*notes, sep="\n", end="\n" * bool(notes), file=sys.stderr, flush=True)
        if outermost and chunks.size() > 1:
            chunks.compute(args.targets)
        status = (reproduce if args.dvc else run)(args.targets, start)
        if outermost and status == 0:
            chunks.forget()
        print(*notes, sep="\n", end="\n" * bool(notes), file=sys.stderr)
        return status

    return exit_status(action)
