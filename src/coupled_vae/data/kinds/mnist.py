"""MNIST, binarised: handwritten digits of 28 x 28 (LeCun et al. 1998; paper section 5)."""

import numpy as np

from coupled_vae.config.facts import Facts
from coupled_vae.config.section import Count, Section, Seed
from coupled_vae.data import idx
from coupled_vae.data.dataset import Dataset
from coupled_vae.data.fetch import MNIST, file, folder
from coupled_vae.data.kinds._images import binarised, check_count

AVAILABLE = {"count": 60_000, "held_out": 10_000}
SOURCE = MNIST  # the workflow checks these files before it plans this dataset


class Config(Section):
    """The first ``count`` training and ``held_out`` test images; ``seed`` determines the bits.

    Attributes:
        count: Training images, the first of MNIST's training set.
        held_out: Test images, half for a search and half for the report.
        seed: Seed of the binary pixels.
    """

    count: Count
    held_out: Count
    seed: Seed


def facts(config: Config) -> Facts:
    """Sizes of the dataset.

    Raises:
        UserError: ``count`` or ``held_out`` exceeds the number of images.
    """
    for key, available in AVAILABLE.items():
        check_count(f"mnist: {key}", getattr(config, key), available)
    return Facts(
        rows=config.count, columns=28**2, held_out=config.held_out, image=(28, 28, 1), classes=10
    )


def generate(config: Config) -> Dataset:
    """The training images; ``x`` of shape ``(count, 784)`` in {0, 1}, the digit as label.

    Raises:
        UserError: The files cannot be obtained, or ``count`` exceeds the number of images.
    """
    rng, _ = _streams(config)
    return _images("train", "count", config.count, rng)


def held_out(config: Config) -> Dataset:
    """The test images, ``x`` of shape ``(held_out, 784)``; otherwise as ``generate``."""
    _, rng = _streams(config)
    return _images("t10k", "held_out", config.held_out, rng)


def _streams(config: Config) -> list[np.random.Generator]:
    return np.random.default_rng(config.seed).spawn(2)


def _images(part: str, key: str, count: int, rng: np.random.Generator) -> Dataset:
    place = folder(SOURCE)
    images = idx.read(file(place, f"{part}-images-idx3-ubyte.gz", SOURCE), dims=3)
    label = idx.read(file(place, f"{part}-labels-idx1-ubyte.gz", SOURCE), dims=1)
    assert len(images) == len(label)
    check_count(f"mnist: {key}", count, len(images))
    return Dataset(
        x=binarised(images[:count], 255, rng),
        label=label[:count].astype(np.int64),
    )
