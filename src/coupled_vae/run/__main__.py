"""``python -m coupled_vae.run``."""

import signal
import sys

from coupled_vae.runtime.errors import exit_status
from coupled_vae.runtime.project import use_checkout


def _start() -> int:
    """Import the front door and run it: memory may run out, or a signal come, at the import too."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    use_checkout()
    from coupled_vae.run.main import main

    return main()


if __name__ == "__main__":
    sys.exit(exit_status(_start))
