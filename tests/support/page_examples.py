"""Code that a page of docs shows, for the test that runs it."""

import re
import textwrap

from small import TOP

BLOCK = re.compile(r"^( *)```python\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def examples(page: str) -> list[str]:
    """The blocks of Python of a page, in order, without the indentation of a list."""
    text = (TOP / page).read_text(encoding="utf-8")
    return [textwrap.dedent(match[2]) for match in BLOCK.finditer(text)]
