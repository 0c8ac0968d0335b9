"""References within ``params.yaml``: every name that a section uses is defined in another.

Here no kind is imported; ``checks`` validates the arguments of the kinds. Each check raises a
``ValueError`` of one line that names the key, its value and the choices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from coupled_vae.config import registry
from coupled_vae.config.cells import experiments, split
from coupled_vae.config.design import LENGTHS
from coupled_vae.config.experiments import Grid, Study
from coupled_vae.config.roots import PHASES
from coupled_vae.config.search import Decided, ModelSearch, Search

if TYPE_CHECKING:
    from coupled_vae.config.params import Params

# Targets of the Snakefile; a study or a grid is one, under its own name.
RESERVED = (
    *("all", "data", "train", "evaluate", "paper"),
    *("search", *PHASES, "studies", "grids", "explanations", "scaling", "chunk", "plan"),
    # The Snakefile's rules, whose names must differ from its targets'.
    *("make_data", "make_held_out", "train_cell", "draw_cell", "evaluate_cell"),
    *("collect", "table", "figure", "study", "explain", "report_explanations"),
    *("measure_scaling", "report_scaling"),
)


def check(params: Params) -> None:
    """Check all sections against each other."""
    for one in CHECKS:
        one(params)


def grids(params: Params) -> Iterator[tuple[str, Grid]]:
    """Every grid with its place in ``params.yaml``."""
    yield "experiments.paper", params.experiments.paper
    for name, grid in params.experiments.grids.items():
        yield f"experiments.grids.{name}", grid


def _among(place: str, wanted: Iterable[str], known: Iterable[str]) -> None:
    choices = [*known]
    for name in wanted:
        if name not in choices:
            raise ValueError(f"{place} names {name!r}; choices are {', '.join(choices)}")


def _once(place: str, items: Sequence[str | int]) -> None:
    if len(set(items)) < len(items):
        shown = str(items) if len(items) <= 20 else f"[{items[0]}, ...]"
        raise ValueError(f"{place} {shown} names one thing twice; each may stand once")


def _names(params: Params) -> None:
    """The name of a study or a grid is not the name of another target."""
    studies = [*params.experiments.studies]
    for section, names in (("grids", [*params.experiments.grids]), ("studies", studies)):
        taken = {*RESERVED, *(studies if section == "grids" else [])}
        for name in names:
            if name in taken:
                raise ValueError(
                    f"experiments.{section}.{name}: {name} is another target's name; choose another"
                )


def _overrides(params: Params) -> None:
    for name, entry in params.models.items():
        _among(f"models.{name}.overrides", entry.overrides, params.datasets)


def _grids(params: Params) -> None:
    for place, grid in grids(params):
        _among(f"{place}.datasets", grid.datasets, params.datasets)
        _among(f"{place}.models", grid.models, params.models)
        _once(f"{place}.datasets", grid.datasets)
        _once(f"{place}.seeds", grid.seeds)
        _once(f"{place}.models", grid.models)


def _search(params: Params) -> None:
    place, search, paper = "experiments.search", params.experiments.search, params.experiments.paper
    _among(f"{place}.datasets", search.datasets, params.datasets)
    if search.finals.count > search.trials.count:
        raise ValueError(
            f"{place}.finals.count {search.finals.count} must not exceed trials.count "
            f"{search.trials.count}"
        )
    for name in ("trials", "finals"):
        seeds = search.trials.seeds if name == "trials" else search.finals.seeds
        _once(f"{place}.{name}.seeds", seeds)
        if shared := sorted({*paper.seeds} & {*seeds}):
            raise ValueError(
                f"{place}.{name}.seeds share {shared} with experiments.paper.seeds; choose "
                "others: a search must not see the seeds that are reported"
            )


def _searches(params: Params) -> None:
    search = params.experiments.search
    for dataset, own in search.datasets.items():
        place = f"experiments.search.datasets.{dataset}"
        _once(f"{place}.scores", own.scores)
        _among(f"{place}.models", own.models, params.models)
        _among(f"{place}.decided", own.decided, own.models)
        for name, model in own.models.items():
            _spaced(model, f"{place}.models.{name}")
            _decided(own.decided[name], search, own.scores, f"{place}.decided.{name}")


def _spaced(own: ModelSearch, place: str) -> None:
    """Every set of the schedule has the same keys, none is also in the space, one is a length."""
    for entry in own.schedule:
        if entry.keys() != own.schedule[0].keys():
            raise ValueError(
                f"{place}.schedule has sets of {', '.join(own.schedule[0])} and of "
                f"{', '.join(entry)}; all must have the same keys"
            )
    if twice := sorted({*own.schedule[0]} & {*own.space}):
        raise ValueError(f"{place} has {twice[0]} in schedule and in space; delete one of the two")
    if not {*LENGTHS} & {*own.schedule[0], *own.base}:
        raise ValueError(
            f"{place} has no argument of which a trial has a share; choices for schedule or base "
            f"are {', '.join(LENGTHS)}"
        )


def _decided(own: Decided, search: Search, scores: list[str], place: str) -> None:
    """What was decided names trials that there are, finalists among them, winners among those."""
    trials = [*map(str, range(search.trials.count))]
    _among(f"{place}.diverged", map(str, own.diverged), trials)
    left = [trial for trial in trials if int(trial) not in own.diverged]
    _among(f"{place}.finalists", map(str, own.finalists), left)
    _once(f"{place}.finalists", own.finalists)
    if len({*own.finalists} - {0}) > search.finals.count:
        raise ValueError(
            f"{place}.finalists {own.finalists} are more than the {search.finals.count} of "
            "experiments.search.finals.count and trial 0"
        )
    _among(f"{place}.winners", own.winners, scores)
    for score, trial in own.winners.items():
        _among(f"{place}.winners.{score}", [str(trial)], map(str, own.finalists))


def _figures(params: Params) -> None:
    _among("figures", params.figures.further(), registry.figures())
    for name, own in params.figures:
        _trained(params, f"figures.{name}", own.seed)


def _trained(params: Params, place: str, seed: int) -> None:
    seeds = params.experiments.paper.seeds
    if seed not in seeds:
        choices = ", ".join(map(str, seeds))
        raise ValueError(f"{place}.seed {seed} is never trained; choices are {choices}")


def _of_the_paper(params: Params, place: str, dataset: str) -> list[str]:
    """Models of the paper's grid on ``dataset``, which must be in that grid."""
    paper = params.experiments.paper
    if dataset not in paper.datasets:
        raise ValueError(
            f"{place}.dataset {dataset!r} is none of experiments.paper.datasets; "
            f"choices are {', '.join(paper.datasets)}"
        )
    return paper.models


def _studies(params: Params) -> None:
    for name, study in params.experiments.studies.items():
        _study(params, f"experiments.studies.{name}", study)


def _study(params: Params, place: str, study: Study) -> None:
    _among(f"{place}.dataset", [study.dataset], params.datasets)
    _once(f"{place}.seeds", study.seeds)
    shared = study.shared(params.experiments.paper)
    known = params.experiments.paper.models
    _among(f"{place}.rows", shared, known)
    trained = [row for row in study.rows if row not in shared]
    _among(f"{place}.rows", [split(row)[0] for row in trained], params.models)
    for row in shared:
        if study.rows[row].args or study.rows[row].problem:
            raise ValueError(
                f"{place}.rows.{row} is of the paper's grid and can have neither args nor "
                f"problem; name it {row}.something to train it anew"
            )
    seeds = params.experiments.paper.seeds
    unknown = sorted({*study.seeds} - {*seeds})
    if shared and unknown:
        raise ValueError(
            f"{place}.seeds has {unknown}, but {shared[0]} is of the paper's grid, "
            f"whose seeds are {', '.join(map(str, seeds))}"
        )


def _explanations(params: Params) -> None:
    own, place = params.experiments.explanations, "experiments.explanations"
    if own is None:
        return
    _among(f"{place}.models", own.models, _of_the_paper(params, place, own.dataset))
    _once(f"{place}.models", own.models)
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
            f"choices are {', '.join(images) or 'none here'}"
        )
    if own.model not in coupled:
        raise ValueError(
            f"{place}.model {own.model!r} is no model of kind cvae; "
            f"choices are {', '.join(coupled) or 'none here'}"
        )
    for name in ("counts", "pool_sizes", "latent_dims"):
        _once(f"{place}.{name}", getattr(own, name))
    count, most = params.datasets[own.dataset].args.get("count"), max(*own.counts, own.base.count)
    if isinstance(count, int) and most > count:
        raise ValueError(
            f"{place} asks for {most} images, but datasets.{own.dataset}.args.count is {count}"
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


def _planes(params: Params) -> None:
    """Figure 1 needs a latent dimension of 2; the figure of a study needs at least 2."""
    for name in params.experiments.paper.datasets:
        own = params.datasets[name]
        if own.type == "points" and own.problem.latent_dim != 2:
            raise ValueError(
                f"datasets.{name}.problem.latent_dim {own.problem.latent_dim} must be 2 in "
                "experiments.paper, whose Figure 1 is of a plane; studies may have others"
            )
    for experiment in experiments(params):
        for row in experiment.rows:
            if experiment.kind == "study" and row.problem.latent_dim < 2:
                raise ValueError(
                    f"{experiment.place}.rows.{row.name}.problem.latent_dim must be at least 2: "
                    "the figure of a study is of a plane"
                )


CHECKS: tuple[Callable[[Params], None], ...] = (
    _names,
    _overrides,
    _grids,
    _search,
    _searches,
    _figures,
    _studies,
    _explanations,
    _scaling,
    _images,
    _planes,
)
