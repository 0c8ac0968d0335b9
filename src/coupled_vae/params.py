"""Typed, closed schema of ``params.yaml``: every value that can change a result.

Nothing has a default here: what is not in the file does not exist. The arguments of a dataset or a
model belong to its own file (its ``Config``), so a newcomer adds no line to this one.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import Field, model_validator

from coupled_vae import references, registry
from coupled_vae.errors import UserError
from coupled_vae.experiments import Experiments, Name
from coupled_vae.measurement import Evaluation
from coupled_vae.problem import Problem
from coupled_vae.schema import Positive, Section, Seed, parse


class DatasetEntry(Section):
    """One dataset: its kind, the arguments of that kind, and the problem posed on it.

    ``type`` says what is measured and shown of it.
    """

    kind: str
    label: str
    type: Literal["points", "images"]
    args: dict[str, Any]
    problem: Problem


class ModelEntry(Section):
    """One row of the tables: a model kind with its arguments.

    ``overrides`` has, by dataset, arguments in place of some of these.
    """

    kind: str
    label: str
    color: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
    args: dict[str, Any]
    overrides: dict[Name, dict[str, Any]]


class Figure1(Section):
    """Figure 1; ``seed`` is the run it shows."""

    seed: Seed
    extent: Positive
    density_bins: Annotated[int, Field(ge=2)]


class Figure3(Section):
    """Figure 3, of every image dataset; ``seed`` is the run it shows."""

    seed: Seed
    extent: Positive


class Figure4(Section):
    """Figure 4, of every image dataset; ``seed`` is the run it shows."""

    seed: Seed
    samples: Annotated[int, Field(ge=1, le=100)]  # as many as draws.npz keeps without noise


class Figures(Section):
    """Settings of the figures."""

    figure1: Figure1
    figure3: Figure3
    figure4: Figure4


class Params(Section):
    """The whole of ``params.yaml``."""

    datasets: dict[Name, DatasetEntry]
    models: dict[Name, ModelEntry]
    evaluation: Evaluation
    experiments: Experiments
    figures: Figures

    @model_validator(mode="after")
    def _references(self) -> Self:
        references.check(self)
        return self

    def args(self, model: str, dataset: str, study: str = "") -> dict[str, Any]:
        """Arguments of a model, or of a search candidate or study row ``model.name``."""
        base, _, candidate = model.partition(".")
        if candidate and not study:
            return self.experiments.search.datasets[dataset].args(base, candidate)
        entry = self.models[base]
        own = self.experiments.studies[study].rows[model].args if study else {}
        return {**entry.args, **entry.overrides.get(dataset, {}), **own}

    def scaled_args(self) -> dict[str, Any]:
        """Arguments of the model whose scaling is measured."""
        scaling = self.experiments.scaling
        assert scaling is not None
        return {**self.models[scaling.model].args, **scaling.args}

    def problem(self, model: str, dataset: str, study: str = "") -> Problem:
        """The problem posed on a dataset, with what a study's row has in place of its parts.

        Raises:
            UserError: The row's parts are none of a problem.
        """
        base = self.datasets[dataset].problem
        own = self.experiments.studies[study].rows[model].problem if study else {}
        if not own:
            return base
        place = f"params.yaml: experiments.studies.{study}.rows.{model}.problem"
        return parse(Problem, {**base.model_dump(), **own}, place)

    def kind(self, model: str) -> str:
        """Kind of a model, or of a search candidate or study row ``model.name``."""
        return self.models[model.partition(".")[0]].kind


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML without silent surprises: a key that stands twice is an error."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    keys = [loader.construct_object(k, deep=True) for k, _ in node.value]
    twice = {k for k in keys if keys.count(k) > 1}
    if twice:
        raise yaml.MarkedYAMLError(
            problem=f"key {twice.pop()!r} stands twice", problem_mark=node.start_mark
        )
    return dict(loader.construct_pairs(node, deep=True))


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def load(path: Path) -> Params:
    """Read and validate a parameter file; the arguments of models are left to ``check_args``.

    Raises:
        UserError: One line that names the key, its value and the choices.
    """
    try:
        tree = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; run from the project's top folder") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = f" line {m.line + 1}" if (m := getattr(error, "problem_mark", None)) else ""
        raise UserError(
            f"{path}{line}: {getattr(error, 'problem', error)}; not valid YAML"
        ) from error
    params = parse(Params, tree, str(path))
    for name, dataset in params.datasets.items():
        registry.check_kind("data", dataset.kind, f"{path}: datasets.{name}.kind")
        for part, folder, entry in dataset.problem.parts():
            registry.check_kind(folder, entry.kind, f"{path}: datasets.{name}.problem.{part}.kind")
    for name, model in params.models.items():
        registry.check_kind("models", model.kind, f"{path}: models.{name}.kind")
    for place, study, row in _rows(params):
        problem = params.problem(row, params.experiments.studies[study].dataset, study)
        for part, folder, entry in problem.parts():
            registry.check_kind(folder, entry.kind, f"{path}: {place}.problem.{part}.kind")
    return params


def _rows(params: Params) -> Iterator[tuple[str, str, str]]:
    """Place, study and name of every row that is trained for a study."""
    for name, study in params.experiments.studies.items():
        for row in study.trained():
            yield f"experiments.studies.{name}.rows.{row}", name, row


def check_args(params: Params, path: Path) -> None:
    """Validate the arguments of every dataset, model and search candidate (imports torch).

    Raises:
        UserError: One line that names the key, its value and the choices.
    """
    for name, dataset in params.datasets.items():
        registry.config("data", dataset.kind, dataset.args, f"{path}: datasets.{name}.args")
        module = registry.load("data", dataset.kind)
        if dataset.type == "images" and not hasattr(module, "held_out"):
            raise UserError(
                f"{path}: datasets.{name}.type is images, but {dataset.kind} has no held_out; "
                "choices are points, or a kind of images"
            )
        for part, folder, own in dataset.problem.parts():
            registry.config(
                folder, own.kind, own.args, f"{path}: datasets.{name}.problem.{part}.args"
            )
    for name, entry in params.models.items():
        registry.config("models", entry.kind, entry.args, f"{path}: models.{name}.args")
        for on in entry.overrides:
            place = f"{path}: models.{name}.overrides.{on}"
            registry.config("models", entry.kind, params.args(name, on), place)
    experiments = params.experiments
    of_points = {f"studies.{name}": own.dataset for name, own in experiments.studies.items()}
    if experiments.explanations:
        of_points["explanations"] = experiments.explanations.dataset
    for name, on in of_points.items():
        if params.datasets[on].type != "points":
            points = [own for own, entry in params.datasets.items() if entry.type == "points"]
            raise UserError(
                f"{path}: experiments.{name}.dataset {on} is of images, and only points are "
                f"measured there; choices are {', '.join(points)}"
            )
    if scaling := experiments.scaling:
        args, kind = params.scaled_args(), params.kind(scaling.model)
        registry.config("models", kind, args, f"{path}: experiments.scaling.args")
        for dim in scaling.latent_dims:
            try:
                params.datasets[scaling.dataset].problem.build("prior", dim)
            except (UserError, ValueError) as error:
                raise UserError(f"{path}: experiments.scaling.latent_dims {dim}: {error}") from None
    for place, name, row in _rows(params):
        study = params.experiments.studies[name]
        args = params.args(row, study.dataset, name)
        registry.config("models", params.kind(row), args, f"{path}: {place}.args")
        problem = params.problem(row, study.dataset, name)
        for part in study.rows[row].problem.keys() & {"prior", "network", "likelihood"}:
            extra = [problem.latent_dim] if part == "prior" else []
            try:
                problem.build(part, *extra)
            except (UserError, ValueError) as error:
                raise UserError(f"{path}: {place}.problem.{part}: {error}") from None
    for on, search in params.experiments.search.datasets.items():
        for model, candidates in search.candidates.items():
            for candidate in candidates:
                args = search.args(model, candidate)
                place = f"{path}: experiments.search.datasets.{on}.candidates.{model}.{candidate}"
                registry.config("models", params.kind(model), args, place)
