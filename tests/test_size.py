"""Files and functions stay small enough to be read in one look; tests share only tests/support."""

import ast
from pathlib import Path

import numpy as np
import pytest

PACKAGE = Path(__file__).parents[1] / "src/coupled_vae"
FILE_LINES = 320
BODY_LINES = 16  # of nine functions in ten
ENTRIES = 12


def body_lines(tree: ast.Module) -> list[int]:
    """Lines of every function's body, without its docstring."""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    sizes = []
    for function in functions:
        body = function.body[1:] if ast.get_docstring(function) else function.body
        sizes.append(body[-1].end_lineno - body[0].lineno + 1 if body else 0)
    return sizes


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def test_a_body_is_counted_without_its_docstring():
    code = (
        'def f():\n    """One.\n\n    Two.\n    """\n    a = 1\n    return a\n'
        'def g():\n    """No."""'
    )
    assert body_lines(ast.parse(code)) == [2, 0]


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_is_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= FILE_LINES


def test_nine_functions_in_ten_are_short():
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in sources())
    sizes = [size for tree in trees for size in body_lines(tree)]
    assert np.percentile(sizes, 90) <= BODY_LINES


def test_the_package_has_few_rooms():
    marks = ("__pycache__", "py.typed")  # the latter tells type checkers that the code is typed
    entries = [p.name for p in PACKAGE.iterdir() if p.name not in marks]
    assert len(entries) <= ENTRIES, sorted(entries)


def test_no_test_module_imports_another():
    tests = Path(__file__).parent
    imported = [
        (path.name, node.module)
        for path in sorted(tests.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("test_")
    ]
    assert imported == []
