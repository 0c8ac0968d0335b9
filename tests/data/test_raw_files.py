"""The same original files under the names, packings and folders in which providers ship them."""

import gzip
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from coupled_vae.data import fetch, raw_files
from coupled_vae.data.fetch import DATA_DIR, OFFLINE, RAW
from coupled_vae.data.kinds import mnist
from coupled_vae.data.raw_files import Source
from coupled_vae.runtime.errors import UserError

IMAGES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
RNG = np.random.default_rng(0)
ARRAYS = {
    IMAGES: RNG.integers(0, 256, (20, 28, 28), np.uint8),
    LABELS: RNG.integers(0, 10, 20, np.uint8),
}


def idx_bytes(array: np.ndarray) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


PLAIN = {name: idx_bytes(array) for name, array in ARRAYS.items()}
PACKED = {name: gzip.compress(plain, 6, mtime=1) for name, plain in PLAIN.items()}
AGAIN = {name: gzip.compress(plain, 1, mtime=2) for name, plain in PLAIN.items()}


def sums(files: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


TOY = Source("mnist", sums(PACKED), ("http://127.0.0.1:9/",), sums(PLAIN))


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "here"
    place.mkdir()
    monkeypatch.chdir(place)
    monkeypatch.delenv(DATA_DIR, raising=False)
    monkeypatch.setenv(OFFLINE, "1")
    return place


def put(place: Path, files: dict[str, bytes], rename: Callable[[str], str]) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (place / rename(name)).write_bytes(content)
    return place


def refused(source: Source = TOY) -> str:
    with pytest.raises(UserError) as caught:
        fetch.local_folder(source)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def bare(name: str) -> str:
    return name.removesuffix(".gz")


def dotted(name: str) -> str:
    return name.replace("-idx", ".idx")


SHIPPED: dict[str, tuple[dict[str, bytes], Callable[[str], str]]] = {
    "as published": (PACKED, str),
    "packed again": (AGAIN, str),
    "unpacked": (PLAIN, bare),
    "unpacked under the packed name": (PLAIN, str),
    "packed under the unpacked name": (PACKED, bare),
    "with a dot": (PLAIN, lambda name: dotted(bare(name))),
    "with a dot, packed": (PACKED, dotted),
    "with a dot, packed again": (AGAIN, dotted),
    "upper case": (PLAIN, lambda name: bare(name).upper()),
}


@pytest.mark.parametrize("users", [True, False], ids=["DATA_DIR", "data/raw"])
@pytest.mark.parametrize("shipped", SHIPPED)
def test_however_it_is_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shipped: str, users: bool
) -> None:
    """The same images come out, whatever the provider."""
    files, rename = SHIPPED[shipped]
    place = put(tmp_path / "mine" if users else RAW / "mnist", files, rename)
    if users:
        monkeypatch.setenv(DATA_DIR, str(place))
    monkeypatch.setattr(mnist, "SOURCE", TOY)
    assert fetch.folder(TOY) == place
    config = mnist.Config(count=20, held_out=1, seed=3)
    data = mnist.generate(config)
    np.testing.assert_array_equal(data.label, ARRAYS[LABELS])
    put(place, PACKED, str)
    np.testing.assert_array_equal(data.x, mnist.generate(config).x)


@pytest.mark.parametrize(
    "sub", [".", "mnist", "MNIST", "Mnist", "raw", "MNIST/raw", "mnist/RAW"], ids=str
)
def test_folders_of_other_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sub: str
) -> None:
    place = put(tmp_path / "mine" / sub, PLAIN, bare)
    monkeypatch.setenv(DATA_DIR, str(tmp_path / "mine"))
    assert fetch.folder(TOY) == place
    monkeypatch.delenv(DATA_DIR)
    RAW.parent.mkdir()
    RAW.symlink_to(tmp_path / "mine")
    found = fetch.folder(TOY)
    assert found.resolve() == place


def test_a_folder_with_the_name_of_a_file_is_passed_over(tmp_path: Path) -> None:
    """As in a download from Kaggle: the folder has the dashed name, the file the dotted one."""
    place = put(RAW / "mnist", PLAIN, lambda name: dotted(bare(name)))
    for name in PLAIN:
        (place / bare(name)).mkdir()
    assert fetch.local_folder(TOY) == place
    assert fetch.file(place, IMAGES, TOY) == place / dotted(bare(IMAGES))


@pytest.mark.parametrize("shipped", [name for name in SHIPPED if name != "as published"])
@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "other"])
def test_a_damaged_file_is_refused_however_it_is_shipped(shipped: str, damage: str) -> None:
    files, rename = SHIPPED[shipped]
    place = put(RAW / "mnist", files, rename)
    path = place / rename(IMAGES)
    whole = path.read_bytes()
    at = len(whole) // 2
    path.write_bytes(
        {
            "flip": whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :],
            "cut": whole[:-9],
            "empty": b"",
            "other": files[LABELS],
        }[damage]
    )
    message = refused()
    assert message.startswith(f"{path}: damaged or another file")
    assert f"put http://127.0.0.1:9/{IMAGES} in its place" in message


def test_without_a_sum_of_the_content_only_the_published_file_will_do() -> None:
    source = Source(TOY.name, TOY.files, TOY.mirrors)
    place = put(RAW / "mnist", AGAIN, str)
    assert "damaged or another file" in refused(source)
    put(place, PACKED, str)
    assert fetch.local_folder(source) == place


def test_a_file_is_hashed_again_once_it_has_changed() -> None:
    place = put(RAW / "mnist", AGAIN, str)
    assert fetch.local_folder(TOY) == place
    path = place / IMAGES
    path.write_bytes(AGAIN[IMAGES][:-1] + b"!")
    os.utime(path, (1, 1))
    assert "damaged" in refused()


def test_the_published_file_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that has nothing to do looks at these files, and unpacking them takes long."""
    monkeypatch.setattr(raw_files, "_content_sha256", lambda _: pytest.fail("unpacked"))
    raw_files._digests.cache_clear()
    put(RAW / "mnist", PACKED, str)
    fetch.local_folder(TOY)


@pytest.mark.parametrize("form", ["{}", " {} ", "{}\n", "'{}'", '"{}"', "\t'{}/'\r\n", '" {}"'])
@pytest.mark.parametrize("start", ["~", "absolute", "relative"])
def test_the_variable_as_people_write_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, start: str
) -> None:
    place = put(tmp_path / "my data", PACKED, str)
    monkeypatch.setenv("HOME", str(tmp_path))
    text = {"~": "~/my data", "absolute": str(place), "relative": "../my data"}[start]
    monkeypatch.setenv(DATA_DIR, form.format(text))
    assert fetch.folder(TOY).resolve() == place


@pytest.mark.parametrize("text", ["", " ", "\n", "''", '" "'])
def test_a_variable_that_names_nothing_is_unset(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(DATA_DIR, text)
    assert fetch.users_folder() is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nowhere", "/here/nowhere does not exist"),
        ("a-file", "/here/a-file is a file, not a folder"),
        ("a-file/sub", "/here/a-file/sub does not exist"),
        ("gone", "/here/gone does not exist"),
        ("loop", "/here/loop does not exist"),
        ("~nobody-of-this-name/x", "~nobody-of-this-name/x cannot be a folder"),
        ("x" * 5000, "cannot be a folder: "),
    ],
)
def test_a_variable_that_names_no_folder(
    monkeypatch: pytest.MonkeyPatch, work: Path, text: str, words: str
) -> None:
    put(RAW / "mnist", PACKED, str)
    (work / "a-file").write_text("")
    (work / "gone").symlink_to("nowhere")
    (work / "loop").symlink_to("loop")
    monkeypatch.setenv(DATA_DIR, text)
    message = refused()
    assert message.startswith(f"{DATA_DIR}: ")
    assert words in message
    assert message.endswith("name the folder that has the files, or unset it")


def test_a_folder_that_cannot_be_listed(monkeypatch: pytest.MonkeyPatch, work: Path) -> None:
    def iterdir(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", iterdir)
    monkeypatch.setenv(DATA_DIR, str(work))
    assert refused() == f"{work}: cannot be read: Permission denied"


def test_mnist_is_known_by_its_content() -> None:
    assert set(fetch.MNIST.contents) == set(fetch.MNIST.files)
    assert all(len(bytes.fromhex(digest)) == 32 for digest in fetch.MNIST.contents.values())
    found = {spelling for name in fetch.MNIST.files for spelling in fetch.MNIST.spellings(name)}
    assert len(found) == 16
    assert {"train-images.idx3-ubyte", "t10k-labels-idx1-ubyte"} <= found
