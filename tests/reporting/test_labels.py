r"""Labels in Markdown, LaTeX, CSV and figures: any text is shown as itself, ``$...$`` is math."""

import csv
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from matplotlib.figure import Figure

from coupled_vae.config.evaluation import ModeSettings
from coupled_vae.config.params import Figure1
from coupled_vae.data.kinds import mog
from coupled_vae.reporting import labels
from coupled_vae.reporting.figures import figure1, figure3, figure4, study
from coupled_vae.reporting.tables._render import write

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
AWKWARD = [
    "a | b", "|", "||", r"\|", "a\\", r"\\", "`a|b`", "``", "*b*", "**", "_x_", "a_b", "__init__",
    "<b>x</b>", "<!-- x -->", "[x](y)", "![x]", "[x]", "&amp;", "&", "A & B", "50 %", "# one",
    "~x~", "~~x~~", "{", "}", "{}", "}{", "^2", "$", "$$", "$5 and $6", "a $ b", r"\$", r"\frac",
    "a\nb", "a\r\nb", "\t", "a\tb", '"', "'", "“q”", 'a "b", c', "=1+1", "é", "β-VAE", "日本", "🙂",
    "\x00a", "\x01", "\x1b[31m", "\ud800x", "\ue000", "- x", "+ x", "1. x", "---", ":--", "> x",
    "https://a.b", "*", "@x", "%", "a%b", "$a", "a$", "{$", "$}$", "$x",
]  # fmt: skip
MATHS = [r"$\lambda$", r"C-VAE, $\lambda = 10^{3}$", r"$a$ and $b_1$", r"$\{x\}$", r"$p(x|z)$"]
every_label = pytest.mark.parametrize("label", AWKWARD + MATHS)
any_label = st.text(
    st.one_of(st.sampled_from("|\\`*_<>[]{}$&%#~^\"'!\n\t ab1"), st.characters()), max_size=12
)


def rows_of(markdown: str) -> list[list[str]]:
    """Cells of the first table as a reader sees them, by a parser that is not ours."""
    rows, inside = [], False
    for token in MARKDOWN.parse(markdown):
        if token.type == "tr_open":
            rows.append([])
        inside = (inside or token.type in ("th_open", "td_open")) and token.type not in (
            *("th_close", "td_close"),
        )
        if inside and token.type == "inline":
            assert {child.type for child in token.children or []} <= {"text", "text_special"}
            rows[-1].append("".join(child.content for child in token.children or []))
    return rows


def render(folder: Path, label: str) -> None:
    rows = [{"label": label, "x": 1.5}, {"label": "second", "x": 2.0}]
    write(
        folder, "t", rows, lambda row: {"Model": row["label"], "A header": "x", "X": f"{row['x']}"},
        "A note.", num_text=2,
    )  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(label=any_label)
@example(label=r"\|")
def test_a_markdown_table_read_back_has_the_same_cells(tmp_path_factory, label):
    if any(is_math for is_math, _ in labels.parts(labels.clean(label))):
        return  # no parser of plain Markdown reads it as GitHub does
    folder = tmp_path_factory.getbasetemp() / "markdown"
    render(folder, label)
    assert rows_of((folder / "t.md").read_text(encoding="utf-8")) == [
        ["Model", "A header", "X"],
        [labels.clean(label), "x", "1.5"],
        ["second", "x", "2.0"],
    ]


@every_label
def test_awkward_labels_keep_the_columns_of_every_format(tmp_path, label):
    render(tmp_path, label)
    lines = (tmp_path / "t.md").read_text(encoding="utf-8").splitlines()
    assert [len(re.split(r"(?<!\\)(?:\\\\)*\|", line)) for line in lines[:4]] == [5] * 4
    tex = (tmp_path / "t.tex").read_text(encoding="utf-8")
    body = tex[tex.index("\\toprule") :]
    for line in body.splitlines()[1:6]:
        if line.endswith("\\\\"):
            assert line.replace(r"\&", "").count("&") == 2
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    stored = label.encode("utf-8", "replace").decode()
    assert rows == [["label", "x"], [stored, "1.5"], ["second", "2"]]


def tex_cell(folder, label):
    render(folder, label)
    tex = (folder / "t.tex").read_text(encoding="utf-8")
    line = next(line for line in tex.splitlines() if line.endswith("1.5 \\\\"))
    return line.split(" & x")[0].strip()


@pytest.mark.parametrize(
    ("label", "cell"),
    [
        ("A & B", r"A \& B"),
        ("50 %", r"50 \%"),
        ("#1", r"\#1"),
        ("a_b", r"a\_b"),
        ("{x}", r"\{x\}"),
        ("~", r"\textasciitilde{}"),
        ("x^2", r"x\^{}2"),
        ("a\\b", r"a\textbackslash{}b"),
        ("a|b", r"a\textbar{}b"),
        ("$5 and $6", r"\$5 and \$6"),
        ("a $ b", r"a \$ b"),
        ("[x]", "{[}x]"),
        ("*x", "{*}x"),
        (r"$\lambda_1$", r"$\lambda_1$"),
        (r"A & $\frac{a}{b}$, 50 %", r"A \& $\frac{a}{b}$, 50 \%"),
        (r"$a & b$", r"\$a \& b\$"),  # would begin another cell
        (r"$a \\ b$", r"\$a \textbackslash{}\textbackslash{} b\$"),
        (r"$\frac{a}{b$", r"\$\textbackslash{}frac\{a\}\{b\$"),
    ],
)
def test_latex_shows_text_and_keeps_mathematics(tmp_path, label, cell):
    assert tex_cell(tmp_path, label) == cell


@settings(max_examples=120, deadline=None)
@given(label=any_label)
def test_latex_has_no_active_character_left(tmp_path_factory, label):
    label = label.replace("$", "")
    cell = tex_cell(tmp_path_factory.getbasetemp() / "tex", label)
    bare = re.sub(r"\\textbackslash\{\}|\\textasciitilde\{\}|\\textbar\{\}|\\\^\{\}", "", cell)
    ours = r"\\ensuremath\{[<>]\}|\$\\pm\$|\$\\checkmark\$|\$10\^\{-3\}\$|^\{[\[*]\}"
    bare = re.sub(ours, "", bare)
    assert not re.search(r"(?<!\\)[&%$#_{}~^]|\\(?![&%$#_{}])", bare)


def test_mathematics_in_markdown_stays_and_its_bars_are_escaped():
    assert labels.markdown(r"C-VAE, $\lambda_1 = 10^{3}$") == r"C-VAE, $\lambda_1 = 10^{3}$"
    assert labels.markdown("$p(x|z)$") == r"$p(x\|z)$"
    assert labels.markdown("$5 and $6") == r"\$5 and \$6"


def drawn(text: str) -> None:
    figure = Figure(figsize=(1, 1))
    figure.text(0, 0, text)
    figure.draw_without_rendering()


@pytest.mark.filterwarnings("ignore:Glyph")
@every_label
def test_any_label_can_be_drawn(label):
    drawn(labels.plot(label))


@pytest.mark.filterwarnings("ignore:Glyph")
@settings(max_examples=150, deadline=None)
@given(label=st.text(st.sampled_from("$\\{}^_%|abx1 &#~"), max_size=10))
def test_any_text_near_mathematics_can_be_drawn(label):
    drawn(labels.plot(label))


def test_drawn_mathematics_stays_mathematics_and_a_formula_that_is_none_is_text():
    assert labels.plot(r"C-VAE, $\lambda$") == r"C-VAE, $\lambda$"
    assert labels.plot(r"$\nosuch{x}$") == r"\$\nosuch{x}\$"
    assert labels.plot("5 $") == r"5 \$"
    assert labels.plot(r"5 $ or $\lambda$") == r"5 \$ or $\lambda$"


def test_a_clean_label_is_one_line_of_what_can_be_shown():
    assert labels.clean(" a\r\n\tb\x00\ud800 c ") == "a b c"


def figures(label):
    """Each figure that shows a label, drawn from little."""
    rng = np.random.default_rng(0)
    points = mog.generate(mog.Config(grid_side=2, spacing=1.0, std=0.05, points_per_mode=5, seed=1))
    plane = rng.standard_normal((20, 2))
    arrays = dict.fromkeys(("sample", "reconstruction", "latent_mean", "aggregate"), plane)
    arrays |= {"posterior_axis": np.linspace(-1, 1, 5), "posterior_density": np.ones((5, 5))}
    yield figure1._draw(
        [(label, SimpleNamespace(**arrays))],
        points,
        ModeSettings(high_density_radius=4, posterior_datum=0),
        Figure1(seed=0, extent=3.5, density_bins=8),
    )
    yield figure3._draw([(label, plane)], np.arange(20) % 10, 3.0)
    yield figure4._draw([label], [[np.zeros((20, 20, 3), np.uint8)] * 3])
    metrics = dict.fromkeys((f"{m}_{k}" for m in study.CURVES for k in ("mean", "seed_std")), 0.5)
    rows = [{"label": label, "value": value, **metrics} for value in (None, 1.0)]
    yield study._draw(label, rows, [SimpleNamespace(sample=plane, code=plane)] * 2, points.x)


@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("label", ["5 $", "$}{$", "{$x", "_x", "\\frac", r"$\nosuch$", "\ud800"])
def test_no_label_keeps_a_figure_from_being_drawn(label):
    count = 0
    for figure in figures(label):
        figure.draw_without_rendering()
        shown = [text.get_text() for text in figure.findobj(match=lambda a: hasattr(a, "get_text"))]
        assert labels.plot(label) in shown
        count += 1
    assert count == 4


def test_a_label_with_an_underscore_in_front_is_in_the_legend():
    figure = list(figures("_x"))[-1]
    assert [text.get_text().strip() for text in figure.legends[0].get_texts()] == ["_x"]
