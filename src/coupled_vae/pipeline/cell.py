"""One cell: a dataset, a model and a seed, with everything that determines its result."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from coupled_vae.config.problem import Problem
from coupled_vae.config.section import Section, parse
from coupled_vae.runtime.errors import UserError


class Spec(Section):
    """What a cell trains: the problem of its dataset, the kind of its model, the arguments."""

    problem: Problem
    kind: str
    args: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell's name, as in ``results/runs/<dataset>/<model>/<seed>``."""

    dataset: str
    model: str
    seed: int

    @classmethod
    def parse(cls, text: str) -> "Cell":
        """Read ``dataset/model/seed``.

        Raises:
            UserError: The text has another form.
        """
        parts = text.split("/")
        if len(parts) != 3 or not parts[2].isdecimal():
            raise UserError(f"--cell {text!r} is not of the form dataset/model/seed")
        return cls(dataset=parts[0], model=parts[1], seed=int(parts[2]))

    def __str__(self) -> str:
        return f"{self.dataset}/{self.model}/{self.seed}"

    def entropy(self, purpose: str) -> int:
        """A random seed of 63 bits, different for every cell and every purpose."""
        digest = hashlib.sha256(f"{self} {purpose}".encode()).digest()
        return int.from_bytes(digest[:8], "big") >> 1

    def identity(self, spec: Spec, data_digest: str, code: str) -> str:
        """Name of the cell, followed by a digest of everything that determines its weights."""
        told = json.dumps([spec.model_dump(), data_digest, code], sort_keys=True)
        return f"{self} {hashlib.sha256(told.encode()).hexdigest()[:16]}"


def read_spec(text: str) -> Spec:
    """The specification from the JSON of a command line."""
    return parse(Spec, read_json(text, "--spec"), "--spec")


def read_json(text: str, option: str) -> Any:  # noqa: ANN401
    """Decode the JSON given to a command-line option.

    Raises:
        UserError: It is not JSON.
    """
    try:
        return json.loads(text)
    except ValueError as error:
        raise UserError(f"{option}: not JSON ({error})") from None
