"""Fingerprint of the code of a job, so that an edit reruns exactly the jobs it can change.

It covers the top-level statements of the given modules and of all project modules that they import,
directly or not. It does not depend on which module a statement is in. Everything that cannot change
a number is ignored: comments, docstrings, layout, the texts of errors, the location of a module and
how it is imported, and the modules of ``PLUMBING``.
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
# Modules that read, write, name or check values and compute no result.
PLUMBING = frozenset(
    (
        *("config.registry", "config.section", "plan.layout"),
        *("runtime.errors", "runtime.files", "runtime.fingerprint"),
        *("runtime.machine", "runtime.progress"),
    )
)
CODE = Path(__file__).read_bytes()  # the cache is valid only for the same parser
MEMORY = Path(".snakemake/parsed.json")  # the cache, in the run's working directory


def fingerprint(*modules: str) -> str:
    """Hex digest of the import closure of modules such as ``science.models.vae``.

    Raises:
        UserError: A module is not valid Python.
    """
    statements = {text for name in closure(*modules) for text in _parsed(name)[0]}
    return hashlib.sha256("\n".join(sorted(statements)).encode()).hexdigest()[:16]


def closure(*modules: str) -> set[str]:
    """The modules and all project modules that they import, directly or not, without plumbing."""
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
    # Unparsed text and not ast.dump, whose format changes between versions of Python.
    texts = (ast.unparse(statement) for statement in body)
    return [hashlib.sha256(text.encode()).hexdigest()[:32] for text in texts], sorted(imported)


class _Computing(ast.NodeTransformer):
    """Removes everything from a module that does not affect a computed number."""

    def visit(self, node: ast.AST) -> Any:  # noqa: ANN401
        """Remove imports of project modules, docstrings and the texts of errors."""
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
    """Cache of parsed modules by file content, from earlier runs; it saves half a second."""
    known: dict[str, tuple[list[str], list[str]]] = {}
    with contextlib.suppress(OSError, ValueError):
        known = json.loads(MEMORY.read_text(encoding="utf-8"))
    atexit.register(_remember, {**known}, known, Path.cwd() / MEMORY)
    return known


def _remember(before: dict[str, Any], known: dict[str, Any], file: Path) -> None:
    if known != before:
        with contextlib.suppress(OSError):  # the folder has had no run, or is read-only
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
