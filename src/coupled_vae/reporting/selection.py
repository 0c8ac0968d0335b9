"""The rule of the hyperparameter search: which trials become finalists, and which of those win.

A value that is undefined (nan) is never best. Trials that are equal by all else stand in the order
of their numbers.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from coupled_vae.metrics import catalogue
from coupled_vae.reporting.rows import SearchedModel, SearchInput
from coupled_vae.reporting.tables._results import Results, read


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A trial or a finalist with its scores.

    Attributes:
        trial: Its number.
        cost: Data in all gradient steps of a training at full length.
        means: Mean of each score over the seeds, in the metric's own unit.
        errors: Standard error of each mean; nan of a single seed.
    """

    trial: int
    cost: int
    means: Mapping[str, float]
    errors: Mapping[str, float]


def ordered(found: Sequence[Measured], score: str) -> list[Measured]:
    """The best by a score first, those without a value last."""

    def key(own: Measured) -> tuple[bool, float, int]:
        value = loss(score, own.means[score])
        return math.isnan(value), value if math.isfinite(value) else 0, own.trial

    return sorted(found, key=key)


def finalists(found: Sequence[Measured], scores: Sequence[str], count: int) -> list[int]:
    """At most ``count`` trials: the best by each score, then the next ones by the first score.

    So what another score would have chosen is not only looked for among what the first one likes.
    Trial 0, whose arguments are known to be good, is added where it is not one of them.
    """
    known = {score: [own for own in ordered(found, score) if _has(own, score)] for score in scores}
    wanted = [*(own[0] for own in known.values() if own), *known[scores[0]]]
    taken = [*dict.fromkeys(own.trial for own in wanted)][:count]
    return [*taken, *(own.trial for own in found if own.trial == 0 and 0 not in taken)]


def winner(found: Sequence[Measured], score: str, scores: Sequence[str]) -> int | None:
    """The cheapest of those within one standard error of the best; None if no value is defined.

    The error is that of the best one; of a single seed it is not known and taken as zero. Equally
    cheap ones cannot be told apart by this score: the other scores choose among them, in order.
    """
    known = [own for own in ordered(found, score) if _has(own, score)]
    if not known:
        return None
    error = known[0].errors[score]
    most = loss(score, known[0].means[score]) + (0 if math.isnan(error) else error)
    near = [own for own in known if loss(score, own.means[score]) <= most]
    others = [other for other in scores if other != score]

    def key(own: Measured) -> tuple[float, ...]:
        values = (loss(other, own.means[other]) for other in others)
        return own.cost, *(math.inf if math.isnan(value) else value for value in values)

    return min(near, key=key).trial  # of those that are equal in all, the better one


def loss(score: str, value: float) -> float:
    """A score as something of which less is better."""
    return -value if catalogue.METRICS[score].better == "more" else value


def measured(model: SearchedModel, values: Results, scores: Sequence[str]) -> list[Measured]:
    """All that was trained of a model in a round."""
    return [
        Measured(
            trial=row.trial,
            cost=row.cost,
            means={score: values.mean(row.name, score) for score in scores},
            errors={score: values.error(row.name, score) for score in scores},
        )
        for row in model.rows
    ]


def frame(given: SearchInput, metrics: Sequence[str]) -> Results:
    """The frame of a round, which must have some metrics of all its rows.

    Raises:
        UserError: The frame is missing, damaged or incomplete.
    """
    names = [row.name for model in given.models for row in model.rows]
    return read(given.metrics, "value", given.dataset, names, [*metrics])


def finalists_of(given: SearchInput, values: Results) -> dict[str, list[int]]:
    """The finalists that the rule gives, by model."""
    return {
        own.name: finalists(measured(own, values, given.scores), given.scores, given.finalists)
        for own in given.models
    }


def winners_of(given: SearchInput, values: Results) -> dict[str, dict[str, int]]:
    """The winner that the rule gives, by model and score; none where no value is defined."""
    found = {own.name: measured(own, values, given.scores) for own in given.models}
    scores = given.scores
    return {
        name: {score: own for score in scores if (own := winner(rows, score, scores)) is not None}
        for name, rows in found.items()
    }


def differences(given: SearchInput, values: Results) -> Iterator[str]:
    """Lines on what ``params.yaml`` says that is not what the rule gives in a round."""
    place = f"params.yaml: experiments.search.datasets.{given.dataset}.decided"
    if given.phase == "trials":
        rule = finalists_of(given, values)
        for own in given.models:
            if {*own.decided.finalists} != {*rule[own.name]}:
                yield _line(f"{place}.{own.name}.finalists", own.decided.finalists, rule[own.name])
    if given.phase == "finals":
        winners = winners_of(given, values)
        for own in given.models:
            if own.decided.winners != winners[own.name]:
                yield _line(f"{place}.{own.name}.winners", own.decided.winners, winners[own.name])


def _line(place: str, written: object, rule: object) -> str:
    return f"{place} is {_yaml(written)}, but the rule gives {_yaml(rule)}"


def _yaml(value: object) -> str:
    return json.dumps(value).replace('"', "")


def _has(own: Measured, score: str) -> bool:
    return not math.isnan(own.means[score])
