"""The report of the paper's grid: verdicts, the paper beside ours, seeds, curves, departures."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from html_page import check_closed, in_browser, read
from report_cases import HISTORY, MODELS, POINTS, changed, frame, report_input, rows_of, words

from coupled_vae.metrics.catalogue import METRICS
from coupled_vae.reporting.page import page
from coupled_vae.reporting.page_plots import WIDTH, Axis, curves, strip
from coupled_vae.reporting.rows import PageInput
from coupled_vae.runtime.errors import UserError


@pytest.fixture
def given(tmp_path: Path) -> PageInput:
    return report_input(tmp_path)


def test_a_report_is_one_valid_file_of_equal_bytes(given: PageInput) -> None:
    page(given)
    check_closed(read(given.out))
    first = given.out.read_bytes()
    assert len(first) < 12e6
    page(given)
    assert given.out.read_bytes() == first


def test_verdicts_come_first_and_claims_without_data_are_not_run(given: PageInput) -> None:
    text = words(given)
    headings = re.findall(r"<h2>(.*?)</h2>", given.out.read_text())
    assert headings[:2] == ["Verdicts", "Tables 1 and 2: the paper and ours"]
    assert headings.index("Departures from the paper") > headings.index("Provenance")
    assert "reproduced C-VAE has the highest share of high-density samples" in text
    assert "VAE <b>: 70.1, C-VAE: 98.1" not in text  # the pair that decides is InfoVAE
    assert "InfoVAE: 80.1, C-VAE: 98.1" in text
    assert "not run MNIST: C-VAE closes the holes" in text
    assert "MNIST is not run: its files are not on the machine" in text


def test_the_paper_stands_beside_ours_with_interval_error_and_difference(given: PageInput) -> None:
    page(given)
    rows = re.findall(r'<tr><th scope="row">C-VAE</th>(.*?)</tr>', given.out.read_text())
    cells = re.findall("<td>(.*?)</td>", rows[0])
    # Of 0.98, 0.981, 0.982 the interval is t(0.975, 2) * 0.001 / sqrt(3) = 0.0025 on each side.
    assert cells == ["98.5 ± 0.1", "98.1", "-0.4", "97.9 to 98.3", "0.5"]
    assert len(rows) == 4  # two metrics of Table 1, two kernels of Table 2


def test_a_single_seed_has_no_interval(given: PageInput) -> None:
    assert given.paper is not None
    given.paper.metrics.write_text(frame("value", seeds=1))
    given.paper.resampling.write_text(frame("resampling_std", seeds=1))
    text = words(given)
    assert "C-VAE98.5 ± 0.198.0-0.5n/a0.5" in text
    assert "undecided C-VAE has the highest share" in text
    assert " nan" not in text


def test_every_seed_is_a_dot_and_every_term_a_curve(given: PageInput) -> None:
    page(given)
    seen = [tag for tag, _ in read(given.out).seen]
    measured = len(MODELS) * len(POINTS.metrics())
    assert seen.count("circle") == 3 * measured
    assert seen.count("polyline") == 2 * len(MODELS)
    assert seen.count("path") == 2 * len(MODELS)  # the paper's numbers of Table 1


def test_a_report_without_the_mixture_has_neither_claims_nor_tables_of_the_paper(
    given: PageInput,
) -> None:
    text = words(changed(given, datasets=[rows_of("mnist", run=False)], claims=[], mixture=None))
    check_closed(read(given.out))
    assert "Verdicts" not in text
    assert "Tables 1 and 2" not in text
    assert "MNIST is not run" in text


def test_provenance_and_departures_have_no_links(given: PageInput) -> None:
    text = words(given)
    assert "make reproduce" in text
    assert "abc123 of the grid's parameters" in text
    assert "decoder variance" in text
    for mark in ("<!--", "](", "What departs"):
        assert mark not in text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("h.csv", "iteration,loss\n1,inf\n"),
        ("h.csv", "loss\n1\n"),
        ("metrics.csv", "experiment,dataset\n"),
        ("resampling.csv", "experiment,dataset,model,seed,metric,resampling_std\n"),
    ],
)
def test_a_damaged_file_is_named_and_no_report_is_written(
    given: PageInput, name: str, text: str
) -> None:
    (given.out.parent / name).write_text(text)
    with pytest.raises(UserError, match=name) as error:
        page(given)
    assert "\n" not in str(error.value)
    assert not given.out.exists()


def test_an_axis_has_its_ends_at_the_extremes() -> None:
    axis = Axis([2.0, float("nan"), 4.0], 0, 10)
    assert [axis.at(value) for value in (2.0, 2.5, 4.0, float("nan"))] == ["0.0", "2.5", "10.0", ""]
    assert Axis([3.0, 3.0], 0, 10).at(3.0) == "5.0"
    assert Axis([float("nan")], 0, 10).at(float("nan")) == ""


def test_an_undefined_seed_has_no_dot_and_makes_the_mean_undefined() -> None:
    models = [("VAE", {0: 0.1, 1: float("nan")}), ("C-VAE", {0: 0.3, 1: 0.5})]
    found = strip("Hole mass", METRICS["hole_mass"], models, [float("nan"), 0.4])
    first, second = found.rows
    assert (len(first.dots), first.mean, first.mean_x) == (1, "n/a", "")
    assert [dot.says for dot in second.dots] == ["seed 0: 30.0", "seed 1: 50.0"]
    assert second.mean_x == second.paper_x != ""
    assert all(0 < float(dot.x) < WIDTH for row in found.rows for dot in row.dots)
    assert (found.low, found.high) == ("10.0", "50.0")


def test_a_curve_goes_down_where_the_loss_falls(tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text(HISTORY)
    loss, mmd = curves(tmp_path / "history.csv")
    assert (loss.title, loss.points, loss.low, loss.high) == (
        *("loss", "2.0,4.0 90.0,86.0 178.0,45.0", "2", "4"),
    )
    assert (mmd.title, mmd.last) == ("mmd", "30")


def contrast(first: str, second: str) -> float:
    """Ratio of the luminances of two colours, as WCAG 2 defines it."""
    values = [np.array([int(c[i : i + 2], 16) for i in (1, 3, 5)]) / 255 for c in (first, second)]
    linear = [np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4) for v in values]
    low, high = sorted(float(v @ [0.2126, 0.7152, 0.0722]) for v in linear)
    return (high + 0.05) / (low + 0.05)


def test_text_has_enough_contrast_and_figures_are_enlarged_by_keyboard(given: PageInput) -> None:
    page(given)
    text = given.out.read_text()
    style = text[: text.index("</style>")]
    pairs = re.findall(r"[{ ]color: (#\w{6}); background: (#\w{6})", style)
    assert len(pairs) == 2
    colours = re.findall(r"(?:[{ ]color|--ink|--soft): (#\w{6})", style)
    for front, back in (*pairs, *((colour, "#ffffff") for colour in colours)):
        assert contrast(front, back) >= 4.5, (front, back)
    (name,) = re.findall(r'<input class="zoom" type="checkbox" id="([^"]+)">', text)
    assert f'<label for="{name}">' in text


@pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed")
@pytest.mark.parametrize("width", [390, 1100])
def test_a_browser_shows_the_report_without_error_or_request(given: PageInput, width: int) -> None:
    page(given)
    found = in_browser(given.out, width)
    assert found["images"] == found["decoded"] == 1
    assert found["requests"] == 0
    assert found["width"] <= width
    assert found["text"] > 3000
