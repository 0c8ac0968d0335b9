"""What a run of Snakemake tells: its jobs' own lines, the share done and the time left."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from coupled_vae.runtime.progress import QUIET_SECONDS, clock

# What Snakemake says of itself; all of it stands in .snakemake/log.
NOISE = re.compile(
    r"\[\w{3} \w{3} +\d+ [\d:]+ \d{4}\]$|Using (workflow specific )?profile|Assuming unrestricted"
    r"|host: |Building DAG|Using shell|Provided (cores|resources)|Rules claiming|Select jobs"
    r"|Execute \d+ jobs|Job stats:|job +count|-+ +-+$|Complete log"
    r"|Shutting down|Exiting because|Nothing to be done|Removing output files|Will exit after"
    r"|WorkflowError:$|At least one job did not complete|Touching output"
    r"|SLURM run ID|Provided remote|No SLURM account|No account was given|Unable to guess SLURM"
    r"|Job \d+ has been submitted|=+$|Elapsed time|Reasons:|This was a dry-run|$"
)
BLOCK = re.compile(r"(?:(?:local)?(?:rule|checkpoint) (\w+):|SNAKEMAKE)$")
FAILURE = re.compile(r"Error in (?:group|rule) (\w+):$")
STEPS = re.compile(r"(\d+) of (\d+) steps")
COUNT = re.compile(r"(\w+) +(\d+)$")
COMMAND = re.compile(r"Shell command: (.*)")
RESTART = re.compile(r"Trying to restart job (\d+)")
SLURM_SAID = re.compile(
    r"SLURM (?:ended it: (?!FAILED)|would)[^.;]*|(?<=sbatch failed. The error message was ')[^']*"
    r"|Job submission failed.*"
)
FINISHED = re.compile(r"Finished jobid: (\d+)")


@dataclass
class Story:
    """What Snakemake's messages told: jobs that ran, jobs that failed, and how long they took."""

    started: list[dict[str, str]] = field(default_factory=list)
    failed: list[dict[str, str]] = field(default_factory=list)
    waiting: Counter[str] = field(default_factory=Counter)
    running: dict[str, tuple[str, float]] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    at_once: int = 1

    def tell(self, lines: Iterator[str]) -> Iterator[str]:
        """Lines worth showing: those of the jobs themselves, and the share that is done."""
        block: dict[str, str] | None = None
        told: Callable[[str, str], None] = self._job_began
        shown = 0.0
        for line in (raw.rstrip("\n") for raw in lines):
            # A message may have lines of its own; the job's number follows it.
            if block and "message" in block and "jobid" not in block and line[:1].strip():
                block["message"] += " " + line
                continue
            if block is not None and line.startswith("  "):
                key, _, value = line.strip().partition(": ")
                block.setdefault(key, value)
                if key == "jobid":
                    told(value, block["rule"])
                continue
            block = None
            if head := BLOCK.match(line):
                block = {"rule": head[1] or ""}
                self.started.append(block)
                told = self._job_began
            elif head := FAILURE.match(line):
                block = {"rule": head[1]}
                self.failed.append(block)
                told = self._job_failed
            elif steps := STEPS.match(line):
                if steps[1] == steps[2] or time.monotonic() - shown >= QUIET_SECONDS:
                    shown = time.monotonic()
                    yield f"{steps[1]} of {steps[2]} jobs done{self.time_left()}"
            elif count := COUNT.match(line):
                self.waiting[count[1]] = int(count[2])
            elif restart := RESTART.match(line):
                yield from self._job_again(restart[1])
            elif finished := FINISHED.match(line):
                self._job_finished(finished[1])
            elif command := COMMAND.match(line):
                self.started[-1]["command"] = command[1]
            elif not NOISE.match(line):
                yield line

    def _job_began(self, number: str, rule: str) -> None:
        self.running[number] = rule, time.monotonic()
        self.at_once = max(self.at_once, len(self.running))

    def _job_failed(self, number: str, _: str) -> None:
        self.running.pop(number, None)

    def _job_again(self, number: str) -> Iterator[str]:
        """It is no failure yet, but worth a line."""
        for job in [job for job in self.failed if job.get("jobid") == number]:
            self.failed.remove(job)
            yield f"{_name(job)}: {_reason(job)}; it is run again"

    def _job_finished(self, number: str) -> None:
        if number in self.running:
            rule, since = self.running.pop(number)
            self.waiting[rule] -= 1
            self.seconds.setdefault(rule, []).append(time.monotonic() - since)

    def time_left(self) -> str:
        """Of all jobs whose rule has been timed, at its mean; silent while another one runs."""
        if not self.running or any(rule not in self.seconds for rule, _ in self.running.values()):
            return ""
        left = sum(self.waiting[rule] * sum(s) / len(s) for rule, s in self.seconds.items())
        left -= sum(time.monotonic() - since for _, since in self.running.values())
        return f", about {clock(max(0.0, left) / self.at_once)} left"

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
            yield f"failed: {_name(job)}: {_reason(job)} (log: {_log(job)})"


def _log(job: dict[str, str]) -> Path:
    return Path(job.get("log", "").split(",")[0].split(" (check")[0])


def _name(job: dict[str, str]) -> str:
    log = _log(job)
    return "/".join([*log.parts[1:-1], log.stem]) if log.name else job["rule"]


def _reason(job: dict[str, str]) -> str:
    """SLURM's, if it was not the job that failed; else the job's last words."""
    if said := SLURM_SAID.search(job.get("message", "")):
        return said[0].strip()
    log = _log(job)
    try:
        lines = [x for x in log.read_text(errors="replace").splitlines() if x.strip()]
    except OSError:
        lines = []
    errors = [line for line in lines if line.startswith("error: ")]
    return (
        errors
        or lines
        or ["it was killed, perhaps for its memory, or its log could not be written"]
    )[-1].strip()
