"""Handwritten digits of 8 x 8, binarised; bundled with scikit-learn (Alpaydin, Kaynak 1998)."""

import numpy as np
from numpy.typing import NDArray

from coupled_vae.config.facts import Facts
from coupled_vae.config.section import Count, Section, Seed
from coupled_vae.data.dataset import Dataset, Float
from coupled_vae.data.kinds._images import binarised, check_count

AVAILABLE = 1797


class Config(Section):
    """``count`` training images and ``held_out`` others; ``seed`` determines order and bits.

    Attributes:
        count: Training images.
        held_out: Other images, half for a search and half for the report.
        seed: Seed of the order of the images and of their binary pixels.
    """

    count: Count
    held_out: Count
    seed: Seed


def facts(config: Config) -> Facts:
    """Sizes of the dataset.

    Raises:
        UserError: ``count`` and ``held_out`` together exceed the number of images.
    """
    check_count("digits: count + held_out", config.count + config.held_out, AVAILABLE)
    return Facts(
        rows=config.count, columns=64, held_out=config.held_out, image=(8, 8, 1), classes=10
    )


def generate(config: Config) -> Dataset:
    """The training images; ``x`` of shape ``(count, 64)`` in {0, 1}, the digit as label.

    Raises:
        UserError: ``count`` and ``held_out`` together exceed the number of images.
    """
    x, label = _shuffled(config)
    return Dataset(x=x[: config.count], label=label[: config.count])


def held_out(config: Config) -> Dataset:
    """The held-out images, which are no training images; otherwise as ``generate``.

    They are the last of the shuffled images, so they do not depend on ``count``.
    """
    x, label = _shuffled(config)
    return Dataset(x=x[-config.held_out :], label=label[-config.held_out :])


def _shuffled(config: Config) -> tuple[Float, NDArray[np.int64]]:
    """All images and labels in a random order from the seed, since the file is sorted by writer."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    check_count("digits: count + held_out", config.count + config.held_out, len(bunch.images))
    rng = np.random.default_rng(config.seed)
    order = rng.permutation(len(bunch.images))
    return binarised(bunch.images[order], 16, rng), bunch.target[order].astype(np.int64)
