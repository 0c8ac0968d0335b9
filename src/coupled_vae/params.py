"""Typed, closed schema of ``params.yaml``: every value that can change a result.

Nothing has a default here: what is not in the file does not exist. The arguments of a dataset or a
model belong to its own file (its ``Config``), so a newcomer adds no line to this one.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import Field, model_validator

from coupled_vae import registry
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


# Targets of the Snakefile; a study is one, under its own name.
RESERVED = (
    *("all", "data", "train", "evaluate", "paper"),
    *("search", "studies", "explanations", "scaling", "chunk"),
)


class Params(Section):
    """The whole of ``params.yaml``."""

    datasets: dict[Name, DatasetEntry]
    models: dict[Name, ModelEntry]
    evaluation: Evaluation
    experiments: Experiments
    figures: Figures

    @model_validator(mode="after")
    def _references(self) -> Self:
        paper, search = self.experiments.paper, self.experiments.search
        named: list[tuple[str, Iterable[str], Iterable[str]]] = [
            ("experiments.paper.datasets", paper.datasets, self.datasets),
            ("experiments.paper.models", paper.models, self.models),
            ("experiments.paper.beside", paper.beside, self.datasets),
            ("experiments.search.datasets", search.datasets, self.datasets),
        ]
        for name, beside in paper.beside.items():
            named.append((f"experiments.paper.beside.{name}", beside, self.models))
        for name, own in search.datasets.items():
            place = f"experiments.search.datasets.{name}.candidates"
            named.append((place, own.candidates, self.models))
        for name, entry in self.models.items():
            named.append((f"models.{name}.overrides", entry.overrides, self.datasets))
        for place, wanted, known in named:
            for name in wanted:
                if name not in known:
                    raise ValueError(f"{place} names {name!r}; choices are {', '.join(known)}")
        once: list[tuple[str, Sequence[str | int]]] = [
            ("experiments.paper.datasets", paper.datasets),
            ("experiments.paper.seeds", paper.seeds),
            ("experiments.search.seeds", search.seeds),
            *(
                (f"experiments.studies.{n}.seeds", s.seeds)
                for n, s in self.experiments.studies.items()
            ),
        ]
        for name in self.datasets:
            once.append(("experiments.paper.models and beside", paper.names(name)))
        for place, items in once:
            if len(set(items)) < len(items):
                raise ValueError(f"{place} {items} names one thing twice; each may stand once")
        for name, own in search.datasets.items():
            if own.base.keys() != own.candidates.keys():
                raise ValueError(
                    f"experiments.search.datasets.{name}.base has {', '.join(own.base)}, but "
                    f"candidates has {', '.join(own.candidates)}; both must name the same models"
                )
        shared = sorted(set(paper.seeds) & set(search.seeds))
        if shared:
            raise ValueError(
                f"experiments.search.seeds {search.seeds} share {shared} with experiments.paper"
                ".seeds; choose others: a search must not see the seeds that are reported"
            )
        for place, seed in (
            ("figures.figure1", self.figures.figure1.seed),
            ("figures.figure3", self.figures.figure3.seed),
            ("figures.figure4", self.figures.figure4.seed),
        ):
            if seed not in paper.seeds:
                raise ValueError(f"{place}.{self._never_trained(seed)}")
        return self

    def _never_trained(self, seed: int) -> str:
        seeds = ", ".join(map(str, self.experiments.paper.seeds))
        return f"seed {seed} is never trained; choices are {seeds}"

    @model_validator(mode="after")
    def _what_studies_name(self) -> Self:
        paper = self.experiments.paper
        for name, study in self.experiments.studies.items():
            place = f"experiments.studies.{name}"
            if name in RESERVED:
                raise ValueError(f"{place}: {name} is another target's name; choose another")
            if study.dataset not in paper.datasets:
                raise ValueError(
                    f"{place}.dataset {study.dataset!r} is none of experiments.paper.datasets; "
                    f"choices are {', '.join(paper.datasets)}"
                )
            shared = paper.names(study.dataset)
            for row, own in study.rows.items():
                base, dot, _ = row.partition(".")
                choices = [*self.models] if dot else shared
                if base not in choices:
                    raise ValueError(
                        f"{place}.rows names {base!r}; choices are {', '.join(choices)}"
                    )
                if not dot and (own.args or own.problem):
                    raise ValueError(
                        f"{place}.rows.{row} is of the paper's grid and can have neither args nor "
                        f"problem; name it {row}.something to train it anew"
                    )
            unknown = sorted({*study.seeds} - {*paper.seeds})
            if study.shared() and unknown:
                raise ValueError(
                    f"{place}.seeds has {unknown}, but {study.shared()[0]} is of the paper's grid, "
                    f"whose seeds are {', '.join(map(str, paper.seeds))}"
                )
        return self

    @model_validator(mode="after")
    def _what_explanations_need(self) -> Self:
        own, paper = self.experiments.explanations, self.experiments.paper
        place = "experiments.explanations"
        if own is None:
            return self
        if own.dataset not in paper.datasets:
            raise ValueError(
                f"{place}.dataset {own.dataset!r} is none of experiments.paper.datasets; "
                f"choices are {', '.join(paper.datasets)}"
            )
        names = paper.names(own.dataset)
        if unknown := [name for name in own.models if name not in names]:
            raise ValueError(f"{place}.models names {unknown[0]!r}; choices are {', '.join(names)}")
        if own.seed not in paper.seeds:
            raise ValueError(f"{place}.{self._never_trained(own.seed)}")
        if self.kind(own.models[-1]) != "cvae":
            raise ValueError(f"{place}.models ends with {own.models[-1]}; the last must be coupled")
        return self

    @model_validator(mode="after")
    def _what_scaling_needs(self) -> Self:
        own, place = self.experiments.scaling, "experiments.scaling"
        if own is None:
            return self
        images = [name for name, entry in self.datasets.items() if entry.type == "images"]
        coupled = [name for name, entry in self.models.items() if entry.kind == "cvae"]
        if own.dataset not in images:
            raise ValueError(
                f"{place}.dataset {own.dataset!r} is no dataset of images; "
                f"choices are {', '.join(images)}"
            )
        if own.model not in coupled:
            raise ValueError(
                f"{place}.model {own.model!r} is no model of kind cvae; "
                f"choices are {', '.join(coupled)}"
            )
        for name in ("counts", "pool_sizes", "latent_dims"):
            values = getattr(own, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{place}.{name} {values} has one twice; each may stand once")
        there, most = self.datasets[own.dataset].args.get("count"), max(*own.counts, own.base.count)
        if isinstance(there, int) and most > there:
            raise ValueError(
                f"{place} asks for {most} images, but datasets.{own.dataset}.args.count is {there}"
            )
        return self

    @model_validator(mode="after")
    def _what_images_need(self) -> Self:
        images = self.evaluation.images
        for name, own in self.datasets.items():
            if own.type != "images":
                continue
            if images is None:
                raise ValueError(
                    f"evaluation.images is null, but the type of datasets.{name} is images; say "
                    "how they are measured, or make the type points"
                )
            dim = own.problem.latent_dim
            if dim != 2:
                raise ValueError(
                    f"datasets.{name}.problem.latent_dim {dim} must be 2 for images: their holes "
                    "and Figure 3 are of a plane"
                )
            needed = max(images.neighbours + 1, self.figures.figure4.samples)
            if images.samples < needed:
                raise ValueError(
                    f"evaluation.images.samples {images.samples} must be at least {needed}: "
                    "figures.figure4.samples, and one more than evaluation.images.neighbours"
                )
        return self

    def args(self, model: str, dataset: str, study: str = "") -> dict[str, Any]:
        """Arguments of a model, or of a search candidate or study row ``model.name``."""
        base, _, candidate = model.partition(".")
        if candidate and not study:
            return self.experiments.search.datasets[dataset].args(base, candidate)
        entry = self.models[base]
        own = self.experiments.studies[study].rows[model].args if study else {}
        return {**entry.args, **entry.overrides.get(dataset, {}), **own}

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
