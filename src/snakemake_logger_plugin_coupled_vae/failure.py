"""Which job failed, and why, in one line."""

from collections.abc import Sequence
from pathlib import Path

from coupled_vae.run.record import Failure

# What Snakemake appends to every message of an executor that submits jobs.
APPENDED = "For further error details"
SILENT = "it was killed, perhaps for its memory, or its log could not be written"


def failure(number: int, rule: str, logs: Sequence[str], message: str | None) -> Failure:
    """What is known of a failed job.

    Args:
        number: The job's.
        rule: Its rule.
        logs: Its log files; the first is that of the rule.
        message: Of the executor, if it was not the job that failed; its first line counts.
    """
    log = Path(logs[0]) if logs else None
    name = "/".join([*log.parts[1:-1], log.stem]) if log else rule
    said = (message or "").partition("\n")[0].partition(APPENDED)[0].strip()
    return Failure(number, name, said or _last_error(log), str(log or ""))


def _last_error(log: Path | None) -> str:
    """The last error in a log; else its last line, which is the last of a traceback too."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace") if log else ""
    except OSError:
        text = ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("error: ")]
    return (errors or lines or [SILENT])[-1]
