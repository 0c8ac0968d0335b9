"""What SLURM says of a run's jobs, in place of the executor plugin's own polling.

snakemake-executor-plugin-slurm 2.8.0 submits and cancels well, but forgets jobs: after a few failed
queries Snakemake waits for ever (so also where `sacct` is installed and has no database), and it
polls ever more seldom. Here a query that fails is asked again, a job that left SLURM's memory is
judged by its files, and one that can never start is refused.
"""

import asyncio
import os
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from coupled_vae.runtime.errors import UserError

POLL_SECONDS = "COUPLED_VAE_POLL_SECONDS"
QUERY_SECONDS = 60
LOOKS = 3  # answers in a row without a job before it is taken for finished
FAILED = {
    *("BOOT_FAIL", "CANCELLED", "DEADLINE", "FAILED", "NODE_FAIL"),
    *("OUT_OF_MEMORY", "REVOKED", "TIMEOUT"),
}
LIMITS = ("CpuPerJobLimit", "MemPerJob", "MemoryPerJob", "WallDurationPerJobLimit")
# Why a job will not start however long it waits.
NEVER = {
    "AccountNotAllowed",
    "BadConstraints",
    "InvalidAccount",
    "InvalidQOS",
    "PartitionTimeLimit",
    "QOSNotAllowed",
    *(f"{who}Max{what}" for who in ("Assoc", "QOS") for what in LIMITS),
}
STOPPING_SECONDS = 120


class Watch:
    """Asks SLURM about the jobs of one run; becomes the executor's ``check_active_jobs``.

    Args:
        executor: The plugin's, whose jobs get the run's name.
        name: Job name of the whole run, by which it is asked for and cancelled.

    Raises:
        UserError: The profile asks for job arrays, or the poll interval is not a number.
    """

    def __init__(self, executor: Any, name: str) -> None:  # noqa: ANN401
        if executor.array_jobs:
            raise UserError(
                "slurm-array-jobs: arrays of this plugin lose failures and delete finished "
                "results; take the line out of the profile (COUPLED_VAE_CHUNK batches seeds)"
            )
        self.executor, self.name = executor, name
        self.seconds = poll_seconds()
        self.doubtful: Counter[str] = Counter()
        self.silent = False
        executor.run_uuid = name
        executor.check_active_jobs = self.check

    async def check(self, active: list[Any]) -> AsyncIterator[Any]:
        """Report the jobs that ended, and yield the others."""
        self.executor.next_seconds_between_status_checks = self.seconds
        answer = await self._ask() if active else {}
        if (answer is None) != self.silent:
            self.silent = answer is None
            print("SLURM gives no answer; it is asked again" if self.silent else "SLURM answers")
        for job in active:
            state, reason = (answer or {}).get(job.external_jobid, ("", ""))
            if state == "COMPLETED":
                self.executor.report_job_success(job)
            elif state in FAILED:
                # Of a job that failed by itself the log says why.
                self._failed(job, "" if state == "FAILED" else f"SLURM ended it: {state}")
            elif answer is None or not self._lost(job, state, reason):
                yield job

    def _lost(self, job: Any, state: str, reason: str) -> bool:  # noqa: ANN401
        """Report a job of which nothing more is to come, once several answers have said so."""
        number = job.external_jobid
        # SLURM forgets a job some minutes after its end; a preempted one may be queued again.
        never = state == "PENDING" and reason in NEVER
        doubtful = never or state in ("", "PREEMPTED")
        self.doubtful[number] = self.doubtful[number] + 1 if doubtful else 0
        if self.doubtful[number] < LOOKS:
            return False
        if never:
            subprocess.run(["scancel", number], capture_output=True, check=False)
            self._failed(job, f"SLURM would never start it: {reason}; see profiles/slurm")
        elif state:
            self._failed(job, f"SLURM ended it: {state}")
        elif all(Path(file).exists() for file in job.job.output):
            self.executor.report_job_success(job)
        else:
            self._failed(job, "SLURM ended it: it is forgotten, and its files are not there")
        return True

    def _failed(self, job: Any, message: str) -> None:  # noqa: ANN401
        logs = [str(job.aux["slurm_logfile"])]
        self.executor.report_job_error(job, msg=f"{message}\n", aux_logs=logs)

    async def _ask(self) -> dict[str, tuple[str, str]] | None:
        """State and reason of each job; None if SLURM gave no answer."""
        command = ["squeue", "--name", self.name, "--states=all", "--noheader", "--format=%i|%T|%r"]
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        except FileNotFoundError:
            raise
        except OSError:  # of a login node's limits
            return None
        try:
            out, _ = await asyncio.wait_for(process.communicate(), QUERY_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
            return None
        if process.returncode:
            return None
        rows = [line.split("|") for line in out.decode(errors="replace").splitlines()]
        return {row[0]: (row[1], row[2]) for row in rows if len(row) == 3}


def poll_seconds() -> float:
    """Seconds between two questions to SLURM, from ``COUPLED_VAE_POLL_SECONDS``; 15 if unset."""
    text = os.environ.get(POLL_SECONDS, "15")
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise UserError(f"{POLL_SECONDS}={text!r} is not a number of seconds above zero")
    return seconds


def cancel(note: Path) -> None:
    """Cancel what a run left in SLURM's queue, and wait until it has stopped.

    Raises:
        UserError: SLURM cannot be reached, or a job does not stop.
    """
    if not note.exists():
        return
    name = note.read_text(encoding="utf-8")
    ask = ["squeue", "--name", name, "--noheader", "--format=%i"]
    give_up = time.monotonic() + STOPPING_SECONDS
    done = _asked(["scancel", "--name", name])
    while done.returncode == 0 and (done := _asked(ask)).stdout.strip():
        if time.monotonic() > give_up:
            raise UserError(
                f"SLURM does not stop its jobs {' '.join(done.stdout.split())}; see squeue, then "
                f"run again, or delete {note}"
            )
        time.sleep(0.5)
    if done.returncode:
        raise UserError(
            f"jobs named {name} may still be in SLURM's queue, which gives no answer "
            f"({done.stderr.strip()}); run again when it does, or delete {note}"
        )
    note.unlink()


def _asked(command: list[str]) -> subprocess.CompletedProcess[str]:
    """A command of SLURM's, out of an interrupt's reach."""
    return subprocess.run(command, capture_output=True, text=True, start_new_session=True)
