"""The reference of ``params.yaml`` is that of its schema, and every key says what it means."""

import importlib.util
from typing import Annotated, Literal

import pytest
from pydantic import Field
from small import TOP

from coupled_vae.config import registry
from coupled_vae.config.params import Params
from coupled_vae.config.section import Index, Label, Positive, Section, Seed


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("parameters", TOP / "docs" / "parameters.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date(script):
    page = (TOP / "docs/parameters.md").read_text(encoding="utf-8")
    assert page == script.page(), "run python docs/parameters.py"


def test_every_key_has_a_meaning(script):
    roots = [Params] + [
        registry.load(folder, kind).Config
        for folder in registry.PACKAGES
        for kind in registry.kinds(folder)
    ]
    found = [own for root in roots for own in script.sections(root, root.__module__)]
    missing = [
        f"{place}: {key}"
        for place, section in found
        for key in section.model_fields
        if not script.meaning(section, key)
    ]
    assert not missing, "say it under Attributes in the docstring of the section"
    assert len(found) > 40


class Example(Section):
    """An example.

    Attributes:
        size: How large,
            in metres.
    """

    size: Positive | None = None
    name: Label
    seeds: Annotated[list[Seed], Field(min_length=1)]
    kind: Literal["a", "b"]
    pairs: dict[str, list[Index]]


def test_types_and_bounds_are_in_words(script):
    fields = Example.model_fields
    types = {key: script.shown(own.annotation, own.metadata) for key, own in fields.items()}
    assert types == {
        "size": "number, ≤ 1e+12, ≥ 1e-12 or null",
        "name": "text, length ≤ 200",
        "seeds": "list (whole number, ≥ 0, < 2147483648), length ≥ 1",
        "kind": "`a` or `b`",
        "pairs": "mapping of names (list (whole number, ≥ 0, ≤ 1000000000))",
    }
    assert script.meaning(Example, "size") == "How large, in metres."
    assert script.meaning(Example, "kind") == ""


def test_a_default_is_that_of_the_schema(script):
    page = script.page()
    kind = page.split("### data: file\n")[1].split("###")[0]
    assert "| `path` | text" in kind
    assert "| `standardise` | true or false | `false` |" in kind
    assert "| `binarise` | true or false or null | `null` |" in kind
