"""An extension of Griffe, which reads docstrings: their formulas become those of Markdown."""

import re
from typing import Any

from griffe import Extension, Object

INLINE = re.compile(r":math:`([^`]+)`")
# The directive, and the lines below it that are indented further.
BLOCK = re.compile(r"^( *)\.\. math::(.*\n(?:\1 +.*\n)*)", re.MULTILINE)


def markdown(text: str) -> str:
    """A docstring in Markdown, from one with Sphinx's roles and directives for formulas."""

    def block(match: re.Match[str]) -> str:
        indent, formula = match[1], " ".join(match[2].split())
        return f"{indent}```math\n{indent}{formula}\n{indent}```\n"

    text = BLOCK.sub(block, text + "\n").rstrip("\n")
    text = INLINE.sub(r"$\1$", text)
    # Code follows, indented: the second colon is no text, nor are two after a space.
    return re.sub(r" ::$|(?<=:):$", "", text, flags=re.MULTILINE)


class Mathematics(Extension):
    """Rewrites every docstring that has been read."""

    def on_object(self, *, obj: Object, **_: Any) -> None:  # noqa: ANN401
        """Called for each module, class, function and attribute."""
        if obj.docstring:
            obj.docstring.value = markdown(obj.docstring.value)
