"""Checks of ``params.yaml`` that need the code of the kinds: arguments, sizes, networks.

Each check is a small function over ``settings``, ``trained`` or ``experiments`` and raises a
``UserError`` of one line. Running them imports the kinds, which import torch; this takes seconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from coupled_vae.config import registry, suits
from coupled_vae.config.cells import FILE, experiments
from coupled_vae.config.evaluation import evaluation_of
from coupled_vae.config.facts import Facts, facts_of
from coupled_vae.config.problem import Problem
from coupled_vae.config.section import check_part, parse
from coupled_vae.config.settings import model_of, settings, trained
from coupled_vae.config.traits import Traits
from coupled_vae.metrics.catalogue import METRICS
from coupled_vae.runtime.errors import UserError, one_line

if TYPE_CHECKING:
    from coupled_vae.config.params import Params

MOST_WEIGHTS = 5 * 10**8  # of one network, in float32 2 GB
FEWEST_HELD_OUT = 4  # two halves, each with a spread
# As in pandoc: no space within the dollars, and no digit behind the second.
MATH = re.compile(r"\$(?!\s)(?:[^$\\]|\\.)+(?<![\s\\])\$(?![0-9])")


def check_kinds(params: Params, path: Path) -> None:
    """Check that the file of every kind exists; imports none of them.

    Raises:
        UserError: One line that names the key, its value and the choices.
    """
    try:
        for own in settings(params):
            registry.check_kind(own.folder, own.kind, f"{FILE}: {own.place}")
    except UserError as error:
        raise _at(path, error) from None


def check_args(params: Params, path: Path) -> None:
    """Validate the arguments of every kind, and check that they fit together (imports torch).

    Raises:
        UserError: One line that names the key, its value and the choices.
    """
    for one in CHECKS:
        try:
            one(params)
        except UserError as error:
            raise _at(path, error) from error


def _at(path: Path, error: UserError) -> UserError:
    return UserError(one_line(f"{path}: {str(error).removeprefix(f'{FILE}: ')}"))


def _arguments(params: Params) -> None:
    """The arguments of every kind fit its ``Config``."""
    for own in settings(params):
        assert own.config


def _models(params: Params) -> None:
    """The entries of ``models`` come first: an error names the entry, not a row that uses it."""
    for own in settings(params):
        if own.args_place.startswith("models."):
            assert own.config


def _spaces(params: Params) -> None:
    """All values that a search may give to an argument are valid; its base may lack some keys."""
    for on, search in params.experiments.search.datasets.items():
        for name, own in search.models.items():
            config = registry.load("models", params.kind(name)).Config
            place = f"{FILE}: experiments.search.datasets.{on}.models.{name}"
            check_part(config, own.base, f"{place}.base")
            check_part(config, own.first, f"{place}.first")
            for number, entry in enumerate(own.schedule):
                check_part(config, entry, f"{place}.schedule.{number}")
            for key, values in own.space.items():
                ends = values if isinstance(values, list) else [values.low, values.high]
                for value in ends:
                    check_part(config, {key: value}, f"{place}.space")
            if {*own.first} != {*(varied := [*own.schedule[0], *own.space])}:
                raise UserError(f"{place}.first must have these keys: {', '.join(varied)}")


def _labels(params: Params) -> None:
    """Matplotlib can show the formulas in labels: all text between two dollar signs."""
    formulas = [
        (place, match[0]) for place, label in _all_labels(params) for match in MATH.finditer(label)
    ]
    if not formulas:
        return
    from matplotlib.mathtext import MathTextParser

    for place, formula in formulas:
        try:
            MathTextParser("path").parse(formula)
        except (ValueError, RuntimeError):
            raise UserError(
                f"{place}: {formula} is no mathematics that matplotlib can show; mend it, or put "
                "a space behind the first dollar to make it text"
            ) from None


def _all_labels(params: Params) -> Iterator[tuple[str, str]]:
    for section, entries in (("datasets", params.datasets), ("models", params.models)):
        yield from ((f"{section}.{name}.label", own.label) for name, own in entries.items())
    for name, study in params.experiments.studies.items():
        place = f"experiments.studies.{name}"
        yield f"{place}.label", study.label
        yield from ((f"{place}.rows.{row}.label", own.label) for row, own in study.rows.items())


def _figures(params: Params) -> None:
    """Settings of figures past the paper's are those that their files have."""
    for name, own in params.figures.further().items():
        parse(registry.figure_settings(name), own.model_dump(), f"{FILE}: figures.{name}")


def _image_kinds(params: Params) -> None:
    """A kind of images makes no points of known modes and has a function for held-out images."""
    for name, dataset in params.datasets.items():
        module = registry.load("data", dataset.kind)
        if dataset.type != "images":
            continue
        facts = _facts(params, name)
        if facts and facts.modes and not facts.image:
            raise UserError(
                f"datasets.{name}.type is images, but {dataset.kind} makes points; "
                "choices are points, or a kind of images"
            )
        if not hasattr(module, "held_out"):
            raise UserError(
                f"datasets.{name}.type is images, but {dataset.kind} has no held_out; "
                "choices are points, or a kind of images"
            )


def _points(params: Params) -> None:
    """Only points are measured in studies and explanations, in studies those of known modes."""
    for experiment in experiments(params):
        if experiment.kind not in ("study", "explanations"):
            continue
        study = experiment.kind == "study"
        choices = [name for name in params.datasets if _is_measured(params, name, modes=study)]
        for row in experiment.rows:
            if row.dataset not in choices:
                images = params.datasets[row.dataset].type == "images"
                raise UserError(
                    f"{experiment.place}.dataset {row.dataset} is of "
                    f"{'images' if images else 'points whose modes are not known'}, and only "
                    f"{'points of known modes' if study else 'points'} are measured there; "
                    f"choices are {', '.join(choices) or 'none here'}"
                )


def _is_measured(params: Params, dataset: str, *, modes: bool) -> bool:
    if params.datasets[dataset].type != "points":
        return False
    return not modes or _traits(params, dataset).kind == "modes"


def _scores(params: Params) -> None:
    """The scores of a search are metrics of its dataset of which more, or less, is better."""
    for name, search in params.experiments.search.datasets.items():
        scores = scores_of(_traits(params, name))
        for score in search.scores:
            if score not in scores:
                raise UserError(
                    f"experiments.search.datasets.{name}.scores has {score!r}, which is no metric "
                    f"of these data that can choose; choices are {', '.join(scores)}"
                )


def scores_of(traits: Traits) -> list[str]:
    """Metrics that can be a search's score: more or less is better, the report needs them not."""
    return [
        name
        for name in traits.metrics()
        if METRICS[name].better != "near" and not name.startswith("test_")
    ]


def _sizes(params: Params) -> None:
    """A dataset has enough data for training and for every measure and figure."""
    for name in sorted(params.experiments.trained_on()):
        if facts := _facts(params, name):
            _require(f"datasets.{name}.args give {facts.rows} data", facts.rows, 2, "training")
            for key, needed in _needs(params, name):
                _require(f"datasets.{name}.args give {facts.rows} data", facts.rows, needed, key)


def _needs(params: Params, dataset: str) -> Iterator[tuple[str, int]]:
    """Settings that need a minimum number of data, each with that number."""
    own = evaluation_of(params, dataset)
    if params.datasets[dataset].type == "points":
        yield "evaluation.posterior_datum, counted from 0,", own.posterior_datum + 1
        yield "evaluation.w2_subsample", own.w2_subsample
    elif own.images:
        place, images = "evaluation.images", own.images
        yield f"{place}.pairs, counted from 0,", max(map(max, images.pairs)) + 1
        yield f"{place}.shown", images.shown
        yield f"{place}.neighbours, beside the image itself,", images.neighbours + 1
        yield f"{place}.class_neighbours", images.class_neighbours


def _held_out(params: Params) -> None:
    """Enough data are held out for both halves: one for the search, one for the report."""
    for name in sorted(params.experiments.trained_on()):
        if (facts := _facts(params, name)) and (facts.image or _traits(params, name).held_out):
            what = "images" if facts.image else "points"
            place = f"datasets.{name}.args hold {facts.held_out} {what} out"
            needed = "the measures of the search and of the report"
            _require(place, facts.held_out, FEWEST_HELD_OUT, needed)


def _facts(params: Params, dataset: str) -> Facts | None:
    """Sizes of a dataset; None if its kind cannot tell them before it is generated."""
    entry, place = params.datasets[dataset], f"datasets.{dataset}.args"
    with _naming(place):
        return facts_of(entry.kind, entry.args, f"{FILE}: {place}")


def _traits(params: Params, dataset: str) -> Traits:
    return Traits.of(_facts(params, dataset), params.datasets[dataset].type)


def _free_points(params: Params) -> None:
    """Points whose modes are not known, or that are held out, have their settings."""
    for name in sorted(params.experiments.trained_on()):
        traits = _traits(params, name)
        if traits.kind == "images" or evaluation_of(params, name).points:
            continue
        if traits.kind == "points":
            raise UserError(
                f"evaluation.points is null, but the modes of datasets.{name} are not known; "
                "write down how such points are measured"
            )
        if traits.held_out:
            raise UserError(
                f"evaluation.points is null, but datasets.{name}.args.held_out is not 0; write "
                "down evaluation.points.likelihood_draws and the rest, or hold nothing out"
            )


def _require(place: str, number: int, needed: int, key: str) -> None:
    if number < needed:
        raise UserError(f"{place}, but {key} needs at least {needed}; change one of the two")


def _problems(params: Params) -> None:
    """Every prior, likelihood and network can be built, and every model accepts its problem."""
    done: list[tuple[Problem, Facts | None]] = []
    for row in trained(params):
        problem, facts = row.problem, _facts(params, row.dataset)
        if (problem, facts) not in done:
            done.append((problem, facts))
            with _naming(f"{row.problem_place}.prior"):
                problem.build("prior", problem.latent_dim)
            with _naming(f"{row.problem_place}.likelihood"):
                likelihood = problem.build("likelihood")
            if facts is not None:
                with _naming(f"{row.problem_place}.network"):
                    _check_networks(problem, likelihood.num_heads, facts.columns)
                for fault in suits.faults(problem, facts):
                    raise UserError(f"{row.problem_place}.{fault}")
        check = getattr(registry.load("models", row.kind), "check_problem", None)
        if check:
            with _naming(row.args_place):
                check(model_of(row).config, problem)


@contextmanager
def _naming(place: str) -> Iterator[None]:
    """Put the place in ``params.yaml`` before the message of an error."""
    try:
        yield
    except (UserError, ValueError) as error:
        raise UserError(f"{place}: {str(error).removeprefix(f'{FILE}: ')}") from error


def _check_networks(problem: Problem, num_heads: int, width: int) -> None:
    """Build the networks on the meta device, without memory for weights, and count the weights."""
    import torch

    network = problem.build("network")
    with torch.device("meta"):
        encoder = network.encoder(width, [problem.latent_dim] * 2)
        decoder = network.decoder(problem.latent_dim, [width] * num_heads, "batch")
    for name, module in (("encoder", encoder), ("decoder", decoder)):
        weights = sum(weight.numel() for weight in module.parameters())
        if weights > MOST_WEIGHTS:
            raise UserError(f"the {name} has {weights} weights; at most {MOST_WEIGHTS} fit")


CHECKS: tuple[Callable[[Params], None], ...] = (
    _models,
    _spaces,
    _arguments,
    _figures,
    _image_kinds,
    _points,
    _scores,
    _sizes,
    _held_out,
    _free_points,
    _problems,
    _labels,
)
