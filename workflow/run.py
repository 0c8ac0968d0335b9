"""Front door of the pipeline: ``python workflow/run.py [--dvc] TARGET...``.

Runs Snakemake (with ``--dvc``: DVC, whose stages come back here) so that only one run works in a
folder, a killed one is picked up where it stopped, and what happened is told in a few lines.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from types import FrameType

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP), str(TOP / "src")]

from coupled_vae.errors import exit_status  # noqa: E402
from coupled_vae.progress import QUIET_SECONDS, clock  # noqa: E402
from workflow import guard  # noqa: E402

WHERE = {
    "data": "results/data",
    "train": "results/runs",
    "evaluate": "results/evaluations",
    "paper": "results/tables and results/figures",
    "search": "results/tables/search.md",
}
# What Snakemake says of itself; all of it stands in .snakemake/log.
NOISE = re.compile(
    r"\[\w{3} \w{3} +\d+ [\d:]+ \d{4}\]$|Using (workflow specific )?profile|Assuming unrestricted"
    r"|host: |Building DAG|Using shell|Provided (cores|resources)|Rules claiming|Select jobs"
    r"|Execute \d+ jobs|Finished jobid|Job stats:|job +count|-+ +-+$|\w+ +\d+$|Complete log"
    r"|Shutting down|Exiting because|Nothing to be done|Removing output files|Will exit after"
    r"|WorkflowError:$|At least one job did not complete|Touching output|Trying to restart"
    r"|=+$|Elapsed time|Reasons:|This was a dry-run|$"
)
BLOCK = re.compile(r"(?:(?:local)?(?:rule|checkpoint) (\w+):|SNAKEMAKE)$")
FAILURE = re.compile(r"Error in (?:group|rule) (\w+):$")
STEPS = re.compile(r"(\d+) of (\d+) steps")


@dataclass
class Story:
    """What Snakemake's messages told: jobs that ran, jobs that failed."""

    started: list[dict[str, str]] = field(default_factory=list)
    failed: list[dict[str, str]] = field(default_factory=list)

    def tell(self, lines: Iterator[str]) -> Iterator[str]:
        """Lines worth showing: those of the jobs themselves, and the share that is done."""
        block: dict[str, str] | None = None
        shown = 0.0
        for line in (raw.rstrip("\n") for raw in lines):
            if block is not None and line.startswith("  "):
                key, _, value = line.strip().partition(": ")
                block.setdefault(key, value)
                continue
            block = None
            if head := BLOCK.match(line):
                block = {"rule": head[1] or ""}
                self.started.append(block)
            elif head := FAILURE.match(line):
                block = {"rule": head[1]}
                self.failed.append(block)
            elif steps := STEPS.match(line):
                if steps[1] == steps[2] or time.monotonic() - shown >= QUIET_SECONDS:
                    shown = time.monotonic()
                    yield f"{steps[1]} of {steps[2]} jobs done"
            elif not NOISE.match(line):
                yield line

    def ran(self) -> str:
        """Jobs by rule, and by model the cells trained."""
        rules = [job["rule"] for job in self.started if "output" in job]
        counts = [f"{rules.count(rule)} {rule}" for rule in dict.fromkeys(rules)]
        models: dict[str, list[str]] = {}
        for job in self.started:
            if job["rule"] == "train_cell":
                names = dict(pair.split("=") for pair in job.get("wildcards", "").split(", "))
                models.setdefault(f"{names['dataset']}/{names['model']}", []).append(names["seed"])
        trained = [f"{name} (seed {', '.join(seeds)})" for name, seeds in sorted(models.items())]
        return ", ".join(counts) + ("; trained " + ", ".join(trained) if trained else "")

    def failures(self) -> Iterator[str]:
        """One line for each failed job: its name, its own error, its log."""
        for job in self.failed:
            log = Path(job.get("log", "").split(" (check")[0])
            name = "/".join(log.with_suffix("").parts[1:]) or job["rule"]
            yield f"failed: {name}: {_last_words(log)} (log: {log})"


def _last_words(log: Path) -> str:
    try:
        lines = [x for x in log.read_text(errors="replace").splitlines() if x.strip()]
    except OSError:
        lines = []
    errors = [line for line in lines if line.startswith("error: ")]
    return (errors or lines or ["it was killed, or its log could not be written"])[-1].strip()


def snakemake(targets: list[str], *options: str, show: bool = True) -> tuple[int, Story]:
    """Run Snakemake in the present folder, on the profile in ``SNAKEMAKE_PROFILE``."""
    profile = os.environ.get("SNAKEMAKE_PROFILE", "default")
    ours = TOP / "profiles" / profile
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(TOP / "Snakefile")]
    command += ["--workflow-profile", "none", "--profile", str(ours if ours.is_dir() else profile)]
    story = Story()
    process = subprocess.Popen(
        [*command, *options, "--", *targets],
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )

    def forward(number: int, _: FrameType | None) -> None:
        process.send_signal(number)

    # Ctrl-C reaches Snakemake by itself; it stops its jobs, and we tell of it.
    before = {
        n: signal.signal(n, h)
        for n, h in ((signal.SIGINT, signal.SIG_IGN), (signal.SIGTERM, forward))
    }
    try:
        assert process.stderr is not None
        for line in story.tell(process.stderr):
            if show:
                print(line, file=sys.stderr, flush=True)
        return process.wait(), story
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(targets: list[str]) -> int:
    """Make targets with Snakemake; returns the exit status."""
    start = time.monotonic()
    # Nobody else works here, so that any lock of Snakemake's is one of a killed run.
    rmtree(guard.STATE / "locks", ignore_errors=True)
    status, story = snakemake(targets)
    for line in story.failures():
        print(line, file=sys.stderr)
    name, spent = " ".join(targets), clock(time.monotonic() - start)
    if status:
        if story.failed:
            print(
                f"{name}: {len(story.failed)} jobs failed; finished ones are kept", file=sys.stderr
            )
        return status if status > 0 else 1
    where = ", ".join(f"{WHERE.get(target, target)}" for target in targets)
    what = story.ran() or "nothing to do, all is up to date"
    print(f"{name}: {what}; {spent} minutes; {where}", file=sys.stderr)
    return 0


def reproduce(stages: list[str]) -> int:
    """Bring stages of ``dvc.yaml`` up to date with DVC; returns the exit status."""
    start = time.monotonic()
    guard.checked_params(Path("params.yaml"))
    status = subprocess.run(["dvc", "repro", *stages]).returncode
    if status:
        return status
    if "paper" not in stages and _nothing_to_do("paper"):
        # Snakemake's provenance is tracked with the paper stage; what was added to it is no change.
        subprocess.run(["dvc", "commit", "--force", "--quiet", "paper"], check=True)
    where = ", ".join(WHERE[stage] for stage in stages)
    print(f"done in {clock(time.monotonic() - start)} minutes: {where}", file=sys.stderr)
    return 0


def _nothing_to_do(target: str) -> bool:
    status, story = snakemake([target], "--dry-run", show=False)
    return status == 0 and not story.ran()


def main(argv: list[str] | None = None) -> int:
    """Run; the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--dvc", action="store_true", help="through DVC, which tracks the results")
    parser.add_argument("--directory", type=Path, default=TOP, help="where to work")
    parser.add_argument("targets", nargs="+", metavar="TARGET", help=", ".join(WHERE))
    args = parser.parse_args(argv)
    os.chdir(args.directory)
    binaries = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([binaries, os.environ.get("PATH", "")])

    def action() -> int:
        guard.hold_lock()
        return reproduce(args.targets) if args.dvc else run(args.targets)

    return exit_status(action)


if __name__ == "__main__":
    sys.exit(main())
