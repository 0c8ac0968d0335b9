"""Every kind that ``params.yaml`` names, and every row that is trained.

Listing them imports no kind; ``checks`` imports the kinds and validates their arguments.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from coupled_vae.config import registry
from coupled_vae.config.cells import FILE, Row, experiments, model_row
from coupled_vae.config.problem import Problem
from coupled_vae.config.roots import SCALING

if TYPE_CHECKING:
    from coupled_vae.config.params import Params


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One kind with its arguments.

    Attributes:
        place: Place of the kind's name in ``params.yaml``.
        folder: Folder of the kind's file, such as ``models``.
        kind: Name of the kind.
        args: Its arguments.
        args_place: Place of the arguments in ``params.yaml``.
    """

    place: str
    folder: str
    kind: str
    args: dict[str, Any]
    args_place: str

    @property
    def config(self) -> Any:  # noqa: ANN401
        """The validated arguments."""
        return registry.config(self.folder, self.kind, self.args, f"{FILE}: {self.args_place}")


def settings(params: Params) -> Iterator[Setting]:
    """Every kind that ``params.yaml`` names, with its arguments."""
    for name, dataset in params.datasets.items():
        yield _setting(f"datasets.{name}", "data", dataset.kind, dataset.args)
        yield from _parts(f"datasets.{name}.problem", dataset.problem)
    for name, entry in params.models.items():
        yield _setting(f"models.{name}", "models", entry.kind, entry.args)
        for on in entry.overrides:
            yield model_of(model_row(params, name, on))
    if params.experiments.scaling:  # also the pool_size of its args, which each point replaces
        yield model_of(_scaled_row(params))
    for row in trained(params):
        yield model_of(row)
        yield from _parts(row.problem_place, row.problem)


def trained(params: Params) -> Iterator[Row]:
    """Every model on every dataset that it is trained on."""
    for experiment in experiments(params):
        yield from experiment.trained()
    yield from _scaled(params)


def model_of(row: Row) -> Setting:
    """The kind of model that a row trains, with its arguments."""
    return Setting(
        place=f"models.{row.model}.kind",
        folder="models",
        kind=row.kind,
        args=row.args,
        args_place=row.args_place,
    )


def _setting(place: str, folder: str, kind: str, args: dict[str, Any]) -> Setting:
    return Setting(
        place=f"{place}.kind", folder=folder, kind=kind, args=args, args_place=f"{place}.args"
    )


def _parts(place: str, problem: Problem) -> Iterator[Setting]:
    for part, folder, own in problem.parts():
        yield _setting(f"{place}.{part}", folder, own.kind, own.args)


def _scaled_row(params: Params) -> Row:
    """The model whose scaling is measured, with the arguments that all points share."""
    own = params.experiments.scaling
    assert own is not None
    usual = model_row(params, own.model, own.dataset, SCALING)
    return replace(usual, args=params.scaled_args(), args_place="experiments.scaling.args")


def _scaled(params: Params) -> Iterator[Row]:
    """The points at which scaling is measured, each with its pool size and latent dimension."""
    own = params.experiments.scaling
    if own is None:
        return
    usual, base = _scaled_row(params), own.base
    for key, sizes, dims in (
        ("base", [base.pool_size], [base.latent_dim]),
        ("pool_sizes", own.pool_sizes, [base.latent_dim]),
        ("latent_dims", [base.pool_size], own.latent_dims),
    ):
        place = f"experiments.scaling.{key}"
        for size, dim in ((size, dim) for size in sizes for dim in dims):
            yield replace(
                usual,
                args={**usual.args, "pool_size": size},
                args_place=place,
                problem=usual.problem.model_copy(update={"latent_dim": dim}),
                problem_place=place,
            )
