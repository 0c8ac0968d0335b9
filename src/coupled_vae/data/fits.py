"""Check a dataset against the settings that use it, when the dataset is generated.

So a wrong index or an unsuitable image is reported before training and not hours later.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from coupled_vae.config.problem import Problem
from coupled_vae.config.section import Count, Index, Section
from coupled_vae.data import contract
from coupled_vae.data.dataset import Dataset, load
from coupled_vae.runtime.errors import UserError

LEAST_HELD_OUT = 4  # both halves, search and report, need two images for a standard error


class Needs(Section):
    """The settings of ``params.yaml`` that a dataset must fit; null or absent ones are not checked.

    Attributes:
        name: Name of the dataset, for messages.
        posterior_datum: ``evaluation.posterior_datum``, for points.
        w2_subsample: ``evaluation.w2_subsample``, for points.
        pairs: ``evaluation.images.pairs``, for images.
        classes: Whether a metric or a figure needs the class of each datum.
        most_classes: Number of classes for which a figure has colours, counted from 0.
        images: Whether the data must be binary square images, some of them held out.
        held_out: Whether points that are held out are measured too.
        problem: Problem whose network and likelihood must accept the data.
    """

    name: str
    posterior_datum: Index | None = None
    w2_subsample: Count | None = None
    pairs: list[list[Index]] | None = None
    classes: bool = False
    most_classes: Count | None = None
    images: bool = False
    held_out: bool = False
    problem: Problem | None = None


def check_fits(dataset: Dataset, held_out: Dataset | None, needs: Needs) -> None:
    """Check a dataset against the settings that use it.

    Args:
        dataset: The training data.
        held_out: The held-out data, or None.
        needs: The settings.

    Raises:
        UserError: One line for the first setting that does not fit: key, value, choices.
    """
    place = f"params.yaml: datasets.{needs.name}"
    contract.require_difference(dataset.x, place)
    parts = [dataset] if held_out is None else [dataset, held_out]
    for fault in (
        *_indices(len(dataset.x), needs),
        *(_images(parts, place) if needs.images else ()),
        *(_classes(parts, place) if needs.classes else ()),
        *(_colours(parts, needs.most_classes, place) if needs.most_classes else ()),
        *_sizes(parts, place),
    ):
        raise UserError(fault)
    if needs.problem:
        _check_problem(parts, needs.problem, place)


def check_file(needs: Needs, data: Path, held_out: Path) -> None:
    """Check a generated dataset; with held-out data once both files exist.

    Raises:
        UserError: As for ``check_fits``, or a file is damaged.
    """
    both = needs.images or needs.held_out
    if both and not (data.exists() and held_out.exists()):
        return
    check_fits(load(data), load(held_out) if both else None, needs)


def _indices(size: int, needs: Needs) -> Iterator[str]:
    choose, data = (
        f"choose from 0 to {size - 1}",
        f"which is none of the {size} data of {needs.name}",
    )
    datum = needs.posterior_datum
    if datum is not None and datum >= size:
        yield f"params.yaml: evaluation.posterior_datum is {datum}, {data}; {choose}"
    if needs.w2_subsample is not None and needs.w2_subsample > size:
        yield (
            f"params.yaml: evaluation.w2_subsample {needs.w2_subsample} exceeds the {size} data of "
            f"{needs.name}; choose from 2 to {size}"
        )
    last = max((index for pair in needs.pairs or [] for index in pair), default=0)
    if last >= size:
        yield f"params.yaml: evaluation.images.pairs has {last}, {data}; {choose}"


def _sizes(parts: list[Dataset], place: str) -> Iterator[str]:
    dims = {part.x.shape[1] for part in parts}
    if len(dims) > 1:
        yield f"{place}: held-out data differ in dimension from the others: {sorted(dims)}"


def _images(parts: list[Dataset], place: str) -> Iterator[str]:
    dim = parts[0].x.shape[1]
    if int(np.sqrt(dim)) ** 2 != dim:
        yield f"{place}.type is images, but {dim} coordinates are no square image; make it points"
    if len(parts) < 2 or len(parts[1].x) < LEAST_HELD_OUT:
        size = len(parts[1].x) if len(parts) > 1 else 0
        yield (
            f"{place}.type is images, but {contract.count(size, 'image')} held out; hold out "
            f"{LEAST_HELD_OUT} or more by {place.removeprefix('params.yaml: ')}.args.held_out"
        )


def _classes(parts: list[Dataset], place: str) -> Iterator[str]:
    """Faults of the labels: missing, only one class (any accuracy is then 1), or too many."""
    for part in parts:
        if missing := int((part.label < 0).sum()):
            yield (
                f"{place}: {contract.count(missing, 'label')} missing of {len(part.label)}, and "
                "the metric class_recovery needs the class of each; name them by args.label"
            )
    if len(np.unique(parts[0].label)) < 2:
        yield f"{place}: all labels are {parts[0].label[0]}, and class_recovery needs two classes"


def _colours(parts: list[Dataset], most: int, place: str) -> Iterator[str]:
    highest = max(int(part.label.max()) for part in parts)
    if highest >= most:
        yield (
            f"{place}: classes up to {highest}, but Figure 3 has colours for 0 to {most - 1}; "
            "join some classes"
        )


def _check_problem(parts: list[Dataset], problem: Problem, place: str) -> None:
    likelihood = problem.likelihood.kind
    strange = sum(int(((part.x != 0) & (part.x != 1)).sum()) for part in parts)
    if likelihood == "bernoulli" and strange:
        raise UserError(
            f"{place}.problem.likelihood {likelihood} is of zeros and ones, but "
            f"{contract.count(strange, 'value')} of the data {'is' if strange == 1 else 'are'} "
            "neither; choose gaussian, or give images as an array (n, side, side)"
        )
    import torch

    with torch.device("meta"):  # shapes only, without memory and random numbers
        network, dim = problem.build("network"), parts[0].x.shape[1]
        network.encoder(dim, [problem.latent_dim])
        network.decoder(problem.latent_dim, [dim], "none")
