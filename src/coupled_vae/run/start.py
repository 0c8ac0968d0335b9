"""Before the first job: no other run at work, and no report left that is no longer true."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coupled_vae.plan import layout, provenance
from coupled_vae.plan.layout import RECORD
from coupled_vae.plan.steps import Plan
from coupled_vae.plan.targets import Specifications, job_of, present
from coupled_vae.run import guard, slurm
from coupled_vae.run.memory import Doubts
from coupled_vae.runtime.errors import UserError, one_line

REPORTS = (
    *("collect", "table", "figure", "page", "report", "numbers"),
    *("study", "explanations", "scaling_report"),
)
SHOWN = 5  # reasons


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
        outputs = {str(file) for job in workflow.dag.needrun_jobs() for file in job.output}
        datasets = {job.wildcards.get("dataset") for job in workflow.dag.needrun_jobs()}
        check_data(plan, datasets & {*plan.datasets()}, outputs)
    except UserError as error:
        sys.exit(f"error: {error}")
    # Because of its rate limit (100 jobs a second by default) Snakemake looks at all jobs once a
    # second for each job that has finished: a whole core after some hundred jobs. Neither
    # processes nor SLURM need a limit.
    workflow.scheduler.job_rate_limiter = None
    for line in reasons(plan, outputs, doubts):
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
    from coupled_vae.data.fits import check_file

    for dataset in sorted(datasets):
        paths = [path.format(dataset=dataset) for path in (layout.DATA, layout.HELD_OUT)]
        if Path(paths[0]).exists() and not outputs & {*paths}:
            # Whether the network takes the data needs torch to know: asked when they are made.
            needs = plan.needs(dataset).model_copy(update={"problem": None})
            check_file(needs, *map(Path, paths))


def reasons(plan: Plan, outputs: set[str], doubts: Doubts) -> Iterator[str]:
    """Lines on why artifacts that are there are made anew; one for each reason."""
    found: dict[str, list[str]] = {}
    for path in sorted(outputs):
        is_artifact = not path.endswith(RECORD) and Path(path).exists()
        if is_artifact and (reason := doubts.get(path) or change(plan, path)):
            found.setdefault(reason, []).append(path)
    for reason, (first, *others) in [*found.items()][:SHOWN]:
        more = f" and {len(others)} more" if others else ""
        yield f"made anew: {first}{more}: {reason}"
    if len(found) > SHOWN:
        yield f"made anew: more files, for {len(found) - SHOWN} other reasons"


def change(plan: Plan, path: str) -> str:
    """What is asked for now in place of what a file was made by; empty if nothing else is."""
    job = job_of(plan, path)
    try:
        record = provenance.find(Path(path))
    except UserError:
        return ""
    if job is None or record is None or record.text() == job.text():
        return ""
    asked = job.model_dump(mode="json")
    if record.job.get("code") != asked["code"]:
        return "its code was changed"
    return next(differences(record.job, asked), "")


def differences(old: Any, new: Any, place: str = "") -> Iterator[str]:  # noqa: ANN401
    """Each leaf of two trees that differs, by its key."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old} | {*new}):
            yield from differences(old.get(key), new.get(key), f"{place}.{key}" if place else key)
    elif old != new:
        yield f"{place} is {one_line(str(new), 40)} and was {one_line(str(old), 40)}"


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
    plans = [plan, *([Plan(plan.params)] if plan.left_out else [])]
    specifications = [Specifications(one) for one in plans]
    found = set[str]()
    for path in present():
        step = layout.step_of(path)
        if step is None or step[0] not in REPORTS or path in kept:
            continue
        if path in outputs:
            found.add(path)
        elif path.endswith(RECORD):
            found.update(_of_others(path, specifications))
    return found - kept


def _of_others(path: str, plans: list[Specifications]) -> list[str]:
    """A record and its files, if it is of other parameters or code than its job has now."""
    try:
        record = provenance.read(Path(path))
    except UserError:
        return []  # it does not say
    jobs = [(plan, job_of(plan.plan, path)) for plan in plans]
    if any(job is None or plan.of_job(job) == record.specification for plan, job in jobs):
        return []
    return [path, *(str(Path(path).parent / name) for name in record.outputs)]
