"""How few places a new figure, table or metric touches: each is added to a copy of the package."""

import json
import textwrap
from pathlib import Path

import pandas as pd
import pytest
from package_copy import PACKAGE, PARAMS, Copy, small_copy
from page_examples import examples

FIGURE, TABLE = examples("docs/adding-a-figure.md")
FUNCTION, CALL, ENTRY = examples("docs/adding-a-metric.md")
PLANNED = """
from pathlib import Path
from coupled_vae.config.load import load
from coupled_vae.plan.steps import Plan
from coupled_vae.plan import targets
plan = Plan(load(Path("params.yaml")))
print(*targets.tables(plan, "results"), *targets.figures(plan, "results"))
"""


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """The whole package and ``params.yaml``."""
    return Copy(tmp_path / "copy")


def names(copy: Copy) -> list[str]:
    return copy.output(PLANNED).split()


def job(copy: Copy, step: str, name: str) -> str:
    code = PLANNED.replace("print(", f"print(plan.job({step!r}, root='results', {step}={name!r}")
    return copy.output(code.replace("*targets.tables", ").text()) #"))


def test_a_figure_is_one_file_and_at_most_a_section(copy: Copy) -> None:
    before = names(copy)
    copy.add("reporting/figures/dots.py", FIGURE)
    copy.edit(PARAMS, "figures:\n", "figures:\n  dots: {seed: 0}\n")
    assert copy.touched() == {"reporting/figures/dots.py", PARAMS}
    added = sorted({*names(copy)} - {*before})
    assert added == ["dots_digits", "dots_mnist", "dots_mog"]


def test_a_new_figure_is_drawn(tmp_path: Path) -> None:
    copy = small_copy(tmp_path / "copy")
    copy.add("reporting/figures/dots.py", FIGURE)
    copy.edit(PARAMS, "figures:\n", "figures:\n  dots: {seed: 0}\n")
    copy.make("paper")
    assert (copy.path / "results/figures/dots_mog.png").exists()


def test_a_figures_section_is_as_closed_as_any(copy: Copy) -> None:
    copy.add("reporting/figures/dots.py", FIGURE)
    copy.edit(PARAMS, "figures:\n", "figures:\n  dots: {seed: 0, colour: red}\n")
    code = "from pathlib import Path; from coupled_vae.config import checks, load as l; "
    code += "p = Path('params.yaml'); checks._figures(l.load(p))"
    assert "figures.dots.colour is not a key" in copy.python("-c", code).stderr
    copy.edit(PARAMS, "dots:", "dosts:")
    assert "figures names 'dosts'" in copy.python("-c", PLANNED).stderr


def test_a_table_is_one_file(copy: Copy) -> None:
    before = names(copy)
    copy.add("reporting/tables/goodness.py", TABLE)
    assert copy.touched() == {"reporting/tables/goodness.py"}
    assert [*{*names(copy)} - {*before}] == ["goodness"]
    assert json.loads(job(copy, "table", "goodness"))["kind"] == "goodness"


@pytest.mark.parametrize("value", ["Needs(of=POINTS, each='first')", "None", "Needs(off='x')"])
def test_needs_that_cannot_be_read_are_named(copy: Copy, value: str) -> None:
    copy.add("reporting/tables/bad.py", f'"""Bad."""\n\nNEEDS = {value}\n')
    said = copy.python("-c", PLANNED).stderr
    assert "reporting/tables/bad.py line 3: NEEDS is " in said


def test_a_metric_is_a_function_its_call_and_an_entry(tmp_path: Path) -> None:
    copy = small_copy(tmp_path / "copy")
    copy.edit(
        f"{PACKAGE}/metrics/modes.py",
        "\n\ndef modes_covered",
        f"\n\n{FUNCTION}\n\ndef modes_covered",
    )
    copy.edit(
        f"{PACKAGE}/pipeline/evaluate.py",
        '        "mode_mass_tv":',
        textwrap.indent(CALL, " " * 8) + '        "mode_mass_tv":',
    )
    end = "}  # fmt: skip\n\n# Meas"
    copy.edit(f"{PACKAGE}/metrics/catalogue.py", end, textwrap.indent(ENTRY, " " * 4) + end)
    where = {"metrics/modes.py", "pipeline/evaluate.py", "metrics/catalogue.py"}
    assert copy.touched() == where
    copy.make("first")
    table = copy.path / "results/studies/first/report"
    (median,) = pd.read_csv(table / "table.csv")["median_distance_mean"]
    assert 0 < median < 10
    assert "Median distance of the samples" in (table / "table.md").read_text(encoding="utf-8")
    glossary = "from coupled_vae.metrics.catalogue import glossary; print(glossary())"
    assert "Median distance of the samples" in copy.output(glossary)
