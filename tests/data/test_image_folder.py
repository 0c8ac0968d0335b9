"""A folder of images is read, or refused in one line before anything is trained."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from folder_cases import COLOURS, GREY, READ, REFUSED, folder

from coupled_vae.data import dataset
from coupled_vae.data.dataset import Dataset
from coupled_vae.data.kinds import _arrays, _image_folder, file
from coupled_vae.run.cli import main
from coupled_vae.runtime.errors import UserError


def config(place: Path, **args: Any) -> file.Config:
    return file.Config(**{"path": str(place), "binarise": False} | args)


def made(place: Path, **args: Any) -> Dataset:
    """As the command makes them; the facts of the folder are the same."""
    given, out = config(place, **args), place.parent / "out.npz"
    words = ["data", "--kind", "file", "--args", given.model_dump_json(), "--out", str(out)]
    assert main(words) == 0
    data, facts = dataset.load(out), file.facts(given)
    assert facts.image
    assert (facts.rows, facts.columns) == data.x.shape
    assert data.image in ((), facts.image)
    assert facts.classes == len(np.unique(data.label[data.label >= 0]))
    return data


@pytest.mark.parametrize("name", READ)
def test_read(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill, args, expected, words = READ[name]
    fill(tmp_path / "photos")
    data = made(tmp_path / "photos", **args)
    note = capsys.readouterr().err
    np.testing.assert_allclose(data.x, expected.reshape(6, -1), atol=1e-6)
    assert data.image == (*expected.shape[1:3], 3 if expected.ndim == 4 else 1)
    assert words in note
    assert len(note.splitlines()) == 1


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill, args, words = REFUSED[name]
    fill(tmp_path / "photos")
    tree = config(tmp_path / "photos").model_dump() | args
    given = file.Config.model_construct(**tree).model_dump_json()
    out = tmp_path / "out.npz"
    assert main(["data", "--kind", "file", "--args", given, "--out", str(out)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert words in line
    assert len(line) < 500
    assert sorted(os.listdir(tmp_path)) == ["photos"]
    if "seed" not in args:
        with pytest.raises(UserError) as error:
            file.facts(file.Config(**tree))
        assert line == f"error: {error.value}"


def test_classes_are_the_sub_folders(tmp_path: Path) -> None:
    """Of any depth, as in ImageFolder; in turn, so that the first data are of all classes."""
    folder(parts=("wolf", "elk", "wolf"))(tmp_path / "photos")
    (tmp_path / "photos" / "wolf" / "night").mkdir()
    (tmp_path / "photos/wolf/0.png").rename(tmp_path / "photos/wolf/night/0.png")
    data = made(tmp_path / "photos")
    assert data.label.tolist() == [0, 1, 0, 1, 1, 1]
    order = [1, 2, 4, 3, 5, 0]  # 0.png lies in a folder, whose name is behind those of the others
    np.testing.assert_allclose(data.x, GREY[order].reshape(6, -1) / 255, atol=1e-6)


def test_every_file_is_an_input(tmp_path: Path) -> None:
    """Sorted, so that an image that is added, removed or changed makes the data anew."""
    folder(parts=("b", "a"))(tmp_path / "photos")
    (tmp_path / "photos" / "notes.txt").touch()
    found = file.files(config(tmp_path / "photos"))
    names = ["a/1.png", "a/3.png", "a/5.png", "b/0.png", "b/2.png", "b/4.png"]
    assert [str(path.relative_to(tmp_path / "photos")) for path in found] == names
    assert file.files(config(tmp_path / "nothing")) == [tmp_path / "nothing"]
    (tmp_path / "empty").mkdir()
    assert file.files(config(tmp_path / "empty")) == [tmp_path / "empty"]


def test_a_linked_folder_is_left_out_with_a_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may lead back to where it is."""
    folder()(tmp_path / "photos")
    (tmp_path / "photos" / "again").symlink_to(tmp_path / "photos")
    assert len(made(tmp_path / "photos").x) == 6
    assert "1 file left out that are no images, such as 'again'" in capsys.readouterr().err


def test_jpg_is_near_what_was_stored(tmp_path: Path) -> None:
    smooth = np.broadcast_to(np.arange(0, 240, 40)[:, None, None], (6, 16, 8)).astype(np.uint8)
    folder(smooth, suffix="jpeg")(tmp_path / "photos")
    np.testing.assert_allclose(made(tmp_path / "photos").x, smooth.reshape(6, -1) / 255, atol=0.02)


def test_binary_pixels_by_the_same_draws_as_of_an_array(tmp_path: Path) -> None:
    folder()(tmp_path / "photos")
    np.save(tmp_path / "x.npy", GREY)
    drawn = [
        file.generate(config(tmp_path / name, binarise=True, seed=3, held_out=0.4))
        for name in ("photos", "x.npy")
    ]
    assert drawn[0].digest() == drawn[1].digest()
    assert set(np.unique(drawn[0].x)) == {0, 1}


def test_square_grey_images_have_no_shape_as_the_usual_datasets(tmp_path: Path) -> None:
    folder(GREY[:, :, :5])(tmp_path / "photos")
    assert made(tmp_path / "photos").image == ()
    folder(COLOURS[:, :, :5])(tmp_path / "colours")
    assert made(tmp_path / "colours").image == (5, 5, 3)


def test_too_many_are_refused_before_memory_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder()(tmp_path / "photos")
    monkeypatch.setattr(_arrays, "MOST_BYTES", 100)
    with pytest.raises(UserError, match="are read, because models hold all data in memory"):
        file.facts(config(tmp_path / "photos"))


def test_an_image_of_many_pixels_is_refused_by_its_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder()(tmp_path / "photos")
    monkeypatch.setattr(_image_folder.Image, "MAX_IMAGE_PIXELS", 20)
    with pytest.raises(UserError, match=r"0\.png: no image can be read \(Image size \(35 pixels\)"):
        file.facts(config(tmp_path / "photos"))
