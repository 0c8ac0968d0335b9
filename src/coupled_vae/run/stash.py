"""Finished jobs of cells that a chunk has run, kept until each cell's own job asks for them.

A job is named by its text and by the content of the files that it reads, so that what is taken is
what the job would have made.
"""

import hashlib
import os
import shutil
from pathlib import Path

from coupled_vae.plan.jobs import Job
from coupled_vae.plan.jobs.cells import OfCell
from coupled_vae.plan.provenance import Place, sha256
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import replacing

STASH = "COUPLED_VAE_STASH"


def files(job: Job) -> list[Path]:
    """All that a job leaves: outputs, record and measurements; their names differ."""
    return [*job.outputs(), job.record(), *job.measurements()]


def key(job: Job, place: Place = lambda path: path) -> str:
    """Name of a job; ``place`` says where its inputs are for now."""
    told = [job.command, job.text(), *(sha256(place(path)) for path in job.inputs())]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()[:32]


def take(job: Job) -> bool:
    """Copy what a job of a cell left to its place; False where no chunks are used.

    Raises:
        UserError: The job failed in its chunk, or the chunk did not come to it.
    """
    root = os.environ.get(STASH)
    if not root or not isinstance(job, OfCell):
        return False
    folder = Path(root) / key(job)
    if not folder.is_dir():
        failed = folder.with_suffix(".error")
        raise UserError(
            failed.read_text(encoding="utf-8")
            if failed.exists()
            else "its chunk did not come to it; see above and logs/chunks, then run again"
        )
    for file in files(job):
        with replacing(file) as part:
            shutil.copyfile(folder / file.name, part)
    return True
