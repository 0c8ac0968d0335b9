"""What happened in one run of Snakemake: the jobs that ran, and those that failed and why.

The logger plugin (``snakemake_logger_plugin_coupled_vae``) writes it as JSON lines, one for each
event, to the file that ``COUPLED_VAE_RUN_RECORD`` names. The front door reads that file.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

RECORD = "COUPLED_VAE_RUN_RECORD"


@dataclass(frozen=True)
class Job:
    """A job that was started; in a dry run, one that would be.

    Args:
        number: Snakemake's, which stays the same when the job is run again.
        rule: Name of its rule.
        wildcards: Their values by name.
        has_output: Whether it writes files. A rule that only names a target does not.
    """

    number: int
    rule: str
    wildcards: dict[str, str]
    has_output: bool = True


@dataclass(frozen=True)
class Failure:
    """An attempt of a job that failed.

    Args:
        number: The job's.
        name: A cell's or a report's, taken from its log; else the rule's name.
        reason: One line.
        log: The job's log; empty if it has none.
    """

    number: int
    name: str
    reason: str
    log: str

    def __str__(self) -> str:
        return f"failed: {self.name}: {self.reason}" + (f" (log: {self.log})" if self.log else "")


@dataclass
class Record:
    """Jobs of a run and their failures, by the job's number."""

    jobs: dict[int, Job] = field(default_factory=dict)
    failures: dict[int, Failure] = field(default_factory=dict)

    def add(self, event: Job | Failure) -> None:
        """A job was started, for the first time or again; or it failed."""
        if isinstance(event, Failure):
            self.failures[event.number] = event
        else:
            self.jobs[event.number] = event
            self.failures.pop(event.number, None)

    def ran(self) -> str:
        """Number of jobs by rule, and the cells that were trained, by model; empty if none ran."""
        jobs = [job for job in self.jobs.values() if job.has_output]
        counts = [f"{n} {rule}" for rule, n in Counter(job.rule for job in jobs).items()]
        models: dict[str, list[str]] = {}
        for cell in (job.wildcards for job in jobs if job.rule == "train_cell"):
            models.setdefault(f"{cell['dataset']}/{cell['model']}", []).append(cell["seed"])
        trained = [f"{name} (seed {', '.join(seeds)})" for name, seeds in sorted(models.items())]
        return ", ".join(counts) + ("; trained " + ", ".join(trained) if trained else "")


def write(path: Path, event: Job | Failure) -> None:
    """Append an event to a run's file."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"kind": type(event).__name__, **asdict(event)}) + "\n")


def read(path: Path) -> Record:
    """The events of a run's file, which need not exist: Snakemake may have ended before."""
    record = Record()
    for event in _events(path) if path.exists() else ():
        record.add(event)
    return record


def _events(path: Path) -> Iterator[Job | Failure]:
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        if line.endswith("\n"):  # else it was cut off when Snakemake was killed
            fields = json.loads(line)
            yield (Job if fields.pop("kind") == "Job" else Failure)(**fields)
