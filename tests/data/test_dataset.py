"""The contract of a dataset: converted or refused in one line, where it is made and where read."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy import sparse

from coupled_vae.data import dataset
from coupled_vae.data.dataset import Dataset
from coupled_vae.runtime.errors import UserError

X = np.random.default_rng(0).normal(size=(20, 3))
LABEL = np.arange(20) % 4


def made(x: Any = X, label: Any = LABEL, **parts: Any) -> Dataset:
    return Dataset(x=x, label=label, **parts)


def refused(tmp_path: Path, value: Any) -> str:
    with pytest.raises(UserError) as error:
        dataset.save(tmp_path / "mine.npz", value)
    assert list(tmp_path.iterdir()) == []
    message = str(error.value)
    assert len(message.splitlines()) == 1
    assert "mine.npz: " in message
    return message


def changed(*place: int, to: float) -> np.ndarray:
    x = X.copy()
    x[place] = to
    return x


@pytest.mark.parametrize(
    "x",
    [
        X,
        X.astype(np.float16),
        X.astype(np.longdouble),
        X.astype(">f4"),
        X.astype("<f4"),
        (10 * X).astype(np.int64),
        (100 * X).astype(np.int8),
        abs(10 * X).astype(np.uint64),
        X > 0,
        np.asfortranarray(X.astype(np.float32)),
        X.astype(np.float32)[::-1],
        X.astype(np.float32)[:, ::-2],
        X[:, :1],
        X[:, 0],
        X[:2],
        X.tolist(),
        tuple(map(tuple, X)),
        torch.from_numpy(X),
        np.ma.masked_array(X),
        np.asmatrix(X),
        np.column_stack([X[:, 0], np.ones(20)]),
        np.repeat(X[:2], 10, axis=0),
        1e-30 * X,
        1e8 * X,
        np.ones((20, 3)),  # constant rows are refused where training data are asked for
    ],
)
def test_converted(tmp_path: Path, x: Any, capsys: pytest.CaptureFixture[str]) -> None:
    dataset.save(tmp_path / "mine.npz", made(x, np.zeros(len(x), np.uint8)))
    told = capsys.readouterr().err
    loaded = dataset.load(tmp_path / "mine.npz")
    values = np.asarray(x, np.float64)
    np.testing.assert_array_equal(loaded.x, values.reshape(len(values), -1).astype(np.float32))
    assert loaded.x.dtype == np.float32
    assert loaded.x.flags.c_contiguous
    assert loaded.label.dtype == np.int64
    own = isinstance(x, np.ndarray) and x.dtype == np.float32 and x.flags.c_contiguous
    assert len(told.splitlines()) == (0 if own else 1)
    assert own or ("note: " in told and "stored" in told)


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (
            changed(7, 1, to=np.nan),
            "float64 (20, 3) has 1 value not finite, the first nan at x[7, 1]",
        ),
        (changed(3, to=np.inf), "3 values not finite, the first inf at x[3, 0]"),
        (changed(0, 2, to=-np.inf).astype(np.float16), "float16 (20, 3) has 1 value not finite"),
        (X.astype(np.longdouble) * np.longdouble("1e4000"), "not finite"),
        (1e30 * X, "values beyond +-1e+09"),
        (changed(0, 0, to=-1e12), "1 value beyond +-1e+09, up to 1e+12"),
        (np.full((5, 2), np.iinfo(np.int64).min), "10 values beyond"),
        (1e-50 * X, "takes for zero"),
        (1e-40 * X, "takes for zero"),
        (1e8 + np.arange(6.0)[:, None] / 100, "column 0 lies in 100000000 to 100000000.05"),
        (1e8 + np.arange(6)[:, None] % 2, "seven digits of float32"),
        (X.astype(np.complex64), "complex64 (20, 3) holds complex numbers"),
        (X.astype(object), "object (20, 3) holds Python objects"),
        (X.astype(str), "holds text"),
        (X.astype(bytes), "holds text"),
        (np.zeros(20, "M8[D]"), "datetime64[D] (20,) holds dates"),
        (np.zeros((20, 1), "m8[s]"), "holds durations"),
        (np.zeros(20, [("a", "f4"), ("b", "f4")]), "has fields a, b"),
        (np.zeros((20, 2), "V8"), "no numbers"),
        (np.ma.masked_greater(X, 1), "masks "),
        (sparse.csr_matrix(X), "sparse"),
        (torch.from_numpy(X).requires_grad_(), "Tensor is no array"),
        ([[1.0], [1.0, 2.0]], "list is no array"),
        (None, "holds Python objects"),
        ({"x": X}, "holds Python objects"),
        (iter(X), "holds Python objects"),
        (3.0, "not of two dimensions"),
        (X.reshape(10, 2, 3), "float64 (10, 2, 3) is not of two dimensions"),
        (X[:0], "has no row"),
        (X[:1], "has 1 row"),
        (X[:, :0], "has no column"),
    ],
)
def test_refused_data(tmp_path: Path, x: Any, words: str) -> None:
    assert words in refused(tmp_path, made(x, np.zeros(20, np.int64)))


@pytest.mark.parametrize(
    ("label", "words"),
    [
        (LABEL[:19], "label is int64 (19,); give one whole number for each of the 20 rows"),
        (LABEL.astype(float), "label is float64"),
        (LABEL.astype(str), "label: <U21 (20,) holds text"),
        (LABEL[:, None], "label is int64 (20, 1)"),
        (None, "label: object () holds Python objects"),
        (3, "label is int64 ()"),
    ],
)
def test_refused_labels(tmp_path: Path, label: Any, words: str) -> None:
    assert words in refused(tmp_path, made(label=label))


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"centres": X[:2, :2], "std": 1.0}, "centres is float64 (2, 2); give finite rows of 3"),
        ({"centres": X[0], "std": 1.0}, "centres is float64 (3,)"),
        ({"centres": np.full((1, 3), np.nan), "std": 1.0}, "centres is"),
        ({"centres": X[:2]}, "std is nan"),
        ({"centres": X[:2], "std": -1}, "std is -1"),
        ({"centres": X[:2], "std": [1.0, 2.0]}, "std is [1.0, 2.0]"),
        ({"centres": X[:2], "std": None}, "std: object"),
        ({"shift": np.zeros(3)}, "shift is float64 (3,), scale float64 (0,)"),
        ({"shift": np.zeros(3), "scale": np.zeros(3)}, "no scale zero"),
        ({"shift": np.zeros(2), "scale": np.ones(2)}, "for each of 3 columns"),
    ],
)
def test_refused_truth(tmp_path: Path, parts: dict[str, Any], words: str) -> None:
    assert words in refused(tmp_path, made(**parts))


@pytest.mark.parametrize("value", [X, [X, LABEL], (X, LABEL), None, {"x": X}])
def test_what_is_no_dataset(tmp_path: Path, value: Any) -> None:
    message = refused(tmp_path, value)
    assert f"generate returned {type(value).__name__}; it must return" in message


def test_all_parts_survive(tmp_path: Path) -> None:
    whole = made(centres=X[:2], std=0.5, shift=[1, 2, 3], scale=[1.0, 2.0, 3.0])
    dataset.save(tmp_path / "mine.npz", whole)
    loaded = dataset.load(tmp_path / "mine.npz")
    np.testing.assert_array_equal(loaded.centres, X[:2].astype(np.float32))
    np.testing.assert_array_equal(loaded.label, LABEL)
    np.testing.assert_array_equal(loaded.shift, [1, 2, 3])
    np.testing.assert_array_equal(loaded.scale, [1, 2, 3])
    assert loaded.std == 0.5


def test_digest_is_of_the_content() -> None:
    """What identified data before ``shift`` and ``scale`` were stored identifies them still."""
    plain = made(X.astype(np.float32))
    assert plain.digest() == ("d49f5d067a1248f92b66bd4984323ec8e69d9ba0d93789dd9d52ee877ba803d4")
    assert made(X.astype(np.float32), shift=np.zeros(3), scale=np.ones(3)).digest() != (
        plain.digest()
    )


def stored(path: Path, **changes: Any) -> Path:
    """A file by another program, of an honest checksum."""
    whole = made(X.astype(np.float32)).arrays() | changes
    own = Dataset(**{name: np.asarray(value) for name, value in whole.items()})  # type: ignore[arg-type]
    np.savez(path, **own.arrays(), sha256=own.digest())
    return path


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"x": changed(7, 1, to=np.nan).astype(np.float32)}, "1 value not finite, the first nan"),
        ({"x": X}, "x is float64 (20, 3), not float32 of 2 dimensions"),
        ({"x": X.astype(">f4")}, "x is >f4"),
        ({"x": X[:, 0].astype(np.float32)}, "x is float32 (20,)"),
        ({"x": X[:1].astype(np.float32), "label": LABEL[:1]}, "has 1 row"),
        ({"x": (1e30 * X).astype(np.float32)}, "beyond"),
        ({"label": LABEL.astype(np.int32)}, "label is int32"),
        ({"label": LABEL[:3]}, "label is int64 (3,); give one whole number for each of the 20"),
        ({"centres": X[:2]}, "centres is float64"),
        ({"std": np.ones(2)}, "std is float64 (2,)"),
        ({"shift": np.zeros(2), "scale": np.ones(2)}, "for each of 3 columns"),
    ],
)
def test_a_file_by_hand_is_refused(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    """Its content is named; that a new run makes another one is not promised."""
    path = stored(tmp_path / "mine.npz", **changes)
    with pytest.raises(UserError) as error:
        dataset.load(path)
    message = str(error.value)
    assert words in message
    assert "which the command data has not written" in message
    assert "delete" not in message
    assert len(message.splitlines()) == 1


def test_a_file_by_hand_that_fits_is_read(tmp_path: Path) -> None:
    """So that no other test passes only because all such files are refused."""
    path = stored(tmp_path / "mine.npz", x=np.asfortranarray(X.astype(np.float32)))
    assert dataset.load(path).x.flags.c_contiguous
