"""Read a parameter file of YAML: plain values alone, bounded, and read alike by all readers.

The tree is built from the parser's events, so that a file is refused before it fills the memory:
by its size, its depth, or what its aliases amount to.
"""

from pathlib import Path
from typing import Any

import yaml

from coupled_vae.config.yaml_scalars import is_plain
from coupled_vae.config.yaml_tree import STANDARD_TAG, Builder, RefusedError
from coupled_vae.runtime.errors import UserError, hidden_character, one_line

MAX_BYTES = 2**20

_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(path: Path) -> dict[str, Any]:
    """The keys and values of a file; texts, numbers, truth values, null, lists and mappings.

    Raises:
        UserError: One line that names the file, the line, the key, and what to write instead.
    """
    return parse(_text(path), str(path))


def parse(text: str, name: str) -> dict[str, Any]:
    """As ``read``, of a text; ``name`` is that of the file, for errors.

    Raises:
        UserError: As ``read``.
    """
    builder = Builder(text)
    try:
        _check_characters(text)
        for event in yaml.parse(text, Loader=_PARSER):
            builder.add(event)
        return builder.root()
    except RefusedError as error:
        place = f"{name} line {error.line}" if error.line else name
        raise UserError(one_line(f"{place}: {error}")) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{name} line {mark.line + 1}" if mark else name
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        raise UserError(one_line(f"{place}: {problem}; not valid YAML")) from None


def dump(tree: dict[str, Any]) -> str:
    """A tree as text that ``read`` reads back, its keys in their order."""
    return yaml.dump(tree, Dumper=_Dumper, sort_keys=False, allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    """Puts quotes about a text that some reader would take for another value."""


def _represented(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if is_plain(text) else '"'
    return dumper.represent_scalar(f"{STANDARD_TAG}str", text, style=style)


_Dumper.add_representer(str, _represented)


def _text(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():
            raise UserError(one_line(f"{path}: not a file; it must be a text file of parameters"))
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = f"{path}: {error.strerror}; run from the project's top folder"
        raise UserError(one_line(reason)) from error
    if len(content) > MAX_BYTES:
        raise UserError(
            one_line(f"{path}: larger than {MAX_BYTES // 2**10} KiB; parameters are a few pages")
        )
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"{path}: byte {error.start + 1} is not UTF-8; save the file as UTF-8"
        raise UserError(one_line(reason)) from None
    return text.replace("\r\n", "\n")


def _check_characters(text: str) -> None:
    """Refuse what cannot be seen, and line breaks that only some readers take for such."""
    for number, line in enumerate(text.split("\n"), 1):
        if "\t" in line:
            raise RefusedError("a tab; write spaces", number)
        if "\ufeff" in line:
            raise RefusedError("a byte order mark; save the file as UTF-8 without it", number)
        if hidden := hidden_character(line):
            raise RefusedError(f"{hidden}; delete it", number)
