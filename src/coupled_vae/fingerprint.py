"""Fingerprint of the code behind a rule, so that an edit reruns exactly what it can change.

The fingerprint covers the modules named and all project modules they import, directly or not. It is
taken of the syntax tree with docstrings removed: comments, docstrings and layout change nothing.
"""

import ast
import atexit
import contextlib
import hashlib
import json
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parent
MEMORY = Path(".snakemake/parsed.json")  # in the folder a run works in


def fingerprint(*modules: str) -> str:
    """Hex digest of the import closure of modules below ``coupled_vae``, such as ``models.vae``."""
    sha = hashlib.sha256()
    for name in sorted(closure(*modules)):
        sha.update(f"{name}\n{_parsed(name)[0]}\n".encode())
    return sha.hexdigest()[:16]


def closure(*modules: str) -> set[str]:
    """The modules and every project module that their import statements reach."""
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(_parsed(name)[1])
    return found


@cache
def _parsed(name: str) -> tuple[str, frozenset[str]]:
    """Normalised source of a module and the project modules it imports."""
    content = _path(name).read_bytes()
    key = hashlib.sha256(sys.version.encode() + content).hexdigest()
    memory = _memory()
    if key not in memory:
        memory[key] = _parse(content)
    text, names = memory[key]
    return text, frozenset(name for name in names if _path(name).exists())


def _parse(content: bytes) -> tuple[str, list[str]]:
    tree = ast.parse(content)
    imported = {name for node in ast.walk(tree) for name in _targets(node)}
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_docstring(body[0]):
            node.body = body[1:] or [ast.Pass()]  # type: ignore[attr-defined]
    # Unparsed text and not ast.dump: the dump changes from one Python version to the next.
    return ast.unparse(tree), sorted(imported)


@cache
def _memory() -> dict[str, tuple[str, list[str]]]:
    """What earlier runs in this folder have parsed, half a second's work, by the file's content."""
    known: dict[str, tuple[str, list[str]]] = {}
    with contextlib.suppress(OSError, ValueError):
        known = json.loads(MEMORY.read_text(encoding="utf-8"))
    atexit.register(_remember, {**known}, known, Path.cwd() / MEMORY)
    return known


def _remember(before: dict[str, Any], known: dict[str, Any], file: Path) -> None:
    if known != before:
        with contextlib.suppress(OSError):  # a folder without a run, or one that is read-only
            new = file.with_name(f"{file.name}.{os.getpid()}")
            new.write_text(json.dumps(known), encoding="utf-8")
            new.replace(file)


def _path(name: str) -> Path:
    base = PACKAGE.joinpath(*name.split("."))
    return base / "__init__.py" if base.is_dir() else base.with_suffix(".py")


def _targets(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    else:
        return []
    return [name.removeprefix("coupled_vae.") for name in names if name.startswith("coupled_vae.")]


def _is_docstring(node: object) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
