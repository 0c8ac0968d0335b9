"""LaTeX of two widths: the structure of both, and that the narrow form fits a column of text."""

import re
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.ft2font import FT2Font
from table_cases import MODELS, VALUES, search_input, searched_model, write

from coupled_vae.reporting.rows import DatasetRows, TableInput
from coupled_vae.reporting.tables import (
    _latex,
    images,
    modes,
    points,
    search_chosen,
    search_finals,
    search_trials,
)
from coupled_vae.reporting.tables.table1 import table1
from coupled_vae.reporting.tables.table2 import table2

COLUMN = 240  # points: a column of a paper in two columns, 3.3 inches
FONT, SEPARATION = 8, 3  # points: \footnotesize and half the distance of two columns
TEXT = 40  # points that a column of text needs at least: its longest word
FREE = {"hole_mass": 0.2, "test_nll": 139.7, "coverage": 0.3}  # beside those of the mixture


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Every table of a grid, and those of a search."""
    paths = write(tmp_path, ["vae", "mine"], [0, 1], **FREE)
    table1("mog", MODELS, **paths, out=tmp_path)
    table2("mog", MODELS, **paths, out=tmp_path)
    shown = DatasetRows(
        name="mog", label="Mixture of Gaussians", metrics=[*VALUES, *FREE],
        models=MODELS, run=True,
    )  # fmt: skip
    for table in (images, points, modes):
        name = table.__name__.rpartition(".")[2]
        given = {"name": name, "datasets": [shown], "metrics": paths["metrics"]}
        table.write_table(TableInput(**given, out=tmp_path))
    rounds = {"trials": search_trials, "finals": search_finals, "chosen": search_chosen}
    winners = dict.fromkeys(("w2_to_data", "high_density_ratio"), 1)
    for phase, module in rounds.items():
        found = [searched_model(name, phase, winners=winners) for name, _ in MODELS]
        given = search_input(tmp_path, found, phase=phase, dataset="mog")
        module.write_table(given)
        for end in ("tex", "narrow.tex"):
            (tmp_path / f"mog.{end}").rename(tmp_path / f"search_{phase}.{end}")
    return tmp_path


SEARCHED = ["search_trials", "search_finals", "search_chosen"]
NAMES = ["table1", "table2", "images", "points", "modes", *SEARCHED]


def rows(tex: str) -> list[list[str]]:
    """Cells of the rows between the rules."""
    lines = [line.removesuffix("\\\\") for line in tex.splitlines() if line.endswith("\\\\")]
    return [re.split(r"(?<!\\)&", line) for line in lines]


def check_structure(tex: str) -> None:
    """Environments and braces are closed, one line of cells is like the other."""
    opened: list[str] = []
    for begin, name in re.findall(r"\\(begin|end)\{(\w+\*?)\}", tex):
        if begin == "begin":
            opened.append(name)
        else:
            assert opened.pop() == name
    assert opened == []
    plain = re.sub(r"\\[{}]", "", tex)
    assert plain.count("{") == plain.count("}")
    for rule in ("\\toprule", "\\midrule", "\\bottomrule", "\\caption{", "\\label{"):
        assert tex.count(rule) == 1
    assert len({len(row) for row in rows(tex)}) == 1
    assert not re.search("[±⁻³✓]", tex)


@pytest.mark.parametrize("name", NAMES)
def test_both_forms_are_floats_with_all_or_the_main_columns(folder: Path, name: str) -> None:
    wide, narrow = ((folder / f"{name}.{end}").read_text() for end in ("tex", "narrow.tex"))
    for tex in (wide, narrow):
        check_structure(tex)
    assert r"\begin{table*}" in wide
    assert r"\begin{table}" in narrow
    assert r"\begin{tabularx}{\columnwidth}" in narrow
    assert len(rows(narrow)) == len(rows(wide))
    assert 3 <= len(rows(narrow)[0]) <= 6
    assert {cell.strip() for cell in rows(narrow)[0]} <= {cell.strip() for cell in rows(wide)[0]}


def width(cell: str) -> float:
    """Points that a cell of numbers takes, in Computer Modern; subscripts are of 70 %."""
    font = FT2Font(Path(mpl.get_data_path(), "fonts/ttf/cmr10.ttf"))

    def points(text: str, size: float) -> float:
        font.set_size(size, 72)
        font.set_text(text)
        return float(font.get_width_height()[0] / 64)

    stacked = re.fullmatch(r"\\shortstack\[r\]\{(.*)\}", cell)
    if stacked:
        return max(width(line) for line in stacked[1].split(r"\\"))
    cell = cell.replace("$10^{-3}$", "10-3").replace(r"\%", "%")
    if found := re.fullmatch(r"(.*)\$_\{\\pm (.*)\}\$", cell):
        return points(found[1], FONT) + points(f"+{found[2]}", 0.7 * FONT)
    return points(cell, FONT)


@pytest.mark.parametrize("name", NAMES)
def test_a_narrow_table_leaves_room_for_its_texts(folder: Path, name: str) -> None:
    tex = (folder / f"{name}.narrow.tex").read_text()
    found = rows(tex)
    texts = tex.count("arraybackslash}X")
    needed = 2 * SEPARATION * (len(found[0]) - 1)
    for column in range(texts, len(found[0])):
        needed += max(width(row[column].strip()) for row in found)
    assert COLUMN - needed >= TEXT * texts


def test_a_caption_is_the_note_as_text_of_latex() -> None:
    assert _latex.prose("*ours*: 5 % of a_b ± 1, 10⁻³") == (
        r"\emph{ours}: 5 \% of a\_b $\pm$ 1, $10^{-3}$"
    )


def test_a_negative_number_has_a_minus_and_its_deviation_below() -> None:
    shown = [{"Model": "-1", "a": "-0.5 ± 0.1", "b": "-2", "c": "± 0.1", "d": "n/a"}]
    (_, row) = rows(_latex.wide(shown, 1, "note", "tab:x"))
    assert [cell.strip() for cell in row] == [
        *("-1", r"$-$0.5$_{\pm 0.1}$", "$-$2", r"$\pm$ 0.1", "n/a"),
    ]


def test_long_texts_break_into_lines_in_the_wide_form() -> None:
    shown = [{"Claim": "word " * 20, "Verdict": "reproduced", "X": "1.0 ± 0.1"}]
    tex = _latex.wide(shown, 2, "note", "tab:claims")
    check_structure(tex)
    assert r"\begin{tabularx}{\textwidth}{@{}>{\raggedright\arraybackslash}Xlr@{}}" in tex


@pytest.mark.parametrize(
    ("folder_", "name", "label"),
    [
        ("results/tables", "table1", "tab:table1"),
        ("results/grids/mnist_full/tables", "images", "tab:grids-mnist_full-images"),
        ("results/studies/epsilon/report", "table", "tab:studies-epsilon"),
        ("out", "table", "tab:table"),
    ],
)
def test_labels_are_those_of_one_table(folder_: str, name: str, label: str) -> None:
    assert _latex.label_of(Path(folder_), name) == label
