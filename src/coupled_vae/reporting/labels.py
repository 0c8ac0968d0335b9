r"""A label of ``params.yaml`` as text of Markdown, LaTeX and matplotlib.

A balanced ``$...$`` is mathematics and stays so in all three; all other text is shown as it stands.
As in pandoc, a dollar opens mathematics if no space follows it, and closes it if no space precedes
and no digit follows it: "$5 and $6" is text.
"""

import re
import unicodedata
from collections.abc import Iterator

MATH = re.compile(r"\$(?!\s)((?:[^$\\]|\\.)+)(?<![\s\\])\$(?![0-9])")
PRIVATE = 0xE000  # the first character of Unicode's private use, which no clean label has
# What Markdown would read as something else than text. An underscore inside a word is text to it.
MARKDOWN = re.compile(r"[\\|`*<\[~$]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")


def clean(label: str) -> str:
    """One line: runs of white space become a space, what cannot be shown or encoded goes."""
    kept = (c for c in label if c.isspace() or unicodedata.category(c) not in ("Cc", "Co", "Cs"))
    return " ".join("".join(kept).split())


def parts(label: str) -> Iterator[tuple[bool, str]]:
    """Text and mathematics of a clean label, in turn: whether it is mathematics, and itself."""
    start = 0
    for match in MATH.finditer(label):
        if _is_safe(match[1]):
            yield False, label[start : match.start()]
            yield True, match[0]
            start = match.end()
    yield False, label[start:]


def _is_safe(formula: str) -> bool:
    """Whether its braces are balanced and it cannot break the row of a table in LaTeX."""
    depth = 0
    for symbol in re.findall(r"\\.|[{}&#%]", formula):
        if symbol in ("&", "#", "%", "\\\\"):
            return False
        depth += {"{": 1, "}": -1}.get(symbol, 0)
        if depth < 0:
            return False
    return depth == 0


def markdown(label: str) -> str:
    """A cell of a Markdown table that is shown as the label."""
    return "".join(
        text.replace("|", r"\|") if is_math else MARKDOWN.sub(r"\\\g<0>", text)
        for is_math, text in parts(clean(label))
    )


def latex(label: str, commands: dict[str, str]) -> str:
    """A cell for a writer that escapes all text of LaTeX itself.

    Args:
        label: The text.
        commands: Filled with what the writer must not escape, and the private character that
            stands for it in the cell.
    """
    cell = "".join(
        command(text, commands) if is_math else text.replace("|", command(r"\textbar{}", commands))
        for is_math, text in parts(clean(label))
    )
    # A row that begins so would be an argument of the line break before it.
    if cell[:1] in ("[", "*"):
        return f"{command('{' + cell[0] + '}', commands)}{cell[1:]}"
    return cell


def command(text: str, commands: dict[str, str]) -> str:
    """The private character that stands for text of LaTeX in a cell; ``commands`` remembers it."""
    return commands.setdefault(text, chr(PRIVATE + len(commands)))


def plot(label: str) -> str:
    """A text of matplotlib that is shown as the label; mathematics it cannot read is text."""
    label = clean(label)
    pieces = [*parts(label)]
    if any(is_math for is_math, _ in pieces):
        mixed = "".join(t if is_math else _no_math(t) for is_math, t in pieces)
        if _is_readable(mixed):
            return mixed
    return _no_math(label)


def _no_math(text: str) -> str:
    return text.replace("$", r"\$")


def _is_readable(text: str) -> bool:
    from matplotlib.mathtext import MathTextParser

    try:
        MathTextParser("path").parse(text)
    except (ValueError, RuntimeError):
        return False
    return True
