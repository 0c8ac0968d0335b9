"""What ``kind: file`` says of the data before they are generated is what is then generated."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from file_cases import CONVERTED, GREY, REFUSED, SPECIES, X, archive, array, raw, table

from coupled_vae.config.facts import Facts
from coupled_vae.config.section import parse
from coupled_vae.data import dataset
from coupled_vae.data.dataset import Dataset
from coupled_vae.data.kinds import file
from coupled_vae.runtime.errors import UserError

COLOURS = np.stack([GREY, GREY[::-1], 255 - GREY], axis=-1)

CASES: dict[str, tuple[str, Callable[[Path], object], dict[str, Any]]] = {
    **{name: case[:3] for name, case in CONVERTED.items() if case[2].get("label") != "LABELS"},
    "held_out": ("x.npy", array(X), {"held_out": 0.3, "seed": 1}),
    "labelled": ("x.npz", archive(x=X, y=SPECIES), {"label": "y", "held_out": 0.1, "seed": 1}),
    "mixture": ("x.npz", archive(x=X, c=[[0, 1], [1, 0]]), {"centres": "c", "std": 0.1}),
    "binary_points": ("x.npy", array((X > 0).astype("f4")), {}),
    "grey": ("x.npy", array(GREY), {"seed": 1, "held_out": 0.2}),
    "grey_intensities": ("x.npy", array(GREY), {"binarise": False}),
    "oblong": ("x.npy", array(GREY[:, :5]), {"seed": 1}),
    "colours": ("x.npy", array(COLOURS), {}),
    "colours_drawn": ("x.npy", array(COLOURS), {"binarise": True, "seed": 1}),
    "colours_first": ("x.npy", array(np.moveaxis(COLOURS, 3, 1)), {}),
    "one_channel_first": ("x.npy", array(GREY[:, None, :6]), {"binarise": False}),
}


def read_as(data: Dataset, rest: Dataset | None) -> dict[str, Any]:
    """What a dataset itself tells of its facts, besides the shape of plain images."""
    parts = [data] if rest is None else [data, rest]
    known = np.concatenate([part.label[part.label >= 0] for part in parts])
    return {
        "rows": len(data.x),
        "columns": data.x.shape[1],
        "held_out": 0 if rest is None else len(rest.x),
        "classes": len(np.unique(known)),
        "modes": len(data.centres) > 0,
        "binary": all(np.isin(part.x, (0, 1)).all() for part in parts),
    }


@pytest.mark.parametrize("name", CASES)
def test_facts_are_those_of_the_generated_data(name: str, tmp_path: Path) -> None:
    named, write, args = CASES[name]
    write(tmp_path / named)
    config = file.Config(path=str(tmp_path / named), **args)
    facts = file.facts(config)
    data = dataset.checked(file.generate(config), "test")
    rest = dataset.checked(file.held_out(config), "test") if config.held_out else None
    assert facts.model_dump(exclude={"image"}) == read_as(data, rest)
    side = int(np.sqrt(facts.columns))
    plain = (side, side, 1) if facts.image else None
    assert facts.image == (data.image or plain)


@pytest.mark.parametrize("name", REFUSED)
def test_facts_refuse_what_generate_refuses(name: str, tmp_path: Path) -> None:
    named, write, args, _ = REFUSED[name]
    write(tmp_path / named)
    messages = []
    for read in (file.facts, file.generate):
        with pytest.raises(UserError) as error:
            read(parse(file.Config, {"path": str(tmp_path / named), **args}, "args"))
        messages.append(str(error.value))
    assert messages[0] == messages[1]


def test_facts_print_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are read at every plan; what was converted is said when the data are generated."""
    np.save(tmp_path / "x.npy", 1e4 * X)
    file.facts(file.Config(path=str(tmp_path / "x.npy")))
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("name", "image", "binary"),
    [
        ("grey", (8, 8, 1), True),
        ("grey_intensities", (8, 8, 1), False),
        ("oblong", (5, 8, 1), True),
        ("colours", (8, 8, 3), False),
        ("colours_drawn", (8, 8, 3), True),
        ("colours_first", (8, 8, 3), False),
        ("one_channel_first", (6, 8, 1), False),
        ("float64", None, False),
    ],
)
def test_image(name: str, image: Any, binary: bool, tmp_path: Path) -> None:
    named, write, args = CASES[name]
    write(tmp_path / named)
    facts = file.facts(file.Config(path=str(tmp_path / named), **args))
    assert (facts.image, facts.binary) == (image, binary)
    assert isinstance(facts, Facts)


def test_values_of_colours_are_in_the_order_height_width_channel(tmp_path: Path) -> None:
    for name in ("colours", "colours_first"):
        named, write, args = CASES[name]
        write(tmp_path / named)
        data = file.generate(file.Config(path=str(tmp_path / named), **args))
        np.testing.assert_allclose(data.x, COLOURS.reshape(50, -1) / 255, atol=1e-7)


def test_a_table_with_centres_in_another_table(tmp_path: Path) -> None:
    """By the names of the columns, whatever their order."""
    import pandas as pd

    frame = pd.DataFrame({"a": X[:, 0], "kind": SPECIES, "b": X[:, 1]})
    (tmp_path / "x.csv").write_bytes(table(frame))
    (tmp_path / "c.csv").write_text("b,a\n1,2\n3,4\n")
    args: dict[str, Any] = {"path": str(tmp_path / "x.csv"), "label": "kind", "std": 0.5}
    config = file.Config(**args, centres=str(tmp_path / "c.csv"))
    data = dataset.checked(file.generate(config), "test")
    np.testing.assert_array_equal(data.centres, [[2, 1], [4, 3]])
    assert data.std == 0.5
    assert file.files(config) == [tmp_path / "x.csv", tmp_path / "c.csv"]
    raw("")(tmp_path / "c.npy")
    with pytest.raises(UserError, match=r"c.npy: centres of a table are a table"):
        file.generate(file.Config(**args, centres=str(tmp_path / "c.npy")))


@pytest.mark.parametrize(
    ("means", "args", "words"),
    [
        ([[0.0, 1, 2]], {"std": 1.0}, "float64 (1, 3); give one row or more of 2 coordinates"),
        ([[0.0, 1], [0, 1]], {"std": 1.0}, "two rows are equal"),
        ([[0.0, np.nan]], {"std": 1.0}, "1 value not finite"),
        (["a", "b"], {"std": 1.0}, "holds text"),
        ([[0.0, 1]], {}, "write both or neither"),
        ([[0.0, 1]], {"std": -1.0}, "std -1.0"),
        ([[0.0, 1]], {"std": 1.0, "standardise": True}, "write standardise: false"),
    ],
)
def test_centres_refused(means: Any, args: dict[str, Any], words: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=X, c=means)
    tree = {"path": str(tmp_path / "x.npz"), "centres": "c", **args}
    with pytest.raises(UserError) as error:
        file.facts(parse(file.Config, tree, "params.yaml: datasets.mine.args"))
    assert words in str(error.value)
    assert len(str(error.value).splitlines()) == 1
