"""Progress of a long loop as plain lines: share done, time left, and the loss."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar

QUIET_SECONDS = 10.0
_SHOWN = ContextVar("shown", default=True)


@contextlib.contextmanager
def shown(wanted: bool) -> Iterator[None]:
    """Within the block, print lines of progress only if they are wanted."""
    token = _SHOWN.set(wanted)
    try:
        yield
    finally:
        _SHOWN.reset(token)


def clock(seconds: float) -> str:
    """Minutes and seconds, ``3:07``."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class Progress:
    """Print a line at most every ten seconds, so nothing for a shorter loop.

    Args:
        label: Name of the running cell, such as ``mog/cvae/3``.
        total: Number of iterations.
        done: Number of iterations that a checkpoint already has.
        write: Function that writes a line; standard error by default.
    """

    def __init__(
        self, label: str, total: int, done: int = 0, write: Callable[[str], object] | None = None
    ) -> None:
        self.label, self.total, self.first = label, total, done
        self.write = write or (lambda line: print(line, file=sys.stderr, flush=True))
        self.start = self.last = time.monotonic()

    def update(self, done: int, loss: float) -> None:
        """Report ``done`` iterations and the present loss."""
        now = time.monotonic()
        if now - self.last < QUIET_SECONDS or done <= self.first or not _SHOWN.get():
            return
        self.last = now
        left = (now - self.start) / (done - self.first) * (self.total - done)
        self.write(
            f"{self.label:24s} {100 * done // self.total:3d} %  "
            f"loss {loss:10.4f}  {clock(left)} left"
        )
