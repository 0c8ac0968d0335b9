"""What every job is: all that it needs to be told, the files it reads and the files it writes."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import TypeAdapter, ValidationError

from coupled_vae.config.section import Section
from coupled_vae.plan.layout import record_of
from coupled_vae.runtime.errors import UserError, one_line


class Job(Section, ABC):
    """One step of the pipeline. Its text is a rule's parameter, a command's argument, a record.

    Attributes:
        command: Its name on the command line.
        code: Fingerprint of the code that it runs; empty where that is not known.
    """

    command: ClassVar[str]
    code: str = ""

    @abstractmethod
    def inputs(self) -> list[Path]:
        """The files it reads, without repetition."""

    @abstractmethod
    def outputs(self) -> list[Path]:
        """The files it writes; the first one names its record."""

    @abstractmethod
    def run(self) -> None:
        """Read the inputs, write the outputs.

        Raises:
            UserError: An input is missing or damaged, or an argument cannot be.
        """

    def measurements(self) -> list[Path]:
        """Files that differ from run to run, such as of seconds; no job reads them."""
        return []

    def about_data(self) -> dict[str, Any] | None:
        """What the record says of the data beside their SHA-256; None, for most jobs, is nothing.

        Called after ``run``.
        """
        return None

    def record(self) -> Path:
        """The file beside the first output that says what made the outputs."""
        return Path(record_of(str(self.outputs()[0])))

    def text(self) -> str:
        """Everything that it is told, as JSON; equal jobs have equal texts."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)

    def moved(self, place: Callable[[Path], Path]) -> Self:
        """The same job with its files elsewhere for now; of its fields only paths are moved."""
        paths = {name: place(value) for name, value in self if isinstance(value, Path)}
        return self.model_copy(update={k: v for k, v in paths.items() if v != getattr(self, k)})

    @classmethod
    def parse(cls, text: str) -> Self:
        """The job of a text.

        Raises:
            UserError: One line that names the field, its value and what is allowed.
        """
        try:
            return TypeAdapter(cls).validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join([cls.command, *map(str, first["loc"])])
            given = one_line(repr(first["input"]), 60)
            raise UserError(f"{place} {given}: {first['msg']}") from None
