"""Fingerprint of the code behind a rule, so that an edit reruns exactly what it can change.

The fingerprint covers the modules named and all project modules they import, directly or not. It is
taken of the syntax tree with docstrings removed: comments, docstrings and layout change nothing.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent


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
    tree = ast.parse(_path(name).read_text(encoding="utf-8"))
    imported = {target for node in ast.walk(tree) for target in _targets(node)}
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_docstring(body[0]):
            node.body = body[1:] or [ast.Pass()]  # type: ignore[attr-defined]
    # Unparsed text and not ast.dump: the dump changes from one Python version to the next.
    return ast.unparse(tree), frozenset(imported)


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
    inside = (
        name.removeprefix("coupled_vae.") for name in names if name.startswith("coupled_vae.")
    )
    return [name for name in inside if _path(name).exists()]


def _is_docstring(node: object) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
