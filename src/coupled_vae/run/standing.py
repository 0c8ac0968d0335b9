"""Which jobs of the plan the results of this folder satisfy, by their records, and which not."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from coupled_vae.plan import provenance
from coupled_vae.plan.jobs import Job
from coupled_vae.plan.provenance import Digests
from coupled_vae.plan.targets import Specifications, Step, job_of
from coupled_vae.runtime.errors import UserError


def unmet(
    specifications: Specifications, steps: Iterable[Step], digests: Digests
) -> Iterator[tuple[Job, str]]:
    """The jobs that are still to be run for some steps, each with the reason.

    Args:
        specifications: What every file should have been made by.
        steps: The steps whose jobs are looked at, with the jobs that make what they read.
        digests: SHA-256 of the files.
    """
    plan, seen = specifications.plan, set[Path]()
    waiting = [plan.job(step, **wildcards) for step, wildcards in steps][::-1]
    while waiting:
        job = waiting.pop()
        if job.record() in seen:
            continue
        seen.add(job.record())
        if reason := _reason(specifications, job, digests):
            yield job, reason
        waiting += [made_by for path in job.inputs() if (made_by := job_of(plan, str(path)))]


def _reason(specifications: Specifications, job: Job, digests: Digests) -> str:
    """Why a job is to be run: its files are missing or changed, or are not what it would make."""
    path = job.record()
    if not path.is_file():
        return "is missing"
    try:
        record, wanted = provenance.read(path), specifications.of_job(job)
    except UserError as error:
        return str(error)
    files = {*map(str, job.inputs())}, {file.name for file in job.outputs()}
    asked = wanted, job.text(), *files
    if (record.specification, record.text(), {*record.inputs}, {*record.outputs}) != asked:
        return "was made by other parameters or code"
    return provenance.doubt(path, record, digests)


def records(specifications: Specifications, steps: Iterable[Step]) -> Iterator[Path]:
    """The records that exist of the jobs of some steps."""
    plan = specifications.plan
    paths = (plan.job(step, **wildcards).record() for step, wildcards in steps)
    yield from (path for path in dict.fromkeys(paths) if path.is_file())
