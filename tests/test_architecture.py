"""The picture of the rooms shows the code as it is."""

import sys

import pytest
from small import TOP

sys.path.insert(0, str(TOP / "docs"))

import architecture


def test_the_picture_is_up_to_date() -> None:
    found = architecture.PICTURE.read_text(encoding="utf-8")
    assert found == architecture.picture(), "run python docs/architecture.py"


def test_every_arrow_leads_down() -> None:
    order = architecture.rooms()
    assert {folder.name for folder in architecture.PACKAGE.iterdir() if folder.is_dir()} - {
        "__pycache__"
    } == {*order}
    upward = [(a, b) for a, b in architecture.arrows() if order.index(a) > order.index(b)]
    assert not upward


@pytest.mark.parametrize("room", architecture.rooms())
def test_a_room_says_what_it_is_for(room: str) -> None:
    text, modules = architecture.described(room)
    assert len(text) > 30
    assert modules
