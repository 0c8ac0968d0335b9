"""What every configuration is made of: a closed section, number types, errors of one line."""

import json
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coupled_vae.errors import UserError


class Section(BaseModel):
    """A closed, immutable mapping; every configuration class derives from it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


S = TypeVar("S", bound=Section)

Positive = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
PositiveFraction = Annotated[float, Field(gt=0, le=1)]
Count = Annotated[int, Field(ge=1)]
Index = Annotated[int, Field(ge=0)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]


def parse(schema: type[S], tree: object, place: str) -> S:
    """Validate a tree against a section.

    Raises:
        UserError: One line for the first error: key, value, what is allowed.
    """
    try:
        return schema.model_validate(tree)
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(_sentence(schema, first, place)) from None  # type: ignore[arg-type]


def _sentence(schema: type[Section], error: dict[str, Any], place: str) -> str:
    keys = [str(k) for k in error["loc"] if k != "[key]"]
    where = f"{place}{'.' if ': ' in place else ': '}{'.'.join(keys)}"
    if not keys:
        where = place
    if error["type"] == "extra_forbidden":
        known = _fields_at(schema, error["loc"][:-1])
        return f"{where} is not a key of this section; choices are {', '.join(known)}"
    if error["type"] == "missing":
        return f"{where} is missing; every value that can change a result must be written down"
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    shown = "" if error["type"] == "value_error" else f" {_short(error['input'])}:"
    hint = ""
    if isinstance(error["input"], str) and error["type"].startswith(("float", "int")):
        hint = " (without quotes; YAML reads 1e-3 as text, write 1.0e-3)"
    return f"{where}{shown} {message}{hint}"


def _short(value: object) -> str:
    text = json.dumps(value, default=repr)
    return text if len(text) <= 60 else text[:57] + "..."


def _fields_at(schema: Any, location: tuple[Any, ...]) -> list[str]:  # noqa: ANN401
    """Field names of the section that a validation error's location points into."""
    for key in location:
        if isinstance(schema, type) and issubclass(schema, Section):
            schema = schema.model_fields[key].annotation
        else:  # dict[Name, Section]
            schema = schema.__args__[-1]
    return sorted(schema.model_fields)
