"""The page of a grid: one valid file that fetches nothing."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from html_page import check_closed, read
from PIL import Image

from coupled_vae.config.facts import Facts
from coupled_vae.config.traits import Traits
from coupled_vae.reporting.page import page
from coupled_vae.reporting.rows import PageDataset, PageInput, PageModel
from coupled_vae.runtime.errors import UserError

NASTY = '<script>alert("1")</script> & {{ 7 * 7 }} | *x*'


@pytest.fixture
def given(tmp_path: Path) -> PageInput:
    table, figure, data = (tmp_path / name for name in ("points.md", "points_own.png", "own.npz"))
    escaped = NASTY.replace("|", r"\|").replace("*", r"\*").replace("<", r"\<")
    table.write_text(f"| Model | W2 |\n|:--|--:|\n| {escaped} | 0.1 ± 0.0 |\n\nA note.\n")
    Image.fromarray(np.zeros((4, 6), np.uint8)).save(figure)
    data.write_bytes(b"data")
    model = PageModel(label=NASTY, kind="vae", args={"rate": 0.5, "steps": 9}, derived=["steps"])
    own = PageDataset(
        name="own",
        label=NASTY,
        kind="file",
        args={"path": NASTY},
        traits=Traits(kind="points", held_out=True),
        facts=Facts(rows=90, columns=13, held_out=10),
        problem={"latent_dim": 2, "prior": {"kind": "gaussian", "args": {}}},
        data=data,
        files=[table],
        models=[model],
    )
    return PageInput(
        title="mine",
        seeds=[0, 1],
        datasets=[own],
        tables=[table],
        figures=[figure],
        template="",
        out=tmp_path / "index.html",
    )


def test_a_page_is_valid_and_fetches_nothing(given: PageInput) -> None:
    page(given)
    found = read(given.out)
    check_closed(found)
    assert [tag for tag, _ in found.seen].count("img") == 1
    assert found.text.count(NASTY) >= 4  # table, heading, argument, model
    assert "viewport" in [attributes.get("name") for _, attributes in found.seen]


def test_a_page_says_what_its_numbers_are_of(given: PageInput) -> None:
    page(given)
    text = " ".join(read(given.out).text.split())
    for part in ("0.1 ± 0.0", "Seeds 0, 1.", "Training data90", "Held-out data10", "Coordinates13"):
        assert part in text
    assert hashlib.sha256(b"data").hexdigest() in text
    assert "rate=0.5, steps=9\N{NO-BREAK SPACE}(derived)" in given.out.read_text().replace(
        "&nbsp;", "\N{NO-BREAK SPACE}"
    ).replace("<code>", "").replace("</code>", "")
    for metric in given.datasets[0].traits.metrics():
        assert metric in text
    assert "class_recovery" not in text
    first = given.out.read_bytes()
    page(given)
    assert given.out.read_bytes() == first


@pytest.mark.parametrize("name", ["points.md", "points_own.png", "own.npz"])
def test_a_missing_file_is_named_and_no_page_is_written(given: PageInput, name: str) -> None:
    (given.out.parent / name).unlink()
    with pytest.raises(UserError, match=name) as error:
        page(given)
    assert "\n" not in str(error.value)
    assert not given.out.exists()
