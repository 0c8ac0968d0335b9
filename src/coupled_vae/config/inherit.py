"""A parameter file that extends another one: ``extends: params.yaml`` on its first level.

Mappings of both files are merged key by key; any other value of the extending file replaces that of
the extended one. So a reader's own datasets and experiments stand in a file of a few lines beside
the paper's, which stays as it is.
"""

from pathlib import Path
from typing import Any

from coupled_vae.config import yaml_file
from coupled_vae.config.extends import KEY
from coupled_vae.runtime.errors import UserError, one_line

Tree = dict[str, Any]


def read(path: Path, waiting: tuple[Path, ...] = ()) -> Tree:
    """The tree of a file, merged over that of the file which it extends.

    Args:
        path: The file.
        waiting: The files that extend it.

    Raises:
        UserError: One line: a file cannot be read, or extends itself.
    """
    tree = yaml_file.read(path)
    if KEY not in tree:
        return tree
    base = tree.pop(KEY)
    if not isinstance(base, str):
        raise UserError(one_line(f"{path}: {KEY} {base!r} is no path of a parameter file"))
    file = path.parent / base
    if not file.is_file():
        raise UserError(
            one_line(f"{path}: {KEY} {base!r} is no file; the path is from the folder of {path}")
        )
    extended = [*waiting, path]
    if any(file.samefile(one) for one in extended):
        chain = " -> ".join(str(one) for one in [*extended, file])
        raise UserError(one_line(f"{path}: {KEY} leads back to itself: {chain}"))
    whole: Tree = merged(read(file, tuple(extended)), tree)
    return whole


def merged(base: Any, changes: Any) -> Any:  # noqa: ANN401
    """``base`` with ``changes``: mappings are merged, anything else is replaced."""
    if isinstance(base, dict) and isinstance(changes, dict):
        own = {key: merged(base[key], value) for key, value in changes.items() if key in base}
        return {**base, **changes, **own}
    return changes
