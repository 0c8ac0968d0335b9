"""Which tables and figures a grid has, and what each needs: its file in the folder says so.

``tables`` and ``figures`` are the registry. A file of a grid's table or figure has a line such as
``NEEDS = Needs(of="points", each="first")``; it is read without importing the file, so that a plan
costs no import of matplotlib.
"""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from coupled_vae.runtime.errors import UserError

PACKAGE = Path(__file__).parent
Of = Literal["points", "images", "both"]
Each = Literal["first", "dataset", "all"]
Folder = Literal["tables", "figures"]


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What a table or a figure of a grid needs.

    Attributes:
        of: The type of its datasets.
        each: One file of the ``first`` dataset of this type, one for each ``dataset``, whose name
            ends in that of the dataset, or one of ``all`` together.
        with_modes: Whether a figure needs the settings of the modes.
        with_errors: Whether a table needs the resampling errors.
        lists_not_run: Whether a table has rows of the datasets that are not run.
        only: Names of the datasets that it shows; all of its type where empty.
    """

    of: Of
    each: Each
    with_modes: bool = False
    with_errors: bool = False
    lists_not_run: bool = False
    only: tuple[str, ...] = ()

    def takes(self, kind: str, name: str) -> bool:
        """Whether it shows a dataset, by its type and name."""
        return self.of in (kind, "both") and (not self.only or name in self.only)

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
