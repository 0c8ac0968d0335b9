"""The image datasets: shapes, bits, seeds, labels. MNIST's on small files, and on the real ones."""

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest
from small import mnist_folder

from coupled_vae.data import fetch
from coupled_vae.data.dataset import Dataset
from coupled_vae.data.kinds import _images, digits, mnist
from coupled_vae.runtime.errors import UserError


def idx_file(array: np.ndarray) -> bytes:
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return gzip.compress(header + array.tobytes(), mtime=0)


def pair(part: str, n: int) -> dict[str, bytes]:
    """Equal images of 28 x 28: the first row never on, the second always, the rest half."""
    images = np.full((n, 28, 28), 128, np.uint8)
    images[:, 0], images[:, 1] = 0, 255
    label = (np.arange(n) % 10).astype(np.uint8)
    return {
        f"{part}-images-idx3-ubyte.gz": idx_file(images),
        f"{part}-labels-idx1-ubyte.gz": idx_file(label),
    }


@pytest.fixture
def small_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty training and twelve test images in the user's folder."""
    content = pair("train", 30) | pair("t10k", 12)
    for name, whole in content.items():
        (tmp_path / name).write_bytes(whole)
    hashes = {name: hashlib.sha256(whole).hexdigest() for name, whole in content.items()}
    monkeypatch.setattr(mnist, "SOURCE", fetch.Source("mnist", hashes, ("http://127.0.0.1:9/",)))
    monkeypatch.setenv(fetch.DATA_DIR, str(tmp_path))
    monkeypatch.setenv(fetch.OFFLINE, "1")


def checked(data: Dataset, n: int, d: int) -> Dataset:
    assert data.x.shape == (n, d)
    assert data.x.dtype == np.float32
    assert set(np.unique(data.x)) == {0.0, 1.0}
    assert data.label.shape == (n,)
    assert data.label.dtype == np.int64
    return data


def small(**changed: int) -> mnist.Config:
    return mnist.Config(**({"count": 20, "held_out": 12, "seed": 1} | changed))


@pytest.mark.usefixtures("small_mnist")
def test_mnist_bits() -> None:
    data = checked(mnist.generate(small()), 20, 784)
    held_out = checked(mnist.held_out(small()), 12, 784)
    np.testing.assert_array_equal(data.label, np.arange(20) % 10)
    for x in (data.x, held_out.x):
        assert (x[:, :28] == 0).all()
        assert (x[:, 28:56] == 1).all()
        # 728 pixels an image, each on with probability 1/2: 4 standard errors.
        assert abs(x[:, 56:].mean() - 0.5) < 4 * 0.5 / np.sqrt(728 * len(x))


@pytest.mark.usefixtures("small_mnist")
def test_mnist_seed_and_count() -> None:
    data, held_out = mnist.generate(small()), mnist.held_out(small())
    assert mnist.generate(small()).digest() == data.digest()
    assert mnist.held_out(small()).digest() == held_out.digest()
    assert (mnist.generate(small(seed=2)).x != data.x).any()
    assert (mnist.held_out(small(seed=2)).x != held_out.x).any()
    np.testing.assert_array_equal(mnist.generate(small(count=30)).x[:20], data.x)
    np.testing.assert_array_equal(mnist.held_out(small(held_out=5)).x, held_out.x[:5])


@pytest.mark.usefixtures("small_mnist")
def test_mnist_count_beyond_the_file() -> None:
    with pytest.raises(UserError, match=r"^mnist: count 31 is more than the 30 images .*yaml$"):
        mnist.generate(small(count=31))
    with pytest.raises(UserError, match=r"^mnist: held_out 13 is more than the 12 images"):
        mnist.held_out(small(held_out=13))


@pytest.mark.usefixtures("small_mnist")
def test_training_and_held_out_bits_come_from_different_streams() -> None:
    """The images are equal here; their bits agree as often as those of two coins."""
    train, test = mnist.generate(small(count=12)).x[:, 56:], mnist.held_out(small()).x[:, 56:]
    assert abs((train == test).mean() - 0.5) < 4 * 0.5 / np.sqrt(train.size)


def test_probability_of_a_pixel() -> None:
    """Each level of 0..16 over 40000 pixels: 4 standard errors, at most 0.01."""
    levels = np.repeat(np.arange(17.0), 40_000).reshape(17, 200, 200)
    on = _images.binarised(levels, 16, np.random.default_rng(3)).mean(axis=1)
    np.testing.assert_allclose(on, np.arange(17) / 16, atol=0.01)
    assert on[0] == 0
    assert on[16] == 1


def config(**changed: int) -> digits.Config:
    return digits.Config(**({"count": 1500, "held_out": 297, "seed": 1} | changed))


def test_digits() -> None:
    data, rest = checked(digits.generate(config()), 1500, 64), digits.held_out(config())
    checked(rest, 297, 64)
    assert np.bincount(data.label).min() > 0.8 * 150
    assert np.bincount(data.label).max() < 1.2 * 150
    assert digits.generate(config()).digest() == data.digest()
    other = digits.generate(config(seed=2))
    assert (other.x != data.x).any()
    assert (other.label != data.label).any()
    # Together they are all 1797 images, so no image is in both.
    np.testing.assert_array_equal(
        np.bincount(np.concatenate([data.label, rest.label])),
        [178, 182, 177, 183, 181, 182, 181, 179, 174, 180],
    )


def test_digits_parts_do_not_depend_on_each_others_size() -> None:
    data, rest = digits.generate(config()), digits.held_out(config())
    assert digits.held_out(config(count=10)).digest() == rest.digest()
    np.testing.assert_array_equal(digits.generate(config(count=10)).x, data.x[:10])


def test_digits_have_the_shape_of_digits() -> None:
    """Pixels and labels stay together: the nearest class mean names most held-out images."""
    data, rest = digits.generate(config()), digits.held_out(config())
    means = np.stack([data.x[data.label == k].mean(axis=0) for k in range(10)])
    nearest = ((rest.x[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == rest.label).mean() > 0.7


def test_digits_beyond_the_file() -> None:
    for make in (digits.generate, digits.held_out):
        with pytest.raises(UserError, match=r"count \+ held_out 1798 is more than the 1797"):
            make(config(held_out=298))


@pytest.mark.skipif(mnist_folder() is None, reason="MNIST's files are not on this machine")
def test_the_real_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(fetch.DATA_DIR, str(mnist_folder()))
    config = mnist.Config(count=2560, held_out=1000, seed=1)
    data, rest = checked(mnist.generate(config), 2560, 784), mnist.held_out(config)
    assert data.label[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert checked(rest, 1000, 784).label[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert np.bincount(data.label).tolist() == [*(242, 281, 254, 248, 284, 234, 261, 281, 225, 250)]
    # The mean intensity of these images is 33.3642 of 255; 4 standard errors of the bits.
    assert abs(data.x.mean(dtype=np.float64) - 33.3642 / 255) < 4e-4
    with pytest.raises(UserError, match="count 60001 is more than the 60000 images"):
        mnist.generate(mnist.Config(count=60_001, held_out=1, seed=1))
