"""Files are written with the rights that the user's umask leaves."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from coupled_vae.run.guard import TEMPORARY
from coupled_vae.runtime.files import replacing, write_text


@pytest.fixture(params=[0o000, 0o002, 0o022, 0o027, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_umask(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "new" / "folder" / "a.json"
    write_text(path, "1")
    assert mode(path) == 0o666 & ~umask
    assert mode(path.parent) == mode(path.parent.parent) == 0o777 & ~umask
    path.chmod(0o600)
    write_text(path, "2")
    assert mode(path) == 0o666 & ~umask
    assert path.read_text() == "2"


def test_what_is_being_written_has_a_name_that_a_sweep_knows(tmp_path: Path) -> None:
    with replacing(tmp_path / "weights.pt") as temporary:
        assert TEMPORARY.fullmatch(temporary.name)
        assert temporary.parent == tmp_path
