"""What a folder of results has of what the present parameters and code ask for."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from coupled_vae.plan import layout, provenance
from coupled_vae.plan.jobs import Job
from coupled_vae.plan.layout import RECORD
from coupled_vae.plan.provenance import Record
from coupled_vae.plan.targets import Specifications, job_of
from coupled_vae.run.unpack import AGAIN
from coupled_vae.runtime.errors import UserError, one_line

RESULTS = "results"


@dataclass
class Found:
    """What a source has.

    Attributes:
        wanted: SHA-256 of each file that the parameters ask for.
        others: How many files are of other parameters or code, or of nobody.
    """

    wanted: dict[str, str]
    others: int = 0


def found_in(root: Path, specifications: Specifications) -> Found:
    """The files of a source, each checked against its record.

    Raises:
        UserError: A file or a record is damaged.
    """
    found, listed = Found({}), set[str]()
    names = [*_files(root)]
    for name in (name for name in names if name.endswith(RECORD)):
        record = _record(root, name)
        sums = _sums(root, name, record)
        listed.update(sums)
        job = job_of(specifications.plan, name)
        if job and str(job.record()) == name and _is_asked_for(specifications, job, record):
            found.wanted.update(sums)
        else:
            found.others += len(sums)
    loose = {*names} - listed
    seconds = [name for name in loose if layout.is_timing(name) and not Path(name).exists()]
    found.wanted.update({name: provenance.sha256(root / name) for name in seconds})
    found.others += sum(layout.step_of(name) is not None for name in loose)
    return found


def _is_asked_for(specifications: Specifications, job: Job, record: Record) -> bool:
    try:
        return specifications.of_job(job) == record.specification
    except UserError:
        return False  # a reader's own file that it was made from is not here


def _files(root: Path) -> Iterator[str]:
    """The result files of a source, without what an interrupted job left."""
    for folder, folders, names in os.walk(root / RESULTS, followlinks=True):
        folders[:] = sorted(name for name in folders if name != "checkpoints")
        place_of = Path(folder).relative_to(root)
        yield from (str(place_of / name) for name in sorted(names) if not name.startswith("."))


def _record(root: Path, name: str) -> Record:
    try:
        return provenance.read(root / name)
    except UserError:
        raise UserError(f"{one_line(name)}: the record is damaged; {AGAIN}") from None


def _sums(root: Path, name: str, record: Record) -> dict[str, str]:
    """SHA-256 of a record and of the files that it says were written.

    Raises:
        UserError: A file is missing or is not what the record says.
    """
    folder = Path(name).parent
    if folder != Path(record.folder):
        raise UserError(f"{name}: is of {one_line(record.folder)}, as it says; nothing was changed")
    for output, digest in record.outputs.items():
        inside = Path(output).name == output and (root / folder / output).is_file()
        if not inside or provenance.sha256(root / folder / output) != digest:
            what = "was changed or damaged" if inside else "is missing"
            raise UserError(f"{one_line(str(folder / output))} {what}, as its record says; {AGAIN}")
    outputs = {str(folder / output): digest for output, digest in record.outputs.items()}
    return {**outputs, name: provenance.sha256(root / name)}
