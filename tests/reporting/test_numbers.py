"""No number of README and docs is typed by hand: a file holds it, or a reason stands beside it."""

import re

import pytest

from coupled_vae.reporting.prose import TYPED, VALUE, filled, typed
from coupled_vae.reporting.readme import files
from coupled_vae.runtime.errors import UserError

# Whole pages that may have numbers, and why.
ALLOWED = {
    "parameters.md": "python docs/parameters.py writes the whole page",
    "timings.md": "make timings writes the whole page",
    "python.md": "numbers define shapes and ranges of arguments; none is a result",
    "own-data.md": "numbers define file formats and the ranges of settings; none is a result",
}


@pytest.mark.parametrize("page", files(), ids=lambda page: page.name)
def test_no_number_is_typed_by_hand(page):
    if page.name in ALLOWED:
        return
    found = typed(page.read_text(encoding="utf-8"))
    assert not found, (
        f"{page.name}: (line, number) {found[:10]}: name the file that holds it, as "
        "reporting/prose.py says, or say it without a number"
    )


def test_allowed_pages_exist_and_need_it():
    pages = {page.name: page for page in files()}
    for name in ALLOWED:
        assert typed(pages[name].read_text(encoding="utf-8")), f"{name} needs no allowance"


def test_typed_blocks_are_few_and_say_why():
    """A block hides all its numbers, so a new one is a decision that this list shows."""
    blocks = {page.name: TYPED.findall(page.read_text(encoding="utf-8")) for page in files()}
    assert {name: len(found) for name, found in blocks.items() if found} == {
        "scaling.md": 1,
        "training.md": 1,
    }
    for found in blocks.values():
        for block in found:
            reason = re.match(r"<!-- typed: (.*?)-->", block)
            assert reason
            assert len(reason[1].split()) >= 5


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("It has 98.5 % and 0.05.", [(1, "98.5"), (1, "0.05")]),
        ("one\n\n3e-4 of 60 000\n", [(3, "3e-4"), (3, "60"), (3, "000")]),
        ("a ratio of 0.98 (VAE: 0.7)", [(1, "0.98"), (1, "0.7")]),
        ("| a | 12 |\n|---|---|\n| -3 | +4 |", [(1, "12"), (3, "3"), (3, "4")]),
        ("## 5 models", [(1, "5")]),
        ("<!-- typed: -->7<!-- end typed -->", [(1, "7")]),  # without a reason
    ],
)
def test_a_typed_number_is_found(text, numbers):
    assert typed(text) == numbers


@pytest.mark.parametrize(
    "text",
    [
        "Tables 1 and 2, Figures 1, 3 and 4, eq. 11, 18, decision 7, section 3.4, Prop. 3.2",
        "Python 3.11, version 22.05, arXiv 2306.02565, ICML 2023, Bishop et al. 1998",
        "1. first\n2. second",
        "W2, float32, TF32, MMD (10⁻³), N(0, I)",
        "with $\\varepsilon = 1$ and\n```math\nx = 2\n```\n",
        "`batch 128`, [page](docs/0012-x.md)\n```\nmake 3\n```\n",
        "<!-- made: metrics -->\n| 12 |\n<!-- end -->",
        "<!-- value params.yaml a.b -->12<!-- end -->",
        "<!-- typed: old trials -->7\n8<!-- end typed -->",
    ],
)
def test_a_number_that_names_something_or_has_a_source_is_passed_over(text):
    assert typed(text) == []


def test_values_are_looked_up():
    text = filled(
        "<!-- value params.yaml models.cvae.args.pool_size -->9<!-- end -->, "
        "<!-- value params.yaml evaluation.images.pairs.0.1 --><!-- end -->, "
        "<!-- value results/metrics.csv mog/cvae/modes_covered -->x<!-- end -->"
    )
    assert [match for match in re.findall(r">([^<>]+)<", text) if match != ", "] == [
        "2048",
        "3",
        "25",
    ]
    assert filled(text) == text


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("params.yaml", "models.cave.args.pool_size"),
        ("params.yaml", "models.cvae.args"),
        ("params.yaml", "evaluation.images.pairs.9"),
        ("results/metrics.csv", "mog/cvae/modes"),
        ("results/metrics.csv", "mog/cave/modes_covered"),
        ("results/nothing.csv", "mog/cvae/modes_covered"),
    ],
)
def test_a_value_that_no_file_has_is_an_error_of_one_line(file, key):
    with pytest.raises(UserError, match="has no such value") as error:
        filled(f"<!-- value {file} {key} -->1<!-- end -->")
    assert "\n" not in str(error.value)


def test_every_value_of_a_page_is_on_one_line():
    """Else it would be neither filled nor checked."""
    for page in files():
        text = page.read_text(encoding="utf-8")
        assert text.count("<!-- value ") == len(VALUE.findall(text)), page.name
