"""How few places a new figure, table or metric touches: each is added to a copy of the package."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from small import TOP

FIGURE = '''"""A dot for each model."""

from matplotlib.figure import Figure

from coupled_vae.config.section import Section, Seed, parse
from coupled_vae.reporting.figures import _style as style
from coupled_vae.reporting.needs import Needs
from coupled_vae.reporting.rows import FigureInput

NEEDS = Needs(of="all", each="dataset")


class Settings(Section):
    """The run that it shows."""

    seed: Seed


def draw(given: FigureInput) -> None:
    """Draw it."""
    parse(Settings, given.settings, "figures.dots")
    figure = Figure(figsize=(1, 1))
    figure.add_subplot().plot(range(len(given.datasets[0].runs)), "o")
    style.save(figure, given.out, given.name)
'''
TABLE = '''"""How good each model is."""

from coupled_vae.metrics import catalogue
from coupled_vae.reporting.needs import Needs
from coupled_vae.reporting.rows import TableInput
from coupled_vae.reporting.tables._render import spread, write
from coupled_vae.reporting.tables._results import read

NEEDS = Needs(of="modes", each="first")


def write_table(given: TableInput) -> None:
    """Write it."""
    (rows,) = given.datasets
    values = read(given.metrics, "value", rows.name, [name for name, _ in rows.models], ["mmd_rbf"])
    shown = [{"label": label, **values.spread(name, "mmd_rbf")} for name, label in rows.models]
    header, decimals, scale = catalogue.METRICS["mmd_rbf"].shown
    write(
        given.out,
        given.name,
        shown,
        lambda row: {"Model": row["label"], header: spread(row, "mmd_rbf", decimals, scale)},
        "A note.",
    )
'''
ENTRY = """    "goodness": Metric(
        header="Goodness", decimals=1, values=SHARE, better="more", of=(MODES,),
        meaning="How good it is.", source="this test",
    ),
}  # fmt: skip
"""
PLANNED = """
from pathlib import Path
from coupled_vae.config.load import load
from coupled_vae.plan.steps import Plan
from coupled_vae.plan import targets
plan = Plan(load(Path("params.yaml")))
print(*targets.tables(plan, "results"), *targets.figures(plan, "results"))
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with the package and ``params.yaml``, free to be edited."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(TOP / "src/coupled_vae", tmp_path / "src/coupled_vae", ignore=ignored)
    shutil.copy(TOP / "params.yaml", tmp_path)
    return tmp_path


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PYTHONPATH": str(folder / "src")}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)


def output(folder: Path, code: str) -> str:
    done = python(folder, "-c", code)
    assert done.returncode == 0, done.stderr
    return done.stdout


def names(folder: Path) -> list[str]:
    return output(folder, PLANNED).split()


def job(folder: Path, step: str, name: str) -> str:
    code = PLANNED.replace("print(", f"print(plan.job({step!r}, root='results', {step}={name!r}")
    return output(folder, code.replace("*targets.tables", ").text()) #"))


def test_a_figure_is_one_file_and_at_most_a_section(copy: Path) -> None:
    before = names(copy)
    (copy / "src/coupled_vae/reporting/figures/dots.py").write_text(FIGURE, encoding="utf-8")
    edit(copy / "params.yaml", "figures:\n", "figures:\n  dots: {seed: 0}\n")
    added = sorted({*names(copy)} - {*before})
    assert added == ["dots_digits", "dots_mnist", "dots_mog"]
    done = python(copy, "-m", "coupled_vae", "figure", job(copy, "figure", "dots_mog"))
    missing = "results/runs/mog/vae/0/draws.npz"
    assert done.returncode == 0 or missing in done.stderr, done.stderr


def test_a_figures_section_is_as_closed_as_any(copy: Path) -> None:
    (copy / "src/coupled_vae/reporting/figures/dots.py").write_text(FIGURE, encoding="utf-8")
    edit(copy / "params.yaml", "figures:\n", "figures:\n  dots: {seed: 0, colour: red}\n")
    code = "from pathlib import Path; from coupled_vae.config import checks, load as l; "
    code += "p = Path('params.yaml'); checks._figures(l.load(p))"
    assert "figures.dots.colour is not a key" in python(copy, "-c", code).stderr
    edit(copy / "params.yaml", "dots:", "dosts:")
    assert "figures names 'dosts'" in python(copy, "-c", PLANNED).stderr


def test_a_table_is_one_file(copy: Path) -> None:
    before = names(copy)
    (copy / "src/coupled_vae/reporting/tables/goodness.py").write_text(TABLE, encoding="utf-8")
    assert [*{*names(copy)} - {*before}] == ["goodness"]
    assert json.loads(job(copy, "table", "goodness"))["kind"] == "goodness"


@pytest.mark.parametrize("value", ["Needs(of=POINTS, each='first')", "None", "Needs(off='x')"])
def test_needs_that_cannot_be_read_are_named(copy: Path, value: str) -> None:
    file = copy / "src/coupled_vae/reporting/tables/bad.py"
    file.write_text(f'"""Bad."""\n\nNEEDS = {value}\n', encoding="utf-8")
    said = python(copy, "-c", PLANNED).stderr
    assert "reporting/tables/bad.py line 3: NEEDS is " in said


def test_a_metric_is_a_catalogue_entry_and_a_name_in_a_table(copy: Path) -> None:
    """Beside the function that measures it."""
    edit(
        copy / "src/coupled_vae/metrics/catalogue.py",
        "}  # fmt: skip\n\n# Meas",
        f"{ENTRY}\n# Meas",
    )
    study = copy / "src/coupled_vae/reporting/tables/study.py"
    edit(study, '    "w2_to_data",\n', '    "w2_to_data",\n    "goodness",\n')
    code = "from coupled_vae.reporting.tables.study import SHOWN, _shown; "
    code += "row = {f'{m}_{k}': 0.5 for m in SHOWN for k in ('mean', 'seed_std')}; "
    code += "print(_shown(row | {'label': '', 'modes_covered_min': 1})['Goodness'])"
    assert output(copy, code) == "0.5 ± 0.5\n"
    glossary = "from coupled_vae.metrics.catalogue import glossary; print(glossary())"
    assert "How good it is." in output(copy, glossary)
