"""The one exception a user is meant to read: a single line, no traceback."""

import sys
import unicodedata
from collections.abc import Callable


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
    """Run; bad input ends in one line on standard error and status 1, Ctrl-C in status 130."""
    try:
        return action()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; run again to resume", file=sys.stderr)
        return 130
