"""Jobs that a run gave to a scheduler through the commands of ``profiles/cluster``.

The commands keep what they know of the jobs in a folder: see ``profiles/cluster/scheduler.sh``.
"""

import subprocess
from pathlib import Path

from coupled_vae.runtime.errors import UserError, one_line


def cancel(state: Path) -> None:
    """Cancel what a run left in the scheduler's queue, wait until it has stopped, and forget it.

    Args:
        state: The folder of the commands; nothing is done where there is none.

    Raises:
        UserError: The scheduler cannot be reached, or a job does not stop.
    """
    note = state / "commands"
    if not note.exists():
        return
    command = Path(note.read_text(encoding="utf-8").strip()) / "cancel.sh"
    advice = f"see the queue, then run again, or delete {state}"
    if not command.exists():
        raise UserError(f"{command} is gone, by which jobs in the queue are cancelled; {advice}")
    done = subprocess.run(
        [str(command), "--all"],
        capture_output=True,
        text=True,
        cwd=state.absolute().parent.parent,
        start_new_session=True,  # out of an interrupt's reach
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise UserError(f"jobs may still be in the queue: {one_line(reason)}; {advice}")
