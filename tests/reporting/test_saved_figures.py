"""How figures are saved: for a page, a screen reader and a printed paper, with stable bytes."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from axis_names import nameless
from matplotlib.figure import Figure
from PIL import Image

from coupled_vae.reporting.figures import _style as style

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a", "b"):
        figure = Figure(figsize=(2, 2))
        axes = figure.add_subplot()
        axes.set(xlabel="steps < 5 & more", ylabel="$z_2$", title="Title ±")
        axes.scatter([0, 1], [0, 1], rasterized=True)
        style.save(figure, tmp_path, name, "What it\n shows & why")
    return tmp_path


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_equal_figures_have_equal_bytes(folder: Path, ending: str) -> None:
    assert (folder / f"a.{ending}").read_bytes() == (folder / f"b.{ending}").read_bytes()


def test_a_pdf_has_its_fonts_as_true_type_and_no_date(folder: Path) -> None:
    content = (folder / "a.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert b"/FontFile2" in content
    for never in (b"/Type3", b"CreationDate", b"/Producer"):
        assert never not in content


def test_an_svg_has_a_name_and_text_that_can_be_read(folder: Path) -> None:
    root = ET.parse(folder / "a.svg").getroot()
    assert root[0].tag == f"{SVG}title"
    assert root[0].text == "What it shows & why"
    words = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert "steps < 5 & more" in words
    assert "Title ±" in words
    assert not re.search("<(dc:date|dc:creator)>", (folder / "a.svg").read_text())


def test_a_png_says_nothing_of_its_maker(folder: Path) -> None:
    with Image.open(folder / "a.png") as image:
        assert "Software" not in image.info


def test_a_name_of_a_file_is_the_title_of_its_figure() -> None:
    assert style.title_of("figure3", "digits").startswith("Figure 3: the aggregate posterior")
    assert style.title_of("figure3", "digits").endswith(" Data: digits.")
    assert "Data:" not in style.title_of("scaling", "")


def test_a_panel_without_names_is_found() -> None:
    figure = Figure()
    upper, lower = figure.subplots(2)
    lower.set(xlabel="x", ylabel="y", ylim=(0, 2))
    assert [place[0] for place in nameless(figure)] == ["y"]  # the upper shares x alone
    upper.set_ylabel("other")
    assert nameless(figure) == []
