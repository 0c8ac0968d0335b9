"""Check a dataset against the settings that use it, when the dataset is generated.

So a wrong index or an unsuitable image is reported before training and not hours later.
"""

from collections.abc import Iterator
from math import isqrt
from pathlib import Path

import numpy as np

from coupled_vae.config import suits
from coupled_vae.config.facts import Facts
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
        classes: Whether a metric needs the class of each datum.
        images: Whether the data must be images, some of them held out.
        held_out: Whether points that are held out are measured too.
        problem: Problem whose network and likelihood must accept the data.
    """

    name: str
    posterior_datum: Index | None = None
    w2_subsample: Count | None = None
    pairs: list[list[Index]] | None = None
    classes: bool = False
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
        *_sizes(parts, place),
    ):
        raise UserError(fault)
    if needs.problem:
        _check_problem(parts, needs.problem, place)


def check_file(needs: Needs, data: Path, held_out: Path) -> None:
    """Check a generated dataset; with held-out data once both files are there.

    Raises:
        UserError: As for ``check_fits``.
    """
    both = needs.images or needs.held_out
    try:
        dataset, others = load(data), load(held_out) if both else None
    except UserError:  # the other file is missing or damaged; when it is made, both are checked
        return
    check_fits(dataset, others, needs)


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
    images = {part.image for part in parts}
    if len(images) > 1:
        yield f"{place}: held-out images differ in shape from the others: {sorted(images)}"


def _images(parts: list[Dataset], place: str) -> Iterator[str]:
    dim = parts[0].x.shape[1]
    if not parts[0].image and isqrt(dim) ** 2 != dim:
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
                "the metric class_recovery needs the class of each; name all by args.label, or none"
            )
    if len(np.unique(parts[0].label)) < 2:
        yield f"{place}: all labels are {parts[0].label[0]}, and class_recovery needs two classes"


def _check_problem(parts: list[Dataset], problem: Problem, place: str) -> None:
    data = parts[0]
    facts = Facts(
        rows=len(data.x),
        columns=data.x.shape[1],
        image=data.image or None,  # type: ignore[arg-type]
        binary=all(bool(((part.x == 0) | (part.x == 1)).all()) for part in parts),
    )
    for fault in suits.faults(problem, facts):
        raise UserError(f"{place}.problem.{fault}")
    import torch

    with torch.device("meta"):  # shapes only, without memory and random numbers
        network = problem.build("network")
        network.encoder(facts.columns, [problem.latent_dim])
        network.decoder(problem.latent_dim, [facts.columns], "none")
