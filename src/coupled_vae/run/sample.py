"""The command ``sample``: draws of a trained model in a file, in the units of the data."""

import argparse
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np

from coupled_vae.pipeline.trained import Floats
from coupled_vae.plan.trained import load
from coupled_vae.runtime.errors import UserError, one_line
from coupled_vae.runtime.files import write_arrays, write_bytes, write_text


def sample(args: argparse.Namespace) -> None:
    """Draw, and write the file whole or not at all.

    Raises:
        UserError: The run cannot be loaded, a number cannot be, or the file cannot be written.
    """
    write = WRITERS.get(args.out.suffix.lower())
    if write is None:
        choices = ", ".join(WRITERS)
        raise UserError(one_line(f"--out {args.out}: unknown ending; choices are {choices}"))
    num, seed = _whole(args.n, "-n"), _whole(args.seed, "--seed")
    write(args.out, load(args.folder).sample(num, seed, mean=args.mean))


def _whole(text: str, option: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise UserError(one_line(f"{option} {text!r} is no whole number")) from None


def _npy(path: Path, x: Floats) -> None:
    buffer = io.BytesIO()
    np.save(buffer, x)
    write_bytes(path, buffer.getvalue())


def _npz(path: Path, x: Floats) -> None:
    write_arrays(path, {"x": x})


def _csv(path: Path, x: Floats) -> None:
    """A row for each draw under the header x0, x1, ...; an image is a flat row."""
    flat = x.reshape(len(x), -1)
    lines = [",".join(f"x{k}" for k in range(flat.shape[1]))]
    lines += [",".join(str(value) for value in row) for row in flat]
    write_text(path, "\n".join([*lines, ""]))


WRITERS: dict[str, Callable[[Path, Floats], None]] = {".npy": _npy, ".csv": _csv, ".npz": _npz}
