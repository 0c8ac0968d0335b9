"""Release the locks that a killed run left: ``make unlock``.

The project's lock needs no help, since the system releases it when a process ends. DVC's records of
processes that have ended are cleared as every run does it. What stays is the lock of a plain
``snakemake``, and Snakemake itself takes it away.
"""

import subprocess
import sys

from coupled_vae.run import ask, dvc_ready, guard
from coupled_vae.runtime.errors import UserError, exit_status
from coupled_vae.runtime.project import use_checkout

LOCKS = guard.STATE / "locks"


def main() -> int:
    """Ask, and release them.

    Raises:
        UserError: A run is at work in this folder, or nobody answered.
    """
    guard.hold_lock()
    dvc_ready.clear_stale_locks()
    count = sum(file.is_file() for file in LOCKS.glob("*"))
    if not count:
        print("nothing is locked")
    elif ask.confirmed(f"delete {count} lock files of Snakemake in {LOCKS}"):
        release()
        print("the locks are released")
    else:
        print("nothing was changed")
    return 0


def release() -> None:
    """Let Snakemake delete its locks.

    Raises:
        UserError: It cannot.
    """
    command = [sys.executable, "-m", "snakemake", "--unlock"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode or any(LOCKS.glob("*")):
        last = (done.stderr.strip().splitlines() or ["it gives no reason"])[-1]
        raise UserError(f"Snakemake did not release its locks: {last.removeprefix('error: ')}")


if __name__ == "__main__":
    use_checkout()
    sys.exit(exit_status(main))
