"""The one exception a user is meant to read: a single line, no traceback."""

import sys
from collections.abc import Callable


class UserError(Exception):
    """Bad input: names the thing, its value, the choices, and where to mend it."""


def exit_status(action: Callable[[], int]) -> int:
    """Run; bad input ends in one line on standard error and status 1, Ctrl-C in status 130."""
    try:
        return action()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; run again to resume", file=sys.stderr)
        return 130
