"""References within ``params.yaml``: what is named is there, and what is there fits.

Each check raises a ``ValueError`` of one line that names the key, its value and the choices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from coupled_vae.experiments import Grid, Study

if TYPE_CHECKING:
    from coupled_vae.params import Params

# Targets of the Snakefile; a study or a grid is one, under its own name.
RESERVED = (
    *("all", "data", "train", "evaluate", "paper"),
    *("search", "studies", "grids", "explanations", "scaling", "chunk"),
)


def check(params: Params) -> None:
    """Check all sections against each other."""
    grids = {"paper": params.experiments.paper}
    for name, grid in params.experiments.grids.items():
        _own_name("grids", name, [*params.experiments.studies])
        grids[f"grids.{name}"] = grid
    for name, grid in grids.items():
        _grid(params, f"experiments.{name}", grid)
    for name, entry in params.models.items():
        _among(f"models.{name}.overrides", entry.overrides, params.datasets)
    _search(params)
    _figures(params)
    for name, study in params.experiments.studies.items():
        _own_name("studies", name, [])
        _study(params, f"experiments.studies.{name}", study)
    _explanations(params)
    _scaling(params)
    _images(params)


def _among(place: str, wanted: Iterable[str], known: Iterable[str]) -> None:
    choices = [*known]
    for name in wanted:
        if name not in choices:
            raise ValueError(f"{place} names {name!r}; choices are {', '.join(choices)}")


def _once(place: str, items: Sequence[str | int]) -> None:
    if len(set(items)) < len(items):
        raise ValueError(f"{place} {items} names one thing twice; each may stand once")


def _own_name(section: str, name: str, others: list[str]) -> None:
    if name in (*RESERVED, *others):
        raise ValueError(
            f"experiments.{section}.{name}: {name} is another target's name; choose another"
        )


def _grid(params: Params, place: str, grid: Grid) -> None:
    _among(f"{place}.datasets", grid.datasets, params.datasets)
    _among(f"{place}.models", grid.models, params.models)
    _among(f"{place}.beside", grid.beside, params.datasets)
    for name, beside in grid.beside.items():
        _among(f"{place}.beside.{name}", beside, params.models)
    _once(f"{place}.datasets", grid.datasets)
    _once(f"{place}.seeds", grid.seeds)
    for name in params.datasets:
        _once(f"{place}.models and beside", grid.names(name))
    if place != "experiments.paper":
        for name in grid.datasets:
            if params.datasets[name].type != "images":
                raise ValueError(
                    f"{place}.datasets names {name}, whose type is points; a grid shows images, "
                    "and points have studies"
                )


def _search(params: Params) -> None:
    place, search, paper = "experiments.search", params.experiments.search, params.experiments.paper
    _among(f"{place}.datasets", search.datasets, params.datasets)
    _once(f"{place}.seeds", search.seeds)
    for name, own in search.datasets.items():
        _among(f"{place}.datasets.{name}.candidates", own.candidates, params.models)
        if own.base.keys() != own.candidates.keys():
            raise ValueError(
                f"{place}.datasets.{name}.base has {', '.join(own.base)}, but "
                f"candidates has {', '.join(own.candidates)}; both must name the same models"
            )
    shared = sorted(set(paper.seeds) & set(search.seeds))
    if shared:
        raise ValueError(
            f"{place}.seeds {search.seeds} share {shared} with experiments.paper"
            ".seeds; choose others: a search must not see the seeds that are reported"
        )


def _figures(params: Params) -> None:
    figures = params.figures
    for name, seed in (
        ("figure1", figures.figure1.seed),
        ("figure3", figures.figure3.seed),
        ("figure4", figures.figure4.seed),
    ):
        _trained(params, f"figures.{name}", seed)


def _trained(params: Params, place: str, seed: int) -> None:
    seeds = params.experiments.paper.seeds
    if seed not in seeds:
        choices = ", ".join(map(str, seeds))
        raise ValueError(f"{place}.seed {seed} is never trained; choices are {choices}")


def _of_the_paper(params: Params, place: str, dataset: str) -> list[str]:
    """Models of the paper's grid on a dataset that must be one of its own."""
    paper = params.experiments.paper
    if dataset not in paper.datasets:
        raise ValueError(
            f"{place}.dataset {dataset!r} is none of experiments.paper.datasets; "
            f"choices are {', '.join(paper.datasets)}"
        )
    return paper.names(dataset)


def _study(params: Params, place: str, study: Study) -> None:
    shared = _of_the_paper(params, place, study.dataset)
    _once(f"{place}.seeds", study.seeds)
    for row, own in study.rows.items():
        base, dot, _ = row.partition(".")
        _among(f"{place}.rows", [base], params.models if dot else shared)
        if not dot and (own.args or own.problem):
            raise ValueError(
                f"{place}.rows.{row} is of the paper's grid and can have neither args nor "
                f"problem; name it {row}.something to train it anew"
            )
    seeds = params.experiments.paper.seeds
    unknown = sorted({*study.seeds} - {*seeds})
    if study.shared() and unknown:
        raise ValueError(
            f"{place}.seeds has {unknown}, but {study.shared()[0]} is of the paper's grid, "
            f"whose seeds are {', '.join(map(str, seeds))}"
        )


def _explanations(params: Params) -> None:
    own, place = params.experiments.explanations, "experiments.explanations"
    if own is None:
        return
    _among(f"{place}.models", own.models, _of_the_paper(params, place, own.dataset))
    _trained(params, place, own.seed)
    if params.kind(own.models[-1]) != "cvae":
        raise ValueError(f"{place}.models ends with {own.models[-1]}; the last must be coupled")


def _scaling(params: Params) -> None:
    own, place = params.experiments.scaling, "experiments.scaling"
    if own is None:
        return
    images = [name for name, entry in params.datasets.items() if entry.type == "images"]
    coupled = [name for name, entry in params.models.items() if entry.kind == "cvae"]
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
        _once(f"{place}.{name}", getattr(own, name))
    there, most = params.datasets[own.dataset].args.get("count"), max(*own.counts, own.base.count)
    if isinstance(there, int) and most > there:
        raise ValueError(
            f"{place} asks for {most} images, but datasets.{own.dataset}.args.count is {there}"
        )


def _images(params: Params) -> None:
    images = params.evaluation.images
    for name, own in params.datasets.items():
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
        needed = max(images.neighbours + 1, params.figures.figure4.samples)
        if images.samples < needed:
            raise ValueError(
                f"evaluation.images.samples {images.samples} must be at least {needed}: "
                "figures.figure4.samples, and one more than evaluation.images.neighbours"
            )
