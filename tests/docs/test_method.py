"""The page on the method names functions that exist, and has the equations of the paper."""

import importlib
import re
from functools import reduce

import pytest
from small import TOP

PAGE = (TOP / "docs/method.md").read_text(encoding="utf-8")
NAMES = sorted({*re.findall(r"`(coupled_vae\.[\w.]+)`", PAGE)})


def found(name):
    """The object of a full name: the longest part that is a module, then its attributes."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            module = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        return reduce(getattr, parts[length:], module)
    raise ModuleNotFoundError(name)


@pytest.mark.parametrize("name", NAMES)
def test_what_the_page_names_exists_and_has_a_docstring(name):
    assert found(name).__doc__


def test_a_name_that_does_not_exist_is_found():
    with pytest.raises(AttributeError):
        found("coupled_vae.science.transport.semi_dual.soft_d_transform")


def test_every_part_with_a_formula_names_its_function():
    for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        assert "```math" not in part or "`coupled_vae." in part, part.splitlines()[0]


@pytest.mark.parametrize("number", ["2", "4", "7", "9", "11", "12", "14", "16", "17", "18", "20"])
def test_the_equations_of_the_paper_are_there(number):
    assert re.search(rf"eq\. (?:\d+, )*{number}\b", PAGE)
