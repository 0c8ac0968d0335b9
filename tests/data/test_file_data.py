"""A reader's own files: each is converted or refused in one line before anything is trained."""

import json
import os
import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from file_cases import CONVERTED, FRAME, GREY, POINTS, REFUSED, SPECIES, X, members, npy

from coupled_vae.config import registry
from coupled_vae.data import dataset
from coupled_vae.data.dataset import Dataset
from coupled_vae.data.kinds import _arrays, file
from coupled_vae.run.cli import main
from coupled_vae.runtime.errors import UserError


def command(path: Path, out: Path, *words: str, **args: Any) -> list[str]:
    given = json.dumps({"path": str(path), **args})
    return ["data", "--kind", "file", "--args", given, "--out", str(out), *words]


def made(path: Path, **args: Any) -> Dataset:
    out = path.parent / "out.npz"
    assert main(command(path, out, **args)) == 0
    return dataset.load(out)


def refused(capsys: pytest.CaptureFixture[str], path: Path, *words: str, **args: Any) -> str:
    folder = path.parent if path.parent.is_dir() else Path()
    before = sorted(folder.iterdir())
    capsys.readouterr()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a warning would be a line more
        assert main(command(path, folder / "out.npz", *words, **args)) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert len(lines[0]) < 500
    assert sorted(folder.iterdir()) == before
    return lines[0]


@pytest.mark.parametrize("name", CONVERTED)
def test_converted(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    named, write, args, expected, words = CONVERTED[name]
    write(tmp_path / named)
    if args.get("label") == "LABELS":
        np.save(tmp_path / "y.npy", np.arange(200) % 7)
        args = {"label": str(tmp_path / "y.npy")}
    data = made(tmp_path / named, **args)
    told = capsys.readouterr().err
    np.testing.assert_allclose(data.x, np.asarray(expected), rtol=1e-6, atol=2e-6)
    assert data.x.dtype == np.float32
    assert words in told
    assert len(told.splitlines()) <= 1
    assert ("label" in args) == bool((data.label >= 0).all())


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    named, write, args, words = REFUSED[name]
    write(tmp_path / named)
    message = refused(capsys, tmp_path / named, **args)
    assert words in message
    assert named in message or "--args" in message


def test_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "nowhere.npy': no such file" in refused(capsys, tmp_path / "nowhere.npy")
    (tmp_path / "folder.npy").mkdir()
    assert "a folder without an image; choices" in refused(capsys, tmp_path / "folder.npy")
    os.mkfifo(tmp_path / "pipe.npy")
    assert "pipe.npy': no regular file" in refused(capsys, tmp_path / "pipe.npy")
    (tmp_path / "device.npy").symlink_to("/dev/null")
    assert "device.npy': no regular file" in refused(capsys, tmp_path / "device.npy")
    assert "no such file" in refused(capsys, tmp_path / ("n" * 5000 + ".npy"))
    assert "no such file" in refused(capsys, tmp_path / "a\nb\0c.npy")
    assert "no such file" in refused(capsys, Path("~nobody_of_this_name") / "x.npy")
    np.save(tmp_path / "x.npy", X)
    message = refused(capsys, tmp_path / "x.npy", label=str(tmp_path / "y.npy"))
    assert "y.npy': no such file" in message


def test_a_relative_path_is_from_the_folder_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.save(tmp_path / "x.npy", X)
    monkeypatch.chdir(tmp_path)
    assert file.generate(file.Config(path="x.npy")).x.shape == (200, 2)


def test_too_large(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the size that is stated, so that no memory is taken first; 4 GiB pack into 4 MB."""
    (tmp_path / "bomb.npz").write_bytes(members(x=npy(np.zeros((10_000, 2)))))
    np.save(tmp_path / "x.npy", X)
    monkeypatch.setattr(_arrays, "MOST_BYTES", 1000)
    assert "are read, because models hold all data" in refused(capsys, tmp_path / "bomb.npz")
    assert "are read, because models hold all data" in refused(capsys, tmp_path / "x.npy")


def test_a_member_that_holds_more_than_it_states(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = members(x=npy(np.zeros((100_000, 2))))
    size = struct.pack("<I", len(npy(np.zeros((100_000, 2)))))
    (tmp_path / "x.npz").write_bytes(content.replace(size, struct.pack("<I", 300)))
    assert "damaged" in refused(capsys, tmp_path / "x.npz")


def test_parquet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By any engine that pandas finds; one line where there is none."""
    frame = FRAME.assign(kind=pd.Categorical(SPECIES), n=pd.array(range(200), "Int64"))
    frame.to_parquet(tmp_path / "x.parquet")
    data = made(tmp_path / "x.parquet", label="kind")
    np.testing.assert_allclose(data.x[:, :2], POINTS, rtol=1e-6)
    assert data.x[7, 2] == 7
    np.testing.assert_array_equal(data.label, SPECIES == "wolf")
    (tmp_path / "out.npz").unlink()
    frame.loc[3, "n"] = pd.NA
    frame.to_parquet(tmp_path / "x.parquet")
    assert "1 value missing, the first in row 4 of column 'n'" in refused(
        capsys, tmp_path / "x.parquet", label="kind"
    )

    (tmp_path / "bad.parquet").write_bytes(b"PAR1")
    refused(capsys, tmp_path / "bad.parquet")

    def without_engine(path: Path) -> None:
        raise ImportError("Unable to find a usable engine\ntried using: pyarrow")

    monkeypatch.setattr(pd, "read_parquet", without_engine)
    assert "needs pyarrow, which is not installed" in refused(capsys, tmp_path / "x.parquet")


@pytest.mark.parametrize(
    ("label", "expected", "words"),
    [
        (np.arange(200) % 10, np.arange(200) % 10, ""),
        (np.arange(200) % 3 * 2.0, np.arange(200) % 3 * 2, ""),
        (np.arange(200) % 2 == 0, np.arange(200) % 2 == 0, ""),
        (np.arange(200) % 2 * 2 - 1, np.arange(200) % 2, "-1 is 0, 1 is 1"),
        (np.arange(200) % 10 + 1, np.arange(200) % 10, "10 in all"),
        (np.arange(200) % 3 * 10**15, np.arange(200) % 3, "1000000000000000 is 1"),
        (np.arange(200)[:, None] % 4, np.arange(200) % 4, ""),
        (SPECIES, SPECIES == "wolf", "'elk' is 0, 'wolf' is 1"),
        (SPECIES.astype("S"), SPECIES == "wolf", "b'elk' is 0"),
    ],
)
def test_labels(
    label: Any, expected: Any, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "x.npz", x=X, y=label)
    np.testing.assert_array_equal(made(tmp_path / "x.npz", label="y").label, expected)
    assert words in capsys.readouterr().err


def test_a_label_column(tmp_path: Path) -> None:
    FRAME.assign(kind=SPECIES).to_csv(tmp_path / "x.csv", index=False)
    data = made(tmp_path / "x.csv", label="kind")
    assert data.x.shape == (200, 2)
    np.testing.assert_array_equal(data.label, SPECIES == "wolf")


@pytest.fixture
def config(tmp_path: Path) -> Callable[..., file.Config]:
    np.savez(
        tmp_path / "x.npz", x=np.column_stack([np.arange(100.0), X[:100, 0]]), y=np.arange(100)
    )
    given = {"path": str(tmp_path / "x.npz"), "label": "y", "held_out": 0.3, "seed": 1}
    return lambda **other: file.Config(**given | other)


def test_parts(config: Callable[..., file.Config]) -> None:
    """No row is in both, none is lost, labels stay beside their rows, the seed decides."""
    train, rest = file.generate(config()), file.held_out(config())
    assert (len(train.x), len(rest.x)) == (70, 30)
    for part in (train, rest):
        np.testing.assert_array_equal(part.x[:, 0], part.label)
        assert (np.diff(part.label) > 0).all()
    assert sorted([*train.label, *rest.label]) == [*range(100)]
    assert file.generate(config()).digest() == train.digest()
    assert (file.held_out(config(seed=2)).label != rest.label).any()
    assert len(file.generate(config(held_out=None)).x) == 100
    assert len(file.generate(config(held_out=0)).x) == 100
    with pytest.raises(UserError, match=r"x.npz: no rows are held out; write held_out"):
        file.held_out(config(held_out=None))


def test_standardised_by_training_rows(config: Callable[..., file.Config]) -> None:
    plain, train = (file.generate(config(standardise=own)) for own in (False, True))
    rest = file.held_out(config(standardise=True))
    np.testing.assert_allclose(train.x.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(train.x.std(axis=0), 1, atol=1e-6)
    assert (abs(rest.x.mean(axis=0)) > 1e-3).all()
    np.testing.assert_allclose(train.x * train.scale + train.shift, plain.x, rtol=1e-5, atol=1e-5)
    assert train.digest() != plain.digest()
    assert len(plain.shift) == len(plain.scale) == 0


@pytest.mark.parametrize("factor", [1e-300, 1e-30, 1e30, 1e307])
def test_standardise_takes_any_scale(tmp_path: Path, factor: float) -> None:
    np.save(tmp_path / "x.npy", np.column_stack([factor * X, np.full(200, factor)]))
    data = made(tmp_path / "x.npy", standardise=True)
    np.testing.assert_allclose(data.x[:, :2], (X - X.mean(0)) / X.std(0), atol=1e-5)
    assert (data.x[:, 2] == 0).all()


def test_files() -> None:
    """What a rule takes as inputs: an edit of any makes the data anew."""
    assert file.files(file.Config(path="a/x.csv", label="kind")) == [Path("a/x.csv")]
    assert file.files(file.Config(path="a/x.npz", label="y")) == [Path("a/x.npz")]
    assert file.files(file.Config(path="x.npy", label="y.npy")) == [Path("x.npy"), Path("y.npy")]
    assert file.files(file.Config(path="~/x.npy"))[0].is_absolute()


@pytest.mark.parametrize(
    ("images", "probability"),
    [
        (GREY, GREY / 255),
        (GREY[..., None], GREY / 255),
        (GREY[:, None], GREY / 255),
        (GREY.astype(np.int64), GREY / 255),
        (GREY.astype(np.float32) / 255, GREY / 255),
        (GREY > 127, GREY > 127),
        ((GREY > 127).astype(np.uint8), GREY > 127),
    ],
)
def test_images(tmp_path: Path, images: Any, probability: Any) -> None:
    """Pixels are on as often as they are bright; 4 standard errors of 3200 pixels."""
    np.save(tmp_path / "x.npy", images)
    data = made(tmp_path / "x.npy", seed=1)
    assert data.x.shape == (50, 64)
    assert set(np.unique(data.x)) == {0.0, 1.0}
    assert abs((data.x - probability.reshape(50, 64)).mean()) < 4 * 0.5 / np.sqrt(3200)
    assert (data.x[probability.reshape(50, 64) == 1] == 1).all()


def test_pixels_do_not_depend_on_the_parts(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=GREY, y=np.arange(50))
    args: dict[str, Any] = {"path": str(tmp_path / "x.npz"), "array": "x", "label": "y", "seed": 3}
    whole = file.generate(file.Config(**args))
    train = file.generate(file.Config(**args, held_out=0.4))
    rest = file.held_out(file.Config(**args, held_out=0.4))
    for part in (train, rest):
        np.testing.assert_array_equal(part.x, whole.x[part.label])


def test_a_kind_of_ones_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it returns is held to the contract by the command, in one line."""

    class Mine:
        Config = file.Config
        returned: object

        @classmethod
        def generate(cls, config: file.Config) -> object:
            return cls.returned

    monkeypatch.setattr(registry, "load", lambda folder, kind: Mine)
    label = np.zeros(200, np.int64)
    for Mine.returned, words in (
        (X.tolist(), "generate returned list"),
        (Dataset(x=np.full((200, 2), np.nan), label=label), "400 values not finite"),  # type: ignore[arg-type]
        (Dataset(x=X, label=label[1:]), "one whole number for each of the 200 rows"),  # type: ignore[arg-type]
    ):
        assert words in refused(capsys, tmp_path / "unused")
    Mine.returned = Dataset(x=X, label=label)  # type: ignore[arg-type]
    assert made(tmp_path / "unused").x.dtype == np.float32
    assert "float64 (200, 2) stored as float32" in capsys.readouterr().err
