"""What made an artifact: a record beside it, checked by whoever reads the artifact.

A record ``<name>.provenance.json`` holds the job with all its arguments and the fingerprint of its
code, the SHA-256 of every file it read and of every file it wrote, and the *specification*: a
digest of the job and of the specifications of its inputs, down to the data. Nothing in it depends
on the time or the machine, so equal runs write equal records.
"""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from coupled_vae.plan.jobs._base import Job
from coupled_vae.plan.layout import RECORD, record_of
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import write_json

Place = Callable[[Path], Path]  # where a file of a job is for now


class Record(BaseModel):
    """What one job wrote, and of what.

    Attributes:
        command: The kind of job.
        job: Its arguments.
        specification: Digest of the job and of all that its inputs were made by.
        folder: Where its outputs belong.
        inputs: SHA-256 of each file read, by its path.
        outputs: SHA-256 of each file written, by its name.
        data: Of a training, what a reader of its weights must know of the data; else None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    command: str
    job: dict[str, Any]
    specification: str
    folder: str
    inputs: dict[str, str]
    outputs: dict[str, str]
    data: dict[str, Any] | None = None

    def tree(self) -> dict[str, Any]:
        """What the file of the record holds; without ``data`` where the job says nothing of it."""
        tree = self.model_dump()
        if self.data is None:
            del tree["data"]
        return tree

    def text(self) -> str:
        """The job's text, as ``Job.text`` gives it."""
        return json.dumps(self.job, sort_keys=True, ensure_ascii=False)


def read(path: Path) -> Record:
    """Read a record.

    Raises:
        UserError: It is missing or damaged.
    """
    try:
        return Record.model_validate_json(path.read_bytes())
    except (OSError, ValidationError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "damaged"
        raise UserError(f"{path}: {reason}; run again, what it is about is made anew") from None


def find(path: Path) -> Record | None:
    """The record of the job that wrote a file; None if there is none beside it.

    Raises:
        UserError: The record is damaged.
    """
    own = Path(record_of(str(path)))
    # Most files name their record; only for the others is the folder searched.
    if own.is_file() and path.name in (record := read(own)).outputs:
        return record
    for other in sorted(path.parent.glob(f"*{RECORD}")):
        if other != own and path.name in (record := read(other)).outputs:
            return record
    return None


def sha256(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal.

    Raises:
        UserError: It is missing or cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise UserError(
            f"{path}: no such file; run the rule that makes it (make reproduce)"
        ) from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}") from None


def specification(job: Job, inputs: Mapping[str, str]) -> str:
    """Digest of a job and its inputs' specifications; that of a reader's file is its SHA-256."""
    told = json.dumps([job.command, job.text(), dict(inputs)], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def execute(job: Job, place: Place = lambda path: path) -> None:
    """Check a job's inputs, run it, and write its record.

    Args:
        job: The job; its own paths are the ones that the record names.
        place: Where each of its files is for now.

    Raises:
        UserError: An input is missing or is not what its record says, or the job fails.
    """
    inputs, specifications = dict[str, str](), dict[str, str]()
    for path in job.inputs():
        digest, specified = checked(place(path), path)
        inputs[str(path)], specifications[str(path)] = digest, specified
    moved = job.moved(place)
    moved.run()
    record = Record(
        command=job.command,
        job=json.loads(job.text()),
        specification=specification(job, specifications),
        folder=str(job.record().parent),
        inputs=inputs,
        outputs={path.name: sha256(place(path)) for path in job.outputs()},
        data=moved.about_data(),
    )
    write_json(place(job.record()), record.tree())


def checked(path: Path, name: Path) -> tuple[str, str]:
    """SHA-256 and specification of a file that is as its record says.

    A file without a record is taken as it is: a reader's own.

    Args:
        path: The file.
        name: Where it belongs.

    Raises:
        UserError: It is missing, or its record says otherwise.
    """
    digest = sha256(path)
    record = find(path)
    if record is None:
        return digest, digest
    if record.outputs[path.name] != digest:
        raise UserError(
            f"{name}: its content is not what its record says, it was damaged or exchanged; run "
            "again, it is made anew"
        )
    if Path(record.folder) != name.parent:
        raise UserError(
            f"{name}: belongs to {record.folder}, as its record says; run again, it is made anew"
        )
    return digest, record.specification


class Digests:
    """SHA-256 of files, computed once for each state of a file.

    Args:
        memory: Where they are kept from run to run; a state is size, times and inode.
    """

    def __init__(self, memory: Path) -> None:
        self.memory = memory
        self.known: dict[str, list[Any]] = {}
        self.new = False
        with suppress(OSError, ValueError, TypeError):  # nothing is remembered yet
            self.known = dict(json.loads(memory.read_text(encoding="utf-8")))

    def of(self, path: str) -> str | None:
        """The digest of a file; None if there is no such file."""
        try:
            stat = os.stat(path)
        except OSError:
            return None
        state = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
        found = self.known.get(path)
        if not (isinstance(found, list) and found[:-1] == state):
            try:
                found = [*state, sha256(Path(path))]
            except UserError:
                return None
            self.known[path], self.new = found, True
        return str(found[-1])

    def save(self) -> None:
        """Remember what was computed; a folder that is read-only forgets it."""
        if self.new:
            try:
                write_json(self.memory, self.known)
            except UserError:
                return
            self.new = False


def doubt(path: Path, record: Record, digests: Digests) -> str:
    """Why the artifacts of a record cannot be taken for what it says; empty if they can."""
    if Path(record.folder) != path.parent:
        return f"its record is of {record.folder}"
    for name, digest in record.outputs.items():
        if (found := digests.of(str(path.parent / name))) != digest:
            return f"{name} is missing" if found is None else f"{name} was changed or damaged"
    for name, digest in record.inputs.items():
        if (found := digests.of(name)) != digest:
            what = "is missing" if found is None else "is another one now"
            return f"its input {name} {what}"
    return ""
