"""Every kind that ``params.yaml`` names, and every model with what it is trained on.

Nothing is imported for it but the parameters; ``checks`` looks at each in turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coupled_vae.config import registry
from coupled_vae.config.problem import Problem
from coupled_vae.config.references import grids

if TYPE_CHECKING:
    from coupled_vae.config.params import Params

FILE = "params.yaml"  # in places; who reads another file puts its name there


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One kind with its arguments.

    Attributes:
        place: Where the kind stands in ``params.yaml``.
        folder: Of the kind, such as ``models``.
        kind: Its name.
        args: Its arguments.
        args_place: Where they stand.
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


@dataclass(frozen=True, kw_only=True)
class Training:
    """A model that is trained on a dataset.

    Attributes:
        place: Where its arguments stand in ``params.yaml``.
        dataset: Name of the dataset.
        model: Kind and arguments.
        problem: The problem posed, and in ``problem_place`` where it stands.
        problem_place: See there.
    """

    place: str
    dataset: str
    model: Setting
    problem: Problem
    problem_place: str


def settings(params: Params) -> Iterator[Setting]:
    """Every kind that ``params.yaml`` names, with its arguments."""
    for name, dataset in params.datasets.items():
        yield _setting(f"datasets.{name}", "data", dataset.kind, dataset.args)
        yield from _parts(f"datasets.{name}.problem", dataset.problem)
    for name, entry in params.models.items():
        yield _setting(f"models.{name}", "models", entry.kind, entry.args)
        for on in entry.overrides:
            yield _model(params, name, f"models.{name}.overrides.{on}", params.args(name, on))
    for own in _rows(params):
        yield own.model
        yield from _parts(own.problem_place, own.problem)
    for own in _candidates(params):
        yield own.model
    for own in _scaled(params):
        yield own.model
    if scaling := params.experiments.scaling:  # also its pool_size, which each point replaces
        args = params.scaled_args()
        yield _model(params, scaling.model, "experiments.scaling.args", args)


def trained(params: Params) -> Iterator[Training]:
    """Every model on every dataset that it is trained on."""
    for _, grid in grids(params):
        for on in grid.datasets:
            for name in grid.names(on):
                is_changed = on in params.models[name].overrides
                place = f"models.{name}.{f'overrides.{on}' if is_changed else 'args'}"
                yield _on(params, on, place, _model(params, name, place, params.args(name, on)))
    yield from _candidates(params)
    yield from _rows(params)
    yield from _scaled(params)


def _setting(place: str, folder: str, kind: str, args: dict[str, Any]) -> Setting:
    return Setting(
        place=f"{place}.kind", folder=folder, kind=kind, args=args, args_place=f"{place}.args"
    )


def _model(params: Params, name: str, place: str, args: dict[str, Any]) -> Setting:
    base = name.partition(".")[0]
    return Setting(
        place=f"models.{base}.kind",
        folder="models",
        kind=params.kind(name),
        args=args,
        args_place=place,
    )


def _parts(place: str, problem: Problem) -> Iterator[Setting]:
    for part, folder, own in problem.parts():
        yield _setting(f"{place}.{part}", folder, own.kind, own.args)


def _on(params: Params, dataset: str, place: str, model: Setting) -> Training:
    return Training(
        place=place,
        dataset=dataset,
        model=model,
        problem=params.datasets[dataset].problem,
        problem_place=f"datasets.{dataset}.problem",
    )


def _candidates(params: Params) -> Iterator[Training]:
    for on, search in params.experiments.search.datasets.items():
        for name in search.names():
            model, _, candidate = name.partition(".")
            place = f"experiments.search.datasets.{on}.candidates.{name}"
            args = search.args(model, candidate)
            yield _on(params, on, place, _model(params, model, place, args))


def _rows(params: Params) -> Iterator[Training]:
    for name, study in params.experiments.studies.items():
        for row in study.trained():
            place = f"experiments.studies.{name}.rows.{row}"
            args = params.args(row, study.dataset, name)
            is_changed = study.rows[row].problem
            yield Training(
                place=f"{place}.args",
                dataset=study.dataset,
                model=_model(params, row, f"{place}.args", args),
                problem=params.problem(row, study.dataset, name),
                problem_place=f"{place if is_changed else f'datasets.{study.dataset}'}.problem",
            )


def _scaled(params: Params) -> Iterator[Training]:
    """The points at which scaling is measured, each on its own pool or latent space."""
    own = params.experiments.scaling
    if own is None:
        return
    args, problem = params.scaled_args(), params.datasets[own.dataset].problem
    base = own.base
    for key, sizes, dims in (
        ("base", [base.pool_size], [base.latent_dim]),
        ("pool_sizes", own.pool_sizes, [base.latent_dim]),
        ("latent_dims", [base.pool_size], own.latent_dims),
    ):
        place = f"experiments.scaling.{key}"
        for size, dim in ((size, dim) for size in sizes for dim in dims):
            merged = {**args, "pool_size": size}
            yield Training(
                place=place,
                dataset=own.dataset,
                model=_model(params, own.model, "experiments.scaling.args", merged),
                problem=problem.model_copy(update={"latent_dim": dim}),
                problem_place=place,
            )
