"""Schema of ``experiments.search`` in ``params.yaml``: space, budget, seeds, what was decided."""

from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, Tag, model_validator

from coupled_vae.config.section import (
    Index,
    Name,
    Positive,
    PositiveFraction,
    Section,
    Seed,
    Seeds,
)

Number = Annotated[float, Field(ge=-1e12, le=1e12)]
Several = Annotated[int, Field(ge=1, le=1000)]


class Range(Section):
    """Values of an argument between two bounds.

    Attributes:
        low: The smallest value.
        high: The largest value.
        log: Whether the logarithm of the value is spread evenly, or the value itself.
    """

    low: Number
    high: Number
    log: bool

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low {self.low:g} must be below high {self.high:g}")
        if self.log and self.low <= 0:
            raise ValueError(f"low {self.low:g} must be above 0 where log is true")
        return self


Choices = Annotated[list[Any], Field(min_length=1)]
Values = Annotated[
    Annotated[Range, Tag("range")] | Annotated[Choices, Tag("choices")],
    Discriminator(lambda value: "range" if isinstance(value, dict | Range) else "choices"),
]


class ModelSearch(Section):
    """The search of one model on one dataset.

    The base is not ``models.<name>.args``: else adopting a winner would retrain all trials.

    Attributes:
        base: Arguments that all trials share.
        schedule: Arguments that cost equally many CPU seconds, such as a batch size with the number
            of its steps; a trial takes one of these sets.
        space: The other arguments that trials vary: a list of choices, or a range.
        first: What trial 0 has for the keys of schedule and space, at full length: arguments known
            to be good. The design gives all other trials theirs.
    """

    base: dict[str, Any]
    schedule: Annotated[list[dict[str, Any]], Field(min_length=1)]
    space: dict[Name, Values]
    first: dict[Name, Any]


class Decided(Section):
    """What the results of a model's trials and finalists have decided, by the trials' numbers.

    Attributes:
        diverged: Trials whose training diverged, at either length; they are left out.
        finalists: Trials that are trained longer, on several seeds.
        winners: The finalist that each score chooses, by the score's name.
    """

    diverged: list[Index]
    finalists: list[Index]
    winners: dict[Name, Index]


class DatasetSearch(Section):
    """The search on one dataset.

    Attributes:
        scores: Names of metrics; the first one decides, the others say what they would have chosen.
        seconds: CPU seconds of a training at full length, which every schedule was measured to
            take.
        models: The models that are searched, by name.
        decided: What is decided of each model, by its name; empty before the first run.
    """

    scores: Annotated[list[str], Field(min_length=1)]
    seconds: Positive
    models: dict[Name, ModelSearch]
    decided: dict[Name, Decided]


class Trials(Section):
    """The first round: many sets of arguments, trained briefly.

    Attributes:
        count: Trials of each model on each dataset.
        share: Of the steps of a training at full length.
        seeds: Seeds of each trial.
    """

    count: Several
    share: PositiveFraction
    seeds: Seeds


class Finals(Section):
    """The second round: the best trials, longer and on several seeds.

    Attributes:
        count: Finalists of each model on each dataset, at most; trial 0 is one beside them.
        share: Of the steps of a training at full length.
        seeds: Seeds of each finalist.
    """

    count: Several
    share: PositiveFraction
    seeds: Seeds


class Search(Section):
    """Hyperparameter search by seeds that are not reported; equal budgets for all models.

    Attributes:
        seed: Seed of the design, which gives every trial its arguments.
        trials: The first round.
        finals: The second round.
        datasets: The search on a dataset, by its name.
    """

    seed: Seed
    trials: Trials
    finals: Finals
    datasets: dict[Name, DatasetSearch]
