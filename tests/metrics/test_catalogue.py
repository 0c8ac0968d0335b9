"""Metrics and their ranges: what collect and the tables refuse of a file that was tampered with."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from metric_files import METRICS, VALUES, cells, collected, table
from table_cases import MODELS, write

from coupled_vae.config.facts import Facts
from coupled_vae.config.traits import Traits
from coupled_vae.metrics import catalogue
from coupled_vae.pipeline.cell import Cell
from coupled_vae.reporting.tables.table1 import table1
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.ranges import Number

SHARES = [name for name, metric in catalogue.METRICS.items() if metric.values.high == 1]
IMAGES = dict.fromkeys(catalogue.measured("images"), "0.5")


def refused(action):
    with pytest.raises(UserError) as error:
        action()
    assert "\n" not in str(error.value)
    return str(error.value)


MANIFOLD = {"precision", "recall", "density", "coverage"}
LIKELIHOODS = ["validation_nll", "test_nll", "test_reconstruction_nll"]
HELD_OUT = MANIFOLD | {"w2_to_held_out", *LIKELIHOODS}


def test_metrics_are_asked_by_what_the_data_have():
    assert Traits(kind="modes").metrics() == METRICS
    assert Traits(kind="modes", held_out=True).metrics() == [*METRICS, *LIKELIHOODS]
    bare = {*Traits(kind="points").metrics()}
    assert bare == {*METRICS[5:], "hole_mass", "marginal_error"}
    held_out = {*Traits(kind="points", held_out=True).metrics()}
    assert held_out == bare | HELD_OUT
    assert {*Traits(kind="points", labels=True).metrics()} == bare
    both = {*Traits(kind="points", held_out=True, labels=True).metrics()}
    assert both == held_out | {"class_recovery"}
    images = {*Traits(kind="images", held_out=True).metrics()}
    assert images == {*catalogue.measured("images")} - {"class_recovery"}


@pytest.mark.parametrize(
    ("facts", "declared", "expected"),
    [
        ({}, "points", Traits(kind="points")),
        (
            {"held_out": 9, "classes": 3},
            "points",
            Traits(kind="points", held_out=True, labels=True),
        ),
        ({"held_out": 9, "classes": 1}, "points", Traits(kind="points", held_out=True)),
        (
            {"modes": True, "held_out": 9, "classes": 3},
            "points",
            Traits(kind="modes", held_out=True),
        ),
        ({"modes": True, "classes": 3}, "points", Traits(kind="modes")),
        ({"image": (1, 2, 1), "held_out": 9}, "images", Traits(kind="images", held_out=True)),
        (None, "points", Traits(kind="points")),
        (None, "images", Traits(kind="images", held_out=True, labels=True)),
    ],
)
def test_traits_follow_from_facts(facts, declared, expected):
    told = None if facts is None else Facts(rows=9, columns=2, **facts)
    assert Traits.of(told, declared) == expected


@pytest.mark.parametrize("name", catalogue.METRICS)
def test_every_metric_has_a_range_and_refuses_what_is_outside(name):
    metric = catalogue.METRICS[name]
    assert catalogue.flaw(name, float("inf"))
    assert catalogue.flaw(name, -float("inf"))
    assert bool(catalogue.flaw(name, float("nan"))) != metric.values.undefined
    assert not catalogue.flaw(name, float("nan"), failed=True)
    for bound, outside in ((metric.values.low, -1e-9), (metric.values.high, 1e-9)):
        if abs(bound) < float("inf"):
            assert not catalogue.flaw(name, bound)
            assert catalogue.flaw(name, bound + outside)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"w2_to_data": "nan"}, "w2_to_data nan is not a number"),
        ({"w2_to_data": "-1"}, "w2_to_data -1 is outside 0 to inf"),
        ({"w2_to_data": "1e400"}, "value '1e400' is not finite"),
        ({"w2_to_data": "inf"}, "value 'inf' is not a number"),
        ({"w2_to_data": "few"}, "value 'few' is not a number"),
        ({"w2_to_data": ""}, "value '' is not a number"),
        ({"w2_to_data": "1_0"}, "value '1_0' is not a number"),
        ({"w2_to_data": "0x1"}, "value '0x1' is not a number"),
        ({"w2_to_data": "1,0"}, "has 4 fields, not 3"),
        ({"w2_to_data": "٣"}, "is not a number"),
        ({"modes_covered": "2.5"}, "modes_covered 2.5 is not a whole number"),
        ({"modes_covered": "-1"}, "modes_covered -1 is outside"),
        ({"mmd_rbf": "-7"}, "mmd_rbf -7 is outside -2 to 2"),
        ({"in_mode_std": "-0.1"}, "in_mode_std -0.1 is outside"),
        ({"reconstruction_nll": "nan"}, "reconstruction_nll nan is not a number"),
        ({"tv": "1"}, "metric 'tv' is unknown"),
        ({"test_nll": "1"}, "test_nll 1 is not measured of such data"),
        ({"": "1"}, "metric '' is empty"),
        *(({name: "1.01"}, f"{name} 1.01 is outside 0 to 1") for name in SHARES if name in VALUES),
    ],
)
def test_a_value_that_cannot_be_is_not_collected(tmp_path, values, said):
    grid = cells(tmp_path)
    table(grid[1][1], **values)
    message = refused(lambda: collected(tmp_path, grid))
    assert said in message
    assert str(grid[1][1]) in message
    assert message.endswith("delete it and run again")
    assert not (tmp_path / "m.csv").exists()


@pytest.mark.parametrize("name", [name for name in SHARES if name in IMAGES])
def test_shares_of_images_are_shares(tmp_path, name):
    def written(**values):
        path = tmp_path / "0.csv"
        lines = [f"{metric},{value}," for metric, value in (IMAGES | values).items()]
        path.write_text("\n".join(["metric,value,resampling_std", *lines]) + "\n")
        return [(Cell(dataset="mnist", model="vae", seed=0), path)]

    collected(tmp_path, written(marginal_error="nan", density="1.5"), "images")
    assert f"{name} -0.5 is outside" in refused(
        lambda: collected(tmp_path, written(**{name: "-0.5"}), "images")
    )


DAMAGES = {
    "empty": (lambda text: "", "it is empty"),
    "a header alone": (lambda text: text.splitlines()[0] + "\n", "it has no rows"),
    "no header": (lambda text: text.partition("\n")[2], "its columns are"),
    "half": (lambda text: text[: len(text) // 2], "cut off"),
    "no end of line": (lambda text: text[:-1], "cut off"),
    "another column": (lambda text: text.replace("value", "number", 1), "its columns are"),
    "a column more": (
        lambda text: "".join(f"{line},x\n" for line in text.splitlines()),
        "its columns are",
    ),
    "a row twice": (
        lambda text: text + text.splitlines()[2] + "\n",
        "a row stands twice: high_den",
    ),
    "all twice": (lambda text: text + text.partition("\n")[2], "a row stands twice"),
    "an open quote": (lambda text: text.replace("w2", '"w2'), "unexpected end of data"),
    "a short row": (lambda text: text + "recall\n", "has 1 fields, not 3"),
    "an error below zero": (lambda text: text.replace(",0.1", ",-0.1", 1), "'-0.1' is outside"),
    "an infinite error": (lambda text: text.replace(",0.1", ",1e999", 1), "'1e999' is not finite"),
    "an undefined error": (lambda text: text.replace(",0.1", ",nan", 1), "'nan' is not a number"),
    "zeros": (lambda text: text + "\0\n", "has 1 fields"),
    "another file": (lambda text: '{"train_seconds": 1}\n', "its columns are"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_table_of_a_cell_is_not_collected(tmp_path, damage):
    grid, (spoil, said) = cells(tmp_path), DAMAGES[damage]
    path = grid[2][1]
    path.write_text(spoil(path.read_text()))
    message = refused(lambda: collected(tmp_path, grid))
    assert message.startswith(f"{path}: not a table of metrics (")
    assert said in message
    assert not (tmp_path / "m.csv").exists()


def test_bytes_that_are_no_text_and_a_folder_are_not_collected(tmp_path):
    grid = cells(tmp_path)
    grid[0][1].write_bytes(b"metric,value,resampling_std\n\xff\xfe\n")
    assert "damaged" in refused(lambda: collected(tmp_path, grid))
    grid[0][1].unlink()
    grid[0][1].mkdir()
    assert "it is a folder" in refused(lambda: collected(tmp_path, grid))


def test_a_metric_that_every_cell_lacks_is_missed(tmp_path):
    grid = cells(tmp_path)
    for _, path in grid:
        table(path, mode_mass_tv=None)
    assert "lacks 4 of 44 cells" in refused(lambda: collected(tmp_path, grid))


def test_a_cell_that_is_named_twice_is_refused(tmp_path):
    grid = cells(tmp_path)
    assert "names mog/wae/10 twice" in refused(lambda: collected(tmp_path, [*grid, grid[0]]))


@given(st.floats(allow_nan=True, allow_infinity=True, allow_subnormal=False))
def test_numbers_are_read_as_they_were_written(value):
    column, text = Number(undefined=True), f"{value:.10g}"
    if value in (float("inf"), -float("inf")):
        with pytest.raises(ValueError, match="is not"):
            column.read(text)
    elif value != value:
        assert column.read(text) != column.read(text)
    elif abs(value) < 1e308:
        assert column.read(text) == float(text)


# The frame of record: nan is of what could not be measured, all else is refused.


def spoil(folder, change):
    paths = write(folder, ["vae", "mine"], [0, 1])
    path = paths["metrics"]
    path.write_text(change(path.read_text()))
    return paths


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text[: len(text) // 2], "cut off"),
        (lambda text: "", "it is empty"),
        (lambda text: "\n".join(text.splitlines()[:15]) + "\n", "lacks"),
        (lambda text: re.sub(".*mine,1,w2_to_data.*\n", "", text), "lacks"),
        (lambda text: text.replace("high_density_ratio,0.9", "high_density_ratio,1.9"), "outside"),
        (lambda text: text.replace("w2_to_data,0.3", "w2_to_data,1e400"), "not finite"),
        (lambda text: text.replace("w2_to_data,0.3", "w2_to_data,"), "not a number"),
        (lambda text: text.replace("w2_to_data", "w3"), "'w3' is unknown"),
        (lambda text: text.replace("vae,1,", "vae,1.5,"), "not a whole number"),
        (lambda text: text + text.splitlines()[-1] + "\n", "stands twice"),
    ],
)
def test_a_damaged_frame_makes_no_table(tmp_path, change, said):
    paths = spoil(tmp_path, change)
    message = refused(lambda: table1("mog", MODELS, **paths, out=tmp_path / "out"))
    assert said in message
    assert not (tmp_path / "out").exists()


def test_a_seed_that_one_model_lacks_is_missed(tmp_path):
    """A mean over fewer seeds would look like any other."""

    def without(text):
        return "".join(line + "\n" for line in text.splitlines() if "mog,vae,1," not in line)

    paths = spoil(tmp_path, without)
    message = refused(lambda: table1("mog", MODELS, **paths, out=tmp_path / "out"))
    assert "lacks 6 of 24 cells: (mog, vae, seed 1, " in message


def test_nan_of_one_seed_is_no_number_in_a_table(tmp_path):
    paths = spoil(tmp_path, lambda t: t.replace("vae,1,w2_to_data,0.33", "vae,1,w2_to_data,nan"))
    table1("mog", MODELS, **paths, out=tmp_path)
    rows = (tmp_path / "table1.md").read_text().splitlines()[2:4]
    assert [row.split("|")[11].strip() for row in rows] == ["n/a", "0.315 ± 0.021"]
