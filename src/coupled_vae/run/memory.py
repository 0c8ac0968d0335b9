"""Snakemake's memory, brought into line with what the artifacts say of themselves.

Every artifact says in a record what made it (``coupled_vae.plan.provenance``). Snakemake's own
memory in ``.snakemake/metadata`` may be lost, partly lost or of another version of the files; so
it is made to agree with the records before Snakemake plans. What has no record, or is not what its
record says, is remembered as made in an unknown way, and so is made anew.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any

from snakemake.persistence import RECORD_FORMAT_VERSION, MetadataRecord
from snakemake.persistence.file import FilePersistence

from coupled_vae.plan import layout, provenance
from coupled_vae.plan.layout import RECORD
from coupled_vae.plan.provenance import Digests, Record
from coupled_vae.plan.targets import present
from coupled_vae.run import guard
from coupled_vae.runtime.errors import UserError

Doubts = dict[str, str]  # of each artifact that cannot be taken for what it says: why

UNKNOWN = "made in an unknown way"


def remember() -> Doubts:
    """Bring Snakemake's memory into line with the artifacts' records."""
    digests = Digests(guard.DIGESTS)
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
        params=[repr(record.text())],
        input_checksums={path: f"sha256:{digest}" for path, digest in record.inputs.items()},
        record_format_version=RECORD_FORMAT_VERSION,
        incomplete=False,
    )


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
