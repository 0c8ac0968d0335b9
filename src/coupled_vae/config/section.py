"""What every configuration is made of: a closed section, bounded types, errors of one line.

Every number has an upper bound, far above what a machine can do and far below what overflows: a
width of 10**30 is an error of one line and no crash in the middle of training.
"""

import json
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from coupled_vae.runtime.errors import UserError, hidden_character, one_line


class Section(BaseModel):
    """A closed, immutable mapping; every configuration class derives from it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


S = TypeVar("S", bound=Section)


def at_least(least: float) -> AfterValidator:
    """A bound of positive numbers: below it squares or their inverses leave float32."""

    def check(value: float) -> float:
        if value < least:
            raise ValueError(f"{value:g} is too small; the least is {least:g}")
        return value

    return AfterValidator(check)


Positive = Annotated[float, Field(gt=0, le=1e12), at_least(1e-12)]
Scale = Annotated[float, Field(gt=0, le=1e6), at_least(1e-6)]  # a length, a standard deviation
StepSize = Annotated[float, Field(gt=0, le=1e3), at_least(1e-12)]  # of an optimizer
Fraction = Annotated[float, Field(ge=0, le=1)]
PositiveFraction = Annotated[float, Field(gt=0, le=1), at_least(1e-12)]
Count = Annotated[int, Field(ge=1, le=10**9)]
Several = Annotated[int, Field(ge=2, le=10**7)]  # draws of which a spread is taken
Draws = Annotated[int, Field(ge=1, le=10**7)]  # held in memory at once
Width = Annotated[int, Field(ge=1, le=2**16)]  # units of a layer
Dimension = Annotated[int, Field(ge=1, le=10_000)]  # of a latent space
Cells = Annotated[int, Field(ge=1, le=1000)]  # along one axis of a plane
Entries = Annotated[int, Field(ge=1, le=2**40)]  # of a matrix, at most
Index = Annotated[int, Field(ge=0, le=10**9)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]
Seeds = Annotated[list[Seed], Field(min_length=1)]
# Names are those of files and folders: lower case alone, and not too long for one.
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]


def _shown(text: str) -> str:
    if hidden := hidden_character(text):
        raise ValueError(f"has {hidden}, which no table can show; delete it")
    if not text.strip():
        raise ValueError("is empty; write what tables and figures are to show")
    return text


Label = Annotated[str, Field(max_length=200), AfterValidator(_shown)]


def parse(schema: type[S], tree: object, place: str) -> S:
    """Validate a tree against a section.

    Raises:
        UserError: One line for the first error: key, value, what is allowed.
    """
    try:
        return schema.model_validate(tree)
    except ValidationError as error:
        raise UserError(_sentence(schema, error.errors()[0], place)) from None


def check_part(schema: type[Section], tree: Mapping[str, Any], place: str) -> None:
    """Validate the keys that a tree has; others may be missing.

    Raises:
        UserError: One line for the first key that is unknown or has an impossible value.
    """
    try:
        schema.model_validate(dict(tree))
    except ValidationError as error:
        for first in error.errors():
            if first["loc"] and first["type"] != "missing":  # no loc: a rule between several keys
                raise UserError(_sentence(schema, first, place)) from None


def _sentence(schema: type[Section], error: Any, place: str) -> str:  # noqa: ANN401
    keys = [str(k) for k in error["loc"] if k != "[key]"]
    where = f"{place}{'.' if ': ' in place else ': '}{'.'.join(keys)}" if keys else place
    if error["type"] == "extra_forbidden":
        known = _fields_at(schema, error["loc"][:-1])
        choices = f"; choices are {', '.join(known)}" if known else ""
        return one_line(f"{where} is not a key of this section{choices}")
    if error["type"] == "missing":
        reason = "is missing; every value that can change a result must be written down"
        return one_line(f"{where} {reason}")
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    of_section = error["type"] == "value_error" and not isinstance(error["input"], str)
    shown = "" if of_section else f" {_short(error['input'])}:"
    hint = ""
    if isinstance(error["input"], str) and error["type"].startswith(("float", "int")):
        hint = " (without quotes)"
    return one_line(f"{where}{shown} {message}{hint}")


def _short(value: object) -> str:
    """A value by its beginning."""
    if isinstance(value, list | tuple):
        value = value[:20]
    elif isinstance(value, dict):
        value = dict(list(value.items())[:5])
    text = json.dumps(value, default=repr, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def _fields_at(schema: type[Section], location: tuple[Any, ...]) -> list[str]:
    """Field names of the section that a validation error's location points into, if it is known."""
    place: Any = schema
    for key in location:
        fields = getattr(place, "model_fields", None)
        if fields is not None and key not in fields:  # the name of a choice between sections
            return []
        place = _plain(fields[key].annotation if fields else get_args(place)[-1])
    return sorted(getattr(place, "model_fields", []))


def _plain(annotation: Any) -> Any:  # noqa: ANN401
    """An annotation without its bounds, and without null beside it."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return _plain(next(own for own in get_args(annotation) if own is not NoneType))
    return annotation
