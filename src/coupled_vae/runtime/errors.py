"""The exception for errors that a user can correct: a single line, no traceback."""

import errno
import os
import re
import sys
import unicodedata
from collections.abc import Callable

# Torch and threads raise a RuntimeError for it, a library that cannot be loaded an ImportError.
NO_MEMORY = re.compile(
    r"not enough memory|can(?:no|.)t allocate memory|out of memory|bad_alloc"
    r"|can(?:no|.)t start new thread|failed to map segment",
    re.I,
)
OUT_OF_MEMORY = (
    "out of memory; run fewer jobs at once (cores), lift the limit, or lower pool sizes and batch "
    "sizes in params.yaml"
)


class UserError(Exception):
    """Invalid input: the message names the thing, its value, the choices, and where to mend it."""


class InputError(UserError, ValueError):
    """An argument of a Python function that cannot be; a ``ValueError`` too, as Python has it."""


def one_line(text: str, longest: int = 480) -> str:
    """A user's text for a message: invisible characters escaped, and a long middle cut out."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    if len(shown) <= longest:
        return shown
    half = (longest - 5) // 2
    return f"{shown[:half]} ... {shown[-half:]}"


def hidden_character(text: str) -> str:
    """Name of the first character of a text that cannot be displayed; empty if all can.

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
    """Run an action; an expected error ends in one line on standard error.

    Returns:
        The action's status; 1 for invalid input or too little memory, 130 for Ctrl-C, 141 if the
        reader of the output has closed it.
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
        # Python flushes standard output at exit, which must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (ImportError, MemoryError, OSError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        print(f"error: {OUT_OF_MEMORY}", file=sys.stderr)
        return 1


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error of Python, numpy, the system or torch says that memory ran out."""
    if isinstance(error, OSError):  # not its text, which contains a path
        return error.errno == errno.ENOMEM
    return isinstance(error, MemoryError) or bool(NO_MEMORY.search(str(error)))
