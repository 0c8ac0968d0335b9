"""Before the first job: what can be taken for up to date, and which reports are no longer true.

Every artifact says in a record what made it (``coupled_vae.provenance``). Snakemake's own memory in
``.snakemake/metadata`` may be lost, partly lost or of another version of the files; so it is
brought into line with the records before Snakemake plans. What has no record, or is not what its
record says, is remembered as made in an unknown way, and so is made anew.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from snakemake.persistence import RECORD_FORMAT_VERSION, MetadataRecord
from snakemake.persistence.file import FilePersistence

from coupled_vae import layout, provenance
from coupled_vae.errors import UserError
from coupled_vae.layout import RECORD
from coupled_vae.plan import Plan
from coupled_vae.provenance import Digests, Record
from coupled_vae.targets import Specifications, job_of, present
from workflow import guard, slurm

Doubts = dict[str, str]  # of each artifact that cannot be taken for what it says: why

UNKNOWN = "made in an unknown way"
REPORTS = ("collect", "table", "figure", "study", "explanations", "scaling_report")
SHOWN = 5  # reasons


def remember(plan: Plan) -> Doubts:
    """Bring Snakemake's memory into line with the artifacts' records."""
    digests = Digests(guard.STATE / "digests.json")
    memory, doubts = FilePersistence(nolock=True), Doubts()
    covered = set[str]()
    files = [*present()]
    for path in (file for file in files if file.endswith(RECORD)):
        try:
            record = provenance.read(Path(path))
            doubt = provenance.doubt(Path(path), record, digests)
        except UserError:
            continue  # its artifacts are as without a record
        outputs = [path, *(str(Path(path).parent / name) for name in record.outputs)]
        covered.update(outputs)
        doubts.update({output: doubt for output in outputs if doubt})
        wanted = _unknown() if doubt else _known(record)
        for output in outputs:
            _put(memory, output, wanted, finished=not doubt)
    for path in files:
        if path not in covered and layout.step_of(path):
            doubts[path] = "nothing beside it says what made it"
            _put(memory, path, _unknown(), finished=False)
    digests.save()
    return doubts


def _known(record: Record) -> MetadataRecord:
    return MetadataRecord(
        rule=record.command,
        input=sorted(record.inputs),
        params=sorted(repr(value) for value in _params(record)),
        input_checksums={path: f"sha256:{digest}" for path, digest in record.inputs.items()},
        record_format_version=RECORD_FORMAT_VERSION,
        incomplete=False,
    )


def _params(record: Record) -> list[str]:
    """The parameters of its rule: the job, and where a rule has several commands, the command."""
    several = record.command.startswith(("table", "figure"))
    return [record.text(), *([record.command] if several else [])]


def _unknown() -> MetadataRecord:
    return MetadataRecord(
        params=[repr(UNKNOWN)], record_format_version=RECORD_FORMAT_VERSION, incomplete=False
    )


def _put(memory: Any, path: str, wanted: MetadataRecord, *, finished: bool) -> None:  # noqa: ANN401
    """Write what is to be remembered of a file, if something else is."""
    compared = ("input", "params", "code", "input_checksums")
    with suppress(OSError):  # a folder that is read-only: Snakemake tells
        found = memory._read_record(path)
        if found is None or any(found[name] != wanted[name] for name in compared):
            memory._write_record(path, wanted)
        if finished:  # its job was through, whatever ended the run
            memory._unmark_incomplete(path)


def begin(workflow: Any, plan: Plan, doubts: Doubts) -> None:  # noqa: ANN401
    """Start a run of Snakemake: no other run at work, no report left that is no longer true."""
    if not workflow.is_main_process:
        return
    if guard.TOKEN not in os.environ:  # else the front door has told
        for name in plan.left_out:
            print(
                f"{plan.params.datasets[name].label} is NOT RUN: its files are not on this "
                "machine; make reproduce fetches them",
                file=sys.stderr,
            )
    try:
        guard.hold_lock()
        guard.sweep()
        if workflow.executor_plugin.name == "slurm":
            slurm.Watch(workflow.scheduler._executor, guard.slurm_jobs())
    except UserError as error:
        sys.exit(f"error: {error}")
    # Because of its rate limit (100 jobs a second by default) Snakemake looks at all jobs once a
    # second for each job that has finished: a whole core after some hundred jobs. Neither
    # processes nor SLURM need a limit.
    workflow.scheduler.job_rate_limiter = None
    outputs = {str(file) for job in workflow.dag.needrun_jobs() for file in job.output}
    datasets = {job.wildcards.get("dataset") for job in workflow.dag.needrun_jobs()}
    try:
        check_data(plan, datasets & {*plan.datasets()}, outputs)
    except UserError as error:
        sys.exit(f"error: {error}")
    for line in reasons(outputs, doubts):
        print(line, file=sys.stderr)
    kept = {str(file) for job in workflow.dag.jobs for file in job.output} - outputs
    withdrawn = guard.withdraw(untrue(plan, outputs, kept))
    if withdrawn:
        folders = sorted({str(Path(path).parent) for path in withdrawn})
        print(
            f"withdrawn until made anew: {len(withdrawn)} reports in {', '.join(folders)}",
            file=sys.stderr,
        )


def check_data(plan: Plan, datasets: set[str], outputs: set[str]) -> None:
    """Check datasets that were made earlier against the present parameters, before anything runs.

    Raises:
        UserError: A setting does not fit the data.
    """
    from coupled_vae.fits import check_file

    for dataset in sorted(datasets):
        paths = [path.format(dataset=dataset) for path in (layout.DATA, layout.HELD_OUT)]
        if Path(paths[0]).exists() and not outputs & {*paths}:
            # Whether the network takes the data needs torch to know: asked when they are made.
            needs = plan.needs(dataset).model_copy(update={"problem": None})
            check_file(needs, *map(Path, paths))


def reasons(outputs: set[str], doubts: Doubts) -> Iterator[str]:
    """Lines on what is made anew because it cannot be taken for what it says."""
    found = sorted(path for path in outputs & doubts.keys() if not path.endswith(RECORD))
    yield from (f"made anew: {path}: {doubts[path]}" for path in found[:SHOWN])
    if len(found) > SHOWN:
        yield f"made anew: {len(found) - SHOWN} more files, for reasons of the same kind"


def untrue(plan: Plan, outputs: set[str], kept: set[str]) -> set[str]:
    """Reports that must not stand while this run works, with their records.

    Committed metrics, tables and figures stand in every clone. A report goes if this run makes it
    anew, for a run that fails half-way must not leave the one of an earlier run; or if it rests,
    as its record says, on other parameters or other code than the present ones. One that this run
    has nothing to do with stays.

    Args:
        plan: What should have made each file.
        outputs: Files that this run makes.
        kept: Files that it found up to date.
    """
    # A dataset that is left out here may have been there where the report was made.
    plans = [Specifications(one) for one in (plan, Plan(plan.params))]
    found = set[str]()
    for path in present():
        step = layout.step_of(path)
        if step is None or step[0] not in REPORTS or path in kept:
            continue
        if path in outputs or (path.endswith(RECORD) and _rests_on_others(path, plans)):
            found.add(path)
            if path.endswith(RECORD):
                found.update(_beside(path))
    return found - kept


def _rests_on_others(path: str, plans: list[Specifications]) -> bool:
    """Whether a record is of other parameters or other code than its job has now."""
    try:
        made_by = provenance.read(Path(path)).specification
    except UserError:
        return False  # it does not say
    jobs = [(plan, job_of(plan.plan, path)) for plan in plans]
    return all(job is not None and plan.of_job(job) != made_by for plan, job in jobs)


def _beside(record: str) -> list[str]:
    """The files that a record is about."""
    try:
        names = provenance.read(Path(record)).outputs
    except UserError:
        return []
    return [str(Path(record).parent / name) for name in names]
