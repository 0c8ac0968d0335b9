"""The training loop of all models: checkpoints, exact resume, checks for finite numbers, progress.

A model provides ``iterate`` and its state; the loop depends on no particular model.
"""

import io
import math
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from coupled_vae.pipeline.state import check_numbers, check_optimizer, check_state, not_finite
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import check_file, check_members, first_line, write_bytes
from coupled_vae.runtime.progress import Progress

HISTORY_ROWS = 200
PARTS = {"iteration", "seconds", "history", "sums", "model", "optimizers", "generator"}
AFRESH = "delete it and run again, training then starts afresh"


class Generator(Protocol):
    """A random number generator whose state can be saved."""

    def get_state(self) -> Tensor:
        """The state, as bytes."""

    def set_state(self, state: Tensor, /) -> object:
        """Continue from a state."""


class Trainable(Protocol):
    """The interface of the loop to a model, or to several models trained as one."""

    num_iterations: int
    optimizers: dict[str, torch.optim.Optimizer]

    @property
    def generator(self) -> Generator:
        """The only source of randomness."""

    def prepare(self) -> None:
        """Build the optimizers."""

    def train(self) -> object:
        """Switch to training mode."""

    def eval(self) -> object:
        """Switch to evaluation mode."""

    def iterate(self, iteration: int) -> dict[str, Tensor]:
        """One unit of training; scalars for the history, ``loss`` among them."""

    def finish(self) -> dict[str, float]:
        """Work after the last iteration; numbers for the report."""

    def state_dict(self) -> dict[str, Any]:
        """Parameters and buffers."""

    def load_buffers_and_weights(self, state: dict[str, Tensor]) -> None:
        """Load a ``state_dict``."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """The result of training besides the model's state.

    Attributes:
        history: One row per stretch of iterations, with the mean of each term over the stretch.
        report: The return value of the model's ``finish``.
        seconds: CPU time of the loop's single thread, summed over resumed parts. Unlike elapsed
            time it hardly depends on other programs on the machine.
    """

    history: list[dict[str, float]]
    report: dict[str, float]
    seconds: float


def fit(model: Trainable, checkpoint: Path, identity: str, label: str, interval: float) -> Result:
    """Train to the end; resume from the checkpoint if it exists.

    Args:
        model: A freshly built model; a checkpoint overwrites its state.
        checkpoint: File to write and to resume from. The caller removes it after saving the result.
        identity: Text that determines data, model, arguments, seed and code. A checkpoint with a
            different identity is refused.
        label: Prefix of progress lines and errors.
        interval: Seconds between two checkpoints.

    Raises:
        UserError: The loss or the trained state has a number that is not finite, or the checkpoint
            belongs to another run.
    """
    model.prepare()
    done, seconds, history = 0, 0.0, list[dict[str, float]]()
    sums: dict[str, float] = {}
    if checkpoint.exists():
        state = _read(checkpoint, identity)
        _restore(model, state, checkpoint)
        done, seconds = state["iteration"], state["seconds"]
        history, sums = state["history"], state["sums"]
    stretch = max(1, math.ceil(model.num_iterations / HISTORY_ROWS))
    progress = Progress(label, model.num_iterations, done)
    started, saved = time.process_time(), time.monotonic()
    model.train()
    for iteration in range(done, model.num_iterations):
        terms = {name: float(value.detach()) for name, value in model.iterate(iteration).items()}
        _require_finite(terms, label, iteration)
        for name, value in terms.items():
            sums[name] = sums.get(name, 0.0) + value
        if (iteration + 1) % stretch == 0 or iteration + 1 == model.num_iterations:
            first = history[-1]["iteration"] if history else 0
            count = iteration + 1 - first
            means = {name: value / count for name, value in sums.items()}
            history.append({"iteration": iteration + 1, **means})
            sums = {}
        progress.update(iteration + 1, terms["loss"])
        if time.monotonic() - saved >= interval:
            spent = seconds + time.process_time() - started
            _require_finite_state(model.state_dict(), label, iteration)
            write_checkpoint(checkpoint, model, identity, iteration + 1, spent, history, sums)
            saved = time.monotonic()
    model.eval()
    report = model.finish()
    _require_finite(report | (history[-1] if history else {}), label, model.num_iterations - 1)
    _require_finite_state(model.state_dict(), label, model.num_iterations - 1)
    return Result(history=history, report=report, seconds=seconds + time.process_time() - started)


def _require_finite(terms: dict[str, float], label: str, iteration: int) -> None:
    bad = [f"{name} = {value}" for name, value in terms.items() if not math.isfinite(value)]
    if bad:
        raise _diverged(label, ", ".join(bad), iteration)


def _require_finite_state(state: dict[str, Tensor], label: str, iteration: int) -> None:
    """Check the state as well as the loss: the loss is computed before the last step."""
    if flaw := not_finite(state):
        raise _diverged(label, flaw, iteration)


def _diverged(label: str, what: str, iteration: int) -> UserError:
    return UserError(
        f"{label}: {what} at iteration {iteration + 1}; training stopped and nothing "
        "was written; lower the model's learning_rate in params.yaml"
    )


def to_bytes(state: dict[str, Any]) -> bytes:
    """Serialise tensors and plain values; equal states give equal bytes under any file name."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


def from_file(path: Path, hint: str) -> dict[str, Any]:
    """Read a file of ``to_bytes`` without running code from it.

    Raises:
        UserError: The file is missing, damaged, or not a mapping of names to values. The message
            ends with ``hint``.
    """
    check_file(path, hint)
    try:
        with zipfile.ZipFile(path) as archive:
            check_members(archive)
            if damaged := archive.testzip():  # torch.load verifies no checksum
                raise ValueError(f"checksum of {damaged}")
        state = torch.load(path, weights_only=True, map_location="cpu")
        if not isinstance(state, dict):
            raise ValueError(f"it holds a {type(state).__name__}")
    except Exception as error:  # torch and zipfile raise many types for a damaged file
        reason = f"{type(error).__name__}: {first_line(error)}"
        raise UserError(f"{path}: damaged ({reason}); {hint}") from error
    return state


def write_checkpoint(
    path: Path,
    model: Trainable,
    identity: str,
    iteration: int,
    seconds: float,
    history: list[dict[str, float]],
    sums: dict[str, float],
) -> None:
    """Write everything that ``fit`` needs to continue after ``iteration`` iterations.

    Args:
        path: The checkpoint.
        model: The states of the model, its optimizers and its generator are written.
        identity: Identity of the run.
        iteration: Number of iterations done.
        seconds: CPU time of these iterations.
        history: Rows so far.
        sums: Sum of each term over the current, unfinished stretch.
    """
    state = {
        "identity": identity,
        "iteration": iteration,
        "seconds": seconds,
        "history": history,
        "sums": sums,
        "model": model.state_dict(),
        "optimizers": {name: opt.state_dict() for name, opt in model.optimizers.items()},
        "generator": model.generator.get_state(),
    }
    write_bytes(path, to_bytes(state))


def _read(path: Path, identity: str) -> dict[str, Any]:
    state = from_file(path, AFRESH)
    if state.get("identity") != identity:
        owner = str(state.get("identity"))[:80]
        raise UserError(f"{path}: checkpoint of {owner}, but this run is {identity}; {AFRESH}")
    return state


def _restore(model: Trainable, state: dict[str, Any], path: Path) -> None:
    """Load a state that ``write_checkpoint`` wrote.

    Raises:
        UserError: A part of the state is missing, has another structure, or is not finite.
    """
    try:
        _check_checkpoint(model, state)
        model.load_buffers_and_weights(state["model"])
        for name, optimizer in model.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        model.generator.set_state(state["generator"])
    except Exception as error:  # torch raises many types for a state that does not fit
        raise UserError(f"{path}: does not fit this run ({first_line(error)}); {AFRESH}") from error


def _check_checkpoint(model: Trainable, state: dict[str, Any]) -> None:
    if missing := sorted(PARTS - state.keys()):
        raise ValueError(f"lacks {missing[0]}")
    check_state(model.state_dict(), state["model"])
    if state["optimizers"].keys() != model.optimizers.keys():
        raise ValueError("its optimizers are not those of the model")
    for name, optimizer in model.optimizers.items():
        check_optimizer(optimizer, state["optimizers"][name])
    check_numbers({"seconds": state["seconds"]}, "it")
    check_numbers(state["sums"], "the sums of terms")
    done, history = state["iteration"], state["history"]
    for row in history:
        check_numbers(row, "the history")
    if any(row.keys() != history[0].keys() for row in history):
        raise ValueError("the history's rows have different terms")
    rows = [row["iteration"] for row in history]
    if type(done) is not int or not 0 < done <= model.num_iterations or state["seconds"] < 0:
        raise ValueError(f"iteration {str(done)[:40]} of {model.num_iterations}")
    if rows != sorted({*rows}) or not all(0 < row <= done for row in rows):
        raise ValueError("the history's iterations do not rise")
