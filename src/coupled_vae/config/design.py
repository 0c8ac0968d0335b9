"""The design of the hyperparameter search: which arguments a trial has, by its number alone.

A scrambled Halton sequence: a point for every trial, spread evenly over the space, and more trials
keep the first ones. It is written here and not taken from a library, whose next version might draw
other permutations: all trials would then be trained again.
"""

import math
import random
from functools import cache
from typing import Any

from coupled_vae.config.search import ModelSearch, Range

LENGTHS = ("num_steps", "num_pools")  # what a brief training has a share of
COSTS = (*LENGTHS, "decoder_steps", "batch_size")  # their product is the data in all steps
DIGITS = 24  # in the smallest base more than trials and float32 can tell apart
FIGURES = 3  # significant ones of a value from a range


def varied(own: ModelSearch, trial: int, seed: int) -> dict[str, Any]:
    """The arguments of a trial that differ from trial to trial, at full length.

    Args:
        own: Space and schedule.
        trial: Number of the trial, from zero.
        seed: Seed of the design.
    """
    if trial == 0:
        return own.first
    first, *others = point(trial, 1 + len(own.space), seed)
    drawn = (_value(values, at) for values, at in zip(own.space.values(), others, strict=True))
    return {**_choice(own.schedule, first), **dict(zip(own.space, drawn, strict=True))}


def arguments(own: ModelSearch, trial: int, seed: int, share: float = 1) -> dict[str, Any]:
    """All arguments of a trial, trained for a share of the full length."""
    args = {**own.base, **varied(own, trial, seed)}
    return args | {key: max(1, round(share * args[key])) for key in LENGTHS if key in args}


def cost(args: dict[str, Any]) -> int:
    """Data in all gradient steps of a training, which does not depend on the machine."""
    return math.prod(args[key] for key in COSTS if key in args)


def point(index: int, dimensions: int, seed: int) -> list[float]:
    """A point of the sequence, with coordinates in [0, 1)."""
    return [_coordinate(index, base, seed) for base in _primes(dimensions)]


def _coordinate(index: int, base: int, seed: int) -> float:
    """The digits of the index in a base, each permuted, in reverse order behind the point."""
    value, scale = 0.0, 1.0
    for place in range(DIGITS):
        index, digit = divmod(index, base)
        scale /= base
        value += scale * _permutation(base, place, seed)[digit]
    return min(value, math.nextafter(1, 0))


@cache
def _permutation(base: int, place: int, seed: int) -> list[int]:
    """By ``random.random`` alone, whose sequence Python keeps from version to version."""
    keys = random.Random(f"{seed} {base} {place}")
    return sorted(range(base), key=lambda _: keys.random())


def _primes(count: int) -> list[int]:
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % prime for prime in found):
            found.append(number)
        number += 1
    return found


def _value(values: Range | list[Any], at: float) -> Any:  # noqa: ANN401
    if isinstance(values, list):
        return _choice(values, at)
    if values.log:
        value = values.low * (values.high / values.low) ** at
    else:
        value = values.low + (values.high - values.low) * at
    return min(max(float(f"{value:.{FIGURES}g}"), values.low), values.high)


def _choice(choices: list[Any], at: float) -> Any:  # noqa: ANN401
    return choices[int(at * len(choices))]
