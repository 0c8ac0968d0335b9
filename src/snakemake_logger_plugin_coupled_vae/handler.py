"""Snakemake's events as lines for a reader and as a record for the front door."""

import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from coupled_vae.run import record
from coupled_vae.run.record import RECORD, Failure, Job, Record
from snakemake_logger_plugin_coupled_vae.counter import Progress
from snakemake_logger_plugin_coupled_vae.failure import failure

# Snakemake reports a command that failed as this error too, with its whole text.
OF_A_JOB = "RuleException"


class LogHandler(LogHandlerBase):
    """Shows the share done, retries, and errors that belong to no job.

    The lines of the jobs come through their own standard error. The rest of what Snakemake says is
    in ``.snakemake/log``.
    """

    writes_to_stream = True  # in place of Snakemake's own lines
    writes_to_file = False  # Snakemake's own log file is kept
    has_filter = True  # all events come, whatever the profile is quiet about
    has_formatter = True
    needs_rulegraph = False

    def __post_init__(self) -> None:
        self.progress = Progress()
        self.seen = Record()
        self.has_reader = True
        self.file = os.environ.get(RECORD, "")
        self.actions: dict[LogEvent, Callable[[Any], None]] = {
            LogEvent.RUN_INFO: self._run_info,
            LogEvent.JOB_INFO: self._job_info,
            LogEvent.JOB_ERROR: self._job_error,
            LogEvent.JOB_FINISHED: self._job_finished,
        }

    def emit(self, record: logging.LogRecord) -> None:
        """Take one record of Snakemake's."""
        try:
            event = getattr(record, "event", None)
            action = self.actions.get(event) if event else None
            if action:
                action(record)
            elif record.levelno >= logging.WARNING and not self._is_known(record):
                self._show(_text(record))
        except Exception:
            self.handleError(record)

    def _is_known(self, record: logging.LogRecord) -> bool:
        """Whether a message says nothing new."""
        if record.levelno < logging.ERROR:
            # The executor for SLURM warns where it guesses an account or a partition.
            return _is_of_executor(record)
        error = getattr(record, "exception", "")
        # After failed jobs it says once more that there are some.
        return error == OF_A_JOB or (bool(self.seen.failures) and error in ("", "WorkflowError"))

    def _run_info(self, record: Any) -> None:  # noqa: ANN401  (Snakemake adds the fields)
        self.progress.expect(getattr(record, "stats", {}))

    def _job_info(self, record: Any) -> None:  # noqa: ANN401
        number, rule = record.jobid, record.rule_name
        if failed := self.seen.failures.get(number):
            self._show(f"{failed.name}: {failed.reason}; it is run again")
        wildcards = {name: str(value) for name, value in (record.wildcards or {}).items()}
        self._note(Job(number, rule, wildcards, bool(record.output)))
        self.progress.start(number, rule, record.created)

    def _job_error(self, record: Any) -> None:  # noqa: ANN401
        self.progress.fail(record.jobid)
        self._note(failure(record.jobid, record.rule_name, record.log, record.rule_msg))

    def _job_finished(self, record: Any) -> None:  # noqa: ANN401
        line = self.progress.finish(record.job_id, record.created)
        if not self.common_settings.dryrun:
            self._show(line)

    def _note(self, event: Job | Failure) -> None:
        self.seen.add(event)
        if self.file:
            record.write(Path(self.file), event)

    def _show(self, line: str) -> None:
        if not line or not self.has_reader:
            return
        try:
            print(line, file=sys.stderr, flush=True)
        except BrokenPipeError:
            # The front door was killed, and its jobs must not go on without it.
            self.has_reader = False
            os.kill(os.getpid(), signal.SIGINT)


def _is_of_executor(record: logging.LogRecord) -> bool:
    return "snakemake_executor_plugin" in record.pathname


def _text(record: logging.LogRecord) -> str:
    """A message; of an executor its first line, for a traceback may follow."""
    text = record.getMessage().strip()
    return text.partition("\n")[0] if _is_of_executor(record) else text
