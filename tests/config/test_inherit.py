"""A parameter file that extends another one, and what is derived for a reader's own data."""

from pathlib import Path
from typing import Any

import pytest

from coupled_vae.config import inherit, yaml_file
from coupled_vae.config.load import load
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.project import TOP


def write(path: Path, tree: dict[str, Any]) -> Path:
    path.write_text(yaml_file.dump(tree), encoding="utf-8")
    return path


def test_mappings_are_merged_and_anything_else_is_replaced(tmp_path: Path) -> None:
    write(tmp_path / "base.yaml", {"a": {"x": 1, "y": [1, 2]}, "b": 2, "c": {"z": 3}})
    own = write(tmp_path / "own.yaml", {"extends": "base.yaml", "a": {"y": [3]}, "c": 4, "d": {}})
    assert inherit.read(own) == {"a": {"x": 1, "y": [3]}, "b": 2, "c": 4, "d": {}}


def test_the_path_is_from_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    write(tmp_path / "base.yaml", {"a": 1})
    write(tmp_path / "sub" / "mid.yaml", {"extends": "../base.yaml", "b": 2})
    own = write(tmp_path / "own.yaml", {"extends": "sub/mid.yaml"})
    assert inherit.read(own) == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("base", "told"),
    [
        ("nothing.yaml", "extends 'nothing.yaml' is no file; the path is from the folder of"),
        ("own.yaml", "extends leads back to itself"),
        ("loop.yaml", "extends leads back to itself"),
        (3, "extends 3 is no path of a parameter file"),
    ],
)
def test_a_file_that_cannot_be_extended_is_named(tmp_path: Path, base: object, told: str) -> None:
    own = write(tmp_path / "own.yaml", {"extends": base})
    write(tmp_path / "loop.yaml", {"extends": "own.yaml"})
    with pytest.raises(UserError, match=told) as caught:
        inherit.read(own)
    assert "\n" not in str(caught.value)


def test_a_file_of_one_line_is_the_file_which_it_extends(tmp_path: Path) -> None:
    own = write(tmp_path / "own.yaml", {"extends": str(TOP / "params.yaml")})
    assert load(own) == load(TOP / "params.yaml")
