"""What is known of a dataset before it is generated: its sizes and what it has besides numbers."""

import json
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from coupled_vae.config import registry
from coupled_vae.config.section import Section

Kind = Literal["points", "modes", "images"]
Image = tuple[int, int, int]


class Facts(Section):
    """Sizes of a dataset, and what its metrics can rest on.

    Attributes:
        rows: Number of data that models are trained on, n.
        columns: Number of coordinates of a datum, d; of images the number of values.
        held_out: Number of data that are held out of training; zero if there are none.
        image: Height, width and channels of images; None for points.
        classes: Number of different labels; zero if there are none.
        modes: Whether the data are of a mixture whose centres and standard deviation are known.
        binary: Whether every value is 0 or 1.
    """

    rows: int
    columns: int
    held_out: int = 0
    image: Image | None = None
    classes: int = 0
    modes: bool = False
    binary: bool = False

    @property
    def kind(self) -> Kind:
        """What the data are, which decides what is measured and shown."""
        if self.image:
            return "images"
        return "modes" if self.modes else "points"


def facts_of(kind: str, args: dict[str, Any], place: str) -> Facts | None:
    """What the kind of a dataset tells of it; None if the kind cannot tell.

    Args:
        kind: Kind of the dataset.
        args: Its arguments.
        place: Place of the arguments in the parameters, for messages.

    Raises:
        UserError: An argument is wrong, or a file of the reader's cannot be used.
    """
    module = registry.load("data", kind)
    if not hasattr(module, "facts"):
        return None
    config = registry.config("data", kind, args, place)
    files: Sequence[Path] = module.files(config) if hasattr(module, "files") else ()
    state = tuple(_state(file) for file in files)
    return _told(kind, json.dumps(args, sort_keys=True), state, place)


def _state(file: Path) -> tuple[str, int, int]:
    """By which a changed file is told from the same one; a missing one is reported when read."""
    try:
        stat = os.stat(file)
    except OSError:
        return str(file), -1, -1
    return str(file), stat.st_size, stat.st_mtime_ns


@cache
def _told(kind: str, args: str, state: tuple[tuple[str, int, int], ...], place: str) -> Facts:
    """The state of the files is only a key: the same files in the same state are read once."""
    facts: Facts = registry.load("data", kind).facts(
        registry.config("data", kind, json.loads(args), place)
    )
    return facts
