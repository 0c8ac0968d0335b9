"""Snakemake as a process of its own: started, told of, and stopped with all its jobs."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from workflow import guard, slurm
from workflow.story import Story

TOP = Path(__file__).resolve().parents[1]


def snakemake(targets: list[str], *options: str, show: bool = True) -> tuple[int, Story]:
    """Run Snakemake in the present folder, on the profile in ``SNAKEMAKE_PROFILE``.

    Returns:
        Its exit status, and what it told.

    Raises:
        KeyboardInterrupt: It was interrupted; its jobs have been stopped.
    """
    profile = os.environ.get("SNAKEMAKE_PROFILE", "default")
    ours = TOP / "profiles" / profile
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(TOP / "Snakefile")]
    command += ["--workflow-profile", "none", "--profile", str(ours if ours.is_dir() else profile)]
    story = Story()
    process = subprocess.Popen(
        [*command, *options, "--", *targets],
        stdout=subprocess.PIPE,  # where a dry run tells its plan
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        # A shell starts what runs in its background without interrupts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )

    interrupts: list[int] = []

    def interrupted(number: int, _: FrameType | None) -> None:
        interrupts.append(number)  # Ctrl-C reaches Snakemake by itself; it stops its jobs

    def terminated(number: int, frame: FrameType | None) -> None:
        if guard.SLURM_JOBS.exists():  # only an interrupt makes Snakemake cancel these
            interrupted(number, frame)
            number = signal.SIGINT
        process.send_signal(number)

    handlers = {signal.SIGINT: interrupted, signal.SIGTERM: terminated}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        assert process.stdout is not None
        for line in story.tell(process.stdout):
            if show:
                print(line, file=sys.stderr, flush=True)
        status = process.wait()
        slurm.cancel(guard.SLURM_JOBS)
        if interrupts:
            raise KeyboardInterrupt
        return status, story
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
