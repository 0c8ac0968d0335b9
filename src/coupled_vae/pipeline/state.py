"""Checks of saved states: every number is finite, and a state fits the model that loads it.

torch checks only the names and shapes of parameters. It checks neither the shapes of buffers nor
the state of an optimizer, and never whether a number is finite.
"""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

SHOWN = 3  # number of names in an error
ADAM = {"step", "exp_avg", "exp_avg_sq"}


def not_finite(state: Mapping[str, Tensor]) -> str:
    """How many numbers of a state are not finite, and in which tensors; empty if all are finite."""
    counts = {
        name: tensor.numel() - int(torch.isfinite(tensor).sum())
        for name, tensor in state.items()
        if tensor.is_floating_point()
    }
    names = [name for name, count in counts.items() if count]
    if not names:
        return ""
    total = sum(tensor.numel() for tensor in state.values() if tensor.is_floating_point())
    more = ", ..." if len(names) > SHOWN else ""
    return (
        f"{sum(counts.values())} of {total} weights are not finite "
        f"({', '.join(names[:SHOWN])}{more})"
    )


def check_state(fresh: Mapping[str, Tensor], state: object, *, trained: bool = False) -> None:
    """Refuse a state that does not fit a model, or has a number that is not finite.

    Args:
        fresh: The state of the freshly built model. A tensor without rows grows in training, so its
            number of rows is free.
        state: The state that was read.
        trained: Whether training has ended: a growing tensor then must have rows.

    Raises:
        ValueError: The state does not fit; the message names the first difference.
    """
    if not isinstance(state, dict) or not all(isinstance(t, Tensor) for t in state.values()):
        raise ValueError("it is not a mapping of tensors")
    if state.keys() != fresh.keys():
        name = sorted(map(str, state.keys() ^ fresh.keys()))[0]
        raise ValueError(f"it {'lacks' if name in fresh else 'has an unknown'} {name}")
    for name, tensor in state.items():
        _check_tensor(name, fresh[name], tensor)
    grown = {name: state[name] for name, tensor in fresh.items() if _grows(tensor)}
    rows = {len(tensor) for tensor in grown.values() if tensor.is_floating_point()}
    if len(rows) > 1 or (trained and rows == {0}):
        raise ValueError(f"{', '.join(grown)} have sizes that do not fit together")
    if flaw := not_finite(state):
        raise ValueError(flaw)


def check_numbers(numbers: Mapping[str, object], what: str) -> None:
    """Refuse a mapping whose values are not all finite numbers.

    Raises:
        ValueError: The message names the first value that is not a finite number.
    """
    for name, value in numbers.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (isinstance(name, str) and is_number and math.isfinite(value)):  # type: ignore[arg-type]
            raise ValueError(f"{what} has {name} = {str(value)[:40]}")


def check_optimizer(optimizer: torch.optim.Optimizer, state: object) -> None:
    """Refuse an optimizer's state that does not fit; before the first step it may be empty.

    Raises:
        ValueError: The state does not fit; the message names the first difference.
    """
    fresh = optimizer.state_dict()
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    if not isinstance(state, dict) or state.keys() != fresh.keys():
        raise ValueError("an optimizer's state has unknown or missing keys")
    groups, moments = state["param_groups"], state["state"]
    if not isinstance(groups, list) or not isinstance(moments, dict):
        raise ValueError("an optimizer's state has values of another type")
    if [_without_rate(group) for group in groups] != [
        _without_rate(group) for group in fresh["param_groups"]
    ]:
        raise ValueError("an optimizer's settings are not those of the model")
    for group in groups:
        check_numbers({"lr": group.get("lr")}, "an optimizer")
    for place, values in moments.items():
        if type(place) is not int or not 0 <= place < len(parameters):
            raise ValueError(f"an optimizer has state of parameter {str(place)[:40]}")
        _check_moments(parameters[place], values, is_adam=type(optimizer) is torch.optim.Adam)


def _check_moments(parameter: Tensor, values: object, *, is_adam: bool) -> None:
    """Check an optimizer's moments of one parameter: no nan, and for Adam names and shapes."""
    if not isinstance(values, dict) or (is_adam and values.keys() != ADAM):
        raise ValueError("an optimizer's state of a parameter has unknown or missing names")
    for name, tensor in values.items():
        shape = torch.Size() if name == "step" else parameter.shape
        fits = isinstance(tensor, Tensor) and tensor.shape == shape
        if is_adam and not (fits and tensor.is_floating_point()):
            raise ValueError(f"an optimizer's {name} has another shape or type")
        # Infinity is allowed: an infinite second moment only stops the updates of its weight.
        if isinstance(tensor, Tensor) and torch.isnan(tensor).any():
            raise ValueError(f"an optimizer's {name} is not a number")


def _without_rate(group: object) -> object:
    if not isinstance(group, dict):
        return group
    return {key: value for key, value in group.items() if key not in ("lr", "initial_lr")}


def _check_tensor(name: str, fresh: Tensor, tensor: Tensor) -> None:
    if tensor.dtype != fresh.dtype or tensor.layout != fresh.layout or tensor.is_quantized:
        raise ValueError(f"{name} is of type {tensor.dtype}, not {fresh.dtype}")
    rows = tensor.shape[:1] if _grows(fresh) else fresh.shape[:1]
    if tensor.ndim != fresh.ndim or tensor.shape != rows + fresh.shape[1:]:
        raise ValueError(f"{name} has shape {tuple(tensor.shape)}, not {tuple(fresh.shape)}")


def _grows(fresh: Tensor) -> bool:
    return fresh.ndim > 0 and len(fresh) == 0
