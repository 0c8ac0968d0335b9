"""Read ``params.yaml``: parse the YAML, validate the schema, check the references."""

from pathlib import Path
from typing import Any

from coupled_vae.config import checks, derived, inherit, references
from coupled_vae.config.extends import complete
from coupled_vae.config.params import Params
from coupled_vae.config.section import parse
from coupled_vae.runtime.errors import UserError, one_line

__all__ = ["check_args", "load", "validated", "whole"]

check_args = checks.check_args


def load(path: Path) -> Params:
    """Read and validate a parameter file; the arguments of models are left to ``check_args``.

    Raises:
        UserError: One line that names the key, its value and the choices.
    """
    params = validated(inherit.read(path), str(path))
    checks.check_kinds(params, path)
    return params


def whole(tree: dict[str, Any]) -> dict[str, Any]:
    """A tree read from YAML with all that it may leave out (``extends``, ``derived``).

    Raises:
        ValueError: An entry extends an unknown one.
        UserError: A file of the reader's data cannot be used.
    """
    return derived.fill(complete(tree))


def validated(tree: object, place: str) -> Params:
    """Parameters from a tree: every section is validated, then the references between them.

    Args:
        tree: What was read from YAML.
        place: Where the tree stands, such as the name of the file; errors begin with it.

    Raises:
        UserError: One line that names the key, its value and the choices.
    """
    try:
        if isinstance(tree, dict):
            tree = whole(tree)
    except (ValueError, UserError) as error:
        raise UserError(one_line(f"{place}: {error}")) from None
    params = parse(Params, tree, place)
    try:
        references.check(params)
    except ValueError as error:
        raise UserError(one_line(f"{place}: {error}")) from None
    return params
