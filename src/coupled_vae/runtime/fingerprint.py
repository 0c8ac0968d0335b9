"""Fingerprint of the code behind a job, so that an edit reruns exactly what it can change.

It is of content, not of places: the statements at the top of the modules named and of all project
modules that they import, directly or not, in whichever module each stands. Not counted is what
cannot change a number: comments, docstrings, layout, the texts of errors, where a module lies and
how it is imported, and the plumbing below.
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

from coupled_vae.runtime.errors import UserError

PACKAGE = Path(__file__).parents[1]
# Modules that move, name and check things and compute nothing.
PLUMBING = frozenset(
    (
        *("config.registry", "config.section", "plan.layout"),
        *("runtime.errors", "runtime.files", "runtime.fingerprint"),
        *("runtime.machine", "runtime.progress"),
    )
)
CODE = Path(__file__).read_bytes()  # how modules are parsed
MEMORY = Path(".snakemake/parsed.json")  # in the folder a run works in


def fingerprint(*modules: str) -> str:
    """Hex digest of the import closure of modules such as ``science.models.vae``.

    Raises:
        UserError: A module is not valid Python.
    """
    statements = {text for name in closure(*modules) for text in _parsed(name)[0]}
    return hashlib.sha256("\n".join(sorted(statements)).encode()).hexdigest()[:16]


def closure(*modules: str) -> set[str]:
    """The modules and every project module that their import statements reach, plumbing apart."""
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name not in found and name not in PLUMBING:
            found.add(name)
            waiting.extend(_parsed(name)[1])
    return found


@cache
def _parsed(name: str) -> tuple[list[str], frozenset[str]]:
    """Digests of a module's statements, and the project modules it imports."""
    content = _path(name).read_bytes()
    key = hashlib.sha256(sys.version.encode() + CODE + content).hexdigest()
    memory = _memory()
    if key not in memory:
        memory[key] = _parse(content, name)
    statements, names = memory[key]
    return statements, frozenset(name for name in names if _path(name).exists())


def _parse(content: bytes, name: str) -> tuple[list[str], list[str]]:
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError) as error:
        line = f" line {error.lineno}" if isinstance(error, SyntaxError) else ""
        raise UserError(f"{_path(name)}{line}: not valid Python ({error})") from None
    imported = {target for node in ast.walk(tree) for target in _targets(node)}
    body = _Computing().visit(tree).body
    # Unparsed text and not ast.dump: the dump changes from one Python version to the next.
    texts = (ast.unparse(statement) for statement in body)
    return [hashlib.sha256(text.encode()).hexdigest()[:32] for text in texts], sorted(imported)


class _Computing(ast.NodeTransformer):
    """Leaves of a module what it computes."""

    def visit(self, node: ast.AST) -> Any:  # noqa: ANN401
        """Drop imports of the project, docstrings and the texts of errors."""
        if _targets(node):
            return None
        self.generic_visit(node)
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            node.exc = node.exc.func
        body = getattr(node, "body", None)
        if isinstance(body, list):
            kept = body[1:] if body and _is_docstring(body[0]) else body
            empty = [] if isinstance(node, ast.Module) else [ast.Pass()]
            node.body = kept or empty  # type: ignore[attr-defined]
        return node


@cache
def _memory() -> dict[str, tuple[list[str], list[str]]]:
    """What earlier runs in this folder have parsed, half a second's work, by the file's content."""
    known: dict[str, tuple[list[str], list[str]]] = {}
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
