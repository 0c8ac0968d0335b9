"""A parameter file of the reader's: its folder, its experiments, what its errors name."""

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coupled_vae.config import yaml_file
from coupled_vae.config.load import load
from coupled_vae.run import own
from coupled_vae.run.main import main
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.project import TOP

Tree = dict[str, Any]
GRID = {"datasets": ["mine"], "models": ["vae", "cvae"], "seeds": [0]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    np.save(tmp_path / "data" / "points.npy", np.random.default_rng(0).standard_normal((50, 2)))
    return tmp_path


def write(folder: Path, **changes: Any) -> Path:
    tree: Tree = {
        "extends": str(TOP / "params.yaml"),
        "datasets": {"mine": {"kind": "file", "args": {"path": "data/points.npy"}}},
        "experiments": {"grids": {"mine": GRID}},
    }
    file = folder / "my.yaml"
    file.write_text(yaml_file.dump(tree | changes), encoding="utf-8")
    return file


def test_the_folder_has_whole_parameters_of_the_files_own_experiments(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, names = own.prepare(write(folder))
    assert (place, names) == (folder / "my", ["mine"])
    monkeypatch.chdir(place)  # from which the path of the data is
    params = load(Path("params.yaml"))
    assert [*params.experiments.grids] == ["mine"]
    assert not params.experiments.studies
    assert not params.experiments.search.datasets
    assert params.datasets["mine"].args["path"] == "../data/points.npy"
    assert params.args("cvae", "mine")["pool_size"] == 512
    told = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in told] == ["mine", "mine, vae", "mine, cvae"]


def test_what_an_entry_of_the_papers_file_leaves_out_is_told_once_it_is_used(folder: Path) -> None:
    file = write(folder)
    with contextlib.chdir(folder):
        lines = own.told(file, {"mine"})
        assert [line.split(":")[0] for line in lines][:3] == ["mine", "mine, vae", "mine, cvae"]
        assert own.told(file, {"mog"}) == []
    place, _ = own.prepare(file)
    with contextlib.chdir(place):
        assert own.told(Path("params.yaml"), {"mine"}) == []  # all of it is written there


def test_an_unchanged_file_leaves_the_folder_as_it_is(folder: Path) -> None:
    file = write(folder)
    own.prepare(file)
    before = (folder / "my" / "params.yaml").stat().st_mtime_ns
    own.prepare(file)
    assert (folder / "my" / "params.yaml").stat().st_mtime_ns == before


def test_a_small_run_has_a_folder_of_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, _ = own.prepare(write(folder), small=True)
    assert place == folder / "my-smoke"
    monkeypatch.chdir(place)
    params = load(Path("params.yaml"))
    assert params.args("cvae", "mine")["num_pools"] == 3
    assert params.datasets["mine"].evaluation["w2_subsample"] <= 40


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"experiments": {}}, "has no experiment; write one under experiments.grids"),
        ({"experiments": {"grids": {"mine": GRID | {"models": ["vea"]}}}}, "names 'vea'; choices"),
        (
            {"datasets": {"mine": {"kind": "file", "args": {"path": "no.csv"}}}},
            "my.yaml: datasets.mine.args: 'no.csv': no such file",
        ),
        ({"datasets": {"mine": {"kind": "flie", "args": {}}}}, "my.yaml: datasets.mine"),
        ({"extends": "no.yaml"}, "my.yaml: extends 'no.yaml' is no file"),
        ({"typo": 1}, "typo"),
    ],
)
def test_what_cannot_work_is_one_line_and_leaves_no_folder(
    folder: Path, changes: Tree, told: str
) -> None:
    with pytest.raises(UserError) as caught:
        own.prepare(write(folder, **changes))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (folder / "my").exists()


def test_a_file_or_a_folder_that_cannot_be_is_named(folder: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere/my\.yaml: no such file"):
        own.prepare(folder / "nowhere" / "my.yaml")
    (folder / "my").touch()
    with pytest.raises(UserError, match=r"my: cannot be made a folder \(File exists\)"):
        own.prepare(write(folder))


def test_an_experiment_that_the_file_lacks_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--params", str(write(folder)), "other"]) == 1
    assert "has no experiment 'other'; choices are mine" in capsys.readouterr().err


def test_errors_name_the_readers_file() -> None:
    with pytest.raises(UserError, match=r"^my\.yaml: models\.vae"), own.naming(Path("my.yaml")):
        raise UserError("params.yaml: models.vae: wrong")
    with pytest.raises(UserError, match=r"^other: wrong"), own.naming(Path("my.yaml")):
        raise UserError("other: wrong")
