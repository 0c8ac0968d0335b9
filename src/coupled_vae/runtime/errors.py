"""The one exception a user is meant to read: a single line, no traceback."""

import errno
import os
import re
import sys
import unicodedata
from collections.abc import Callable

# Torch and threads say it by a RuntimeError; a library that cannot be loaded by an ImportError.
NO_MEMORY = re.compile(
    r"not enough memory|can(?:no|.)t allocate memory|out of memory|bad_alloc"
    r"|can(?:no|.)t start new thread|failed to map segment",
    re.I,
)


class UserError(Exception):
    """Bad input: names the thing, its value, the choices, and where to mend it."""


def one_line(text: str, longest: int = 480) -> str:
    """A text of the user's as part of a message: what cannot be seen escaped, the middle cut."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    if len(shown) <= longest:
        return shown
    half = (longest - 5) // 2
    return f"{shown[:half]} ... {shown[-half:]}"


def hidden_character(text: str) -> str:
    """The first character of a text that no output can show, by its name; empty if there is none.

    These are control characters, line breaks, halves of surrogate pairs and noncharacters.
    """
    for c in text:
        code = ord(c)
        if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp"):
            return "a line break" if c == "\n" else f"the control character U+{code:04X}"
        if code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
            return f"U+{code:04X}, which is no character"
    return ""


def exit_status(action: Callable[[], int]) -> int:
    """Run; what a user must know ends in one line on standard error.

    Returns:
        The action's status; 1 for bad input or too little memory, 130 for Ctrl-C, 141 where nobody
        reads the output any more.
    """
    try:
        return action()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; run again to resume", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Python's own last flush must not fail in its turn.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (ImportError, MemoryError, OSError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        print(
            "error: out of memory; run fewer jobs at once (cores), lift the limit, or lower pool "
            "sizes and batch sizes in params.yaml",
            file=sys.stderr,
        )
        return 1


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, as Python, numpy, the system and torch say it."""
    if isinstance(error, OSError):  # its text has a path, which may say anything
        return error.errno == errno.ENOMEM
    return isinstance(error, MemoryError) or bool(NO_MEMORY.search(str(error)))
