"""Which tables and figures a grid has, and what each needs: its file in the folder says so.

``tables`` and ``figures`` are the registry. A file of a grid's table or figure has a line such as
``NEEDS = Needs(of="modes", each="first")``; it is read without importing the file, so that a plan
costs no import of matplotlib.
"""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from coupled_vae.runtime.errors import UserError

PACKAGE = Path(__file__).parent
Of = Literal["modes", "points", "images", "all"]
Grid = Literal["paper", "further", "any"]
Each = Literal["first", "dataset", "all"]
Folder = Literal["tables", "figures"]


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What a table or a figure of a grid needs.

    Attributes:
        of: The kind of its datasets: points of a known mixture (``modes``), other ``points``,
            ``images``, or ``all``.
        each: One file of the ``first`` dataset of this kind, one for each ``dataset``, whose name
            ends in that of the dataset, or one of ``all`` together.
        grid: ``paper`` if only the paper's grid has it, such as a table of the paper's numbers,
            ``further`` if only other grids have it, else ``any``.
        planar: Whether it shows only data of two coordinates with a latent space of two dimensions.
        with_modes: Whether a figure needs the settings of the modes.
        with_datum: Whether a figure needs the index of the datum whose posterior is shown.
        with_errors: Whether a table needs the resampling errors.
        lists_not_run: Whether a table has rows of the datasets that are not run.
        only: Names of the datasets that it shows; all of its type where empty.
    """

    of: Of
    each: Each
    grid: Grid = "any"
    planar: bool = False
    with_modes: bool = False
    with_datum: bool = False
    with_errors: bool = False
    lists_not_run: bool = False
    only: tuple[str, ...] = ()

    def takes(self, kind: str, name: str) -> bool:
        """Whether it shows a dataset, by its kind and name."""
        return self.of in (kind, "all") and (not self.only or name in self.only)

    def files(self, kind: str, datasets: list[str]) -> list[str]:
        """Stems of the files of a table or figure on the datasets that it takes."""
        if self.each == "dataset":
            return [f"{kind}_{name}" for name in datasets]
        return [kind] if datasets else []


@cache
def declared(folder: Folder) -> dict[str, Needs]:
    """The tables or figures of a grid, by the names of their files, sorted.

    Raises:
        UserError: ``NEEDS`` of a file is not ``Needs`` with constants as its arguments.
    """
    found = {}
    for file in sorted((PACKAGE / folder).glob("[a-z]*.py")):
        for node in ast.parse(file.read_bytes()).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "NEEDS":
                found[file.stem] = _read(file, node.value)
    return found


@cache
def first_line(folder: Folder, kind: str) -> str:
    """First line of the docstring of the file of a table or a figure, without its import."""
    file = PACKAGE / folder / f"{kind}.py"
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    return (text or "").partition("\n")[0]


def _read(file: Path, value: ast.expr) -> Needs:
    try:
        assert isinstance(value, ast.Call)
        assert ast.unparse(value.func) == "Needs"
        arguments: dict[str, Any] = {
            str(keyword.arg): ast.literal_eval(keyword.value) for keyword in value.keywords
        }
        return Needs(**arguments)
    except (AssertionError, ValueError, TypeError):
        raise UserError(
            f"src/coupled_vae/reporting/{file.parent.name}/{file.name} line {value.lineno}: NEEDS "
            f"is {ast.unparse(value)!r}, not Needs with constants; see reporting/needs.py"
        ) from None


def split(folder: Folder, stem: str) -> tuple[str, str]:
    """Kind and dataset of a file's stem; the dataset is empty where the file is not of one.

    Raises:
        KeyError: No kind has such a file.
    """
    kinds = declared(folder)
    if stem in kinds and kinds[stem].each != "dataset":
        return stem, ""
    fitting = [
        kind
        for kind, needs in kinds.items()
        if needs.each == "dataset" and stem.startswith(f"{kind}_")
    ]
    if not fitting:
        raise KeyError(stem)
    kind = max(fitting, key=len)
    return kind, stem.removeprefix(f"{kind}_")
