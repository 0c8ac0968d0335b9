"""Which jobs of the plan the results of this folder satisfy, and which they do not."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from coupled_vae.plan import provenance
from coupled_vae.plan.jobs import Job
from coupled_vae.plan.provenance import Digests
from coupled_vae.plan.targets import Specifications, Step
from coupled_vae.run import guard
from coupled_vae.runtime.errors import UserError

DIGESTS = guard.STATE / "digests.json"  # kept from run to run


def unmet(
    specifications: Specifications, steps: Iterable[Step], digests: Digests
) -> Iterator[tuple[Job, str]]:
    """The jobs of some steps that are still to be run, each with the reason.

    Args:
        specifications: What every file should have been made by.
        steps: The steps whose jobs are looked at, each once.
        digests: SHA-256 of the files.
    """
    seen = set[str]()
    for step, wildcards in steps:
        job = specifications.plan.job(step, **wildcards)
        if str(job.record()) in seen:
            continue
        seen.add(str(job.record()))
        if reason := _reason(specifications, job, digests):
            yield job, reason


def _reason(specifications: Specifications, job: Job, digests: Digests) -> str:
    path = job.record()
    if not path.is_file():
        return "is missing"
    try:
        record = provenance.read(path)
    except UserError as error:
        return str(error)
    if record.specification != specifications.of_job(job):
        return "was made by other parameters or code"
    return provenance.doubt(path, record, digests)


def records(specifications: Specifications, steps: Iterable[Step]) -> Iterator[Path]:
    """The records that exist of the jobs of some steps."""
    plan = specifications.plan
    paths = (plan.job(step, **wildcards).record() for step, wildcards in steps)
    yield from (path for path in dict.fromkeys(paths) if path.is_file())
