"""Write the reference of ``params.yaml`` from its schema: ``python docs/parameters.py``.

Every key with its type, bounds, default and meaning. ``tests/docs/test_parameters.py`` fails where
the page is out of date, or where a key has no meaning in the docstring of its section.
"""

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types as bounds
from pydantic import AfterValidator
from pydantic.fields import FieldInfo

from coupled_vae.config import registry
from coupled_vae.config.params import Params
from coupled_vae.config.section import Section
from coupled_vae.runtime.files import write_text

PAGE = Path(__file__).with_name("parameters.md")
START = """# The keys of params.yaml

`params.yaml` has every value that can change a result. The schema is closed: an unknown key, a
missing key or a value out of its bounds is an error of one line, before anything runs.

*Needed* keys have no default. `params.yaml` may still leave some out, such as an empty `args`: they
are filled in before the check, as `src/coupled_vae/config/extends.py` says. So are those that
follow from your own data ([own-data.md](own-data.md#what-is-derived-from-your-data)).

*Written by `python docs/parameters.py` from the classes that check the file.*
"""
FOLDERS = {
    "data": "Kinds of dataset: `datasets.NAME.args`",
    "models": "Kinds of model: `models.NAME.args`",
    "priors": "Kinds of prior: `problem.prior.args`",
    "networks": "Kinds of network: `problem.network.args`",
    "likelihoods": "Kinds of likelihood: `problem.likelihood.args`",
}
# Keys that mean the same in many sections, whose docstrings need not repeat it.
COMMON = {
    "block_entries": "Entries of the cost that are computed at once.",
    "count": "Number of data.",
    "held_entries": "Entries of the largest cost that is kept in memory.",
    "label": "Name in tables and figures.",
    "latent_dim": "Number of latent coordinates.",
    "pool_size": "Prior draws in a pool.",
    "seeds": "Seeds of the training.",
}
TYPES = {
    Any: "any value",
    bool: "true or false",
    float: "number",
    int: "whole number",
    str: "text",
}
ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n     .*)*)", re.MULTILINE)


def page() -> str:
    """The whole page."""
    parts = [START]
    for place, section in sections(Params, ""):
        parts.append(_part(f"## `{place}`" if place else "## The first level", section))
    for folder, title in FOLDERS.items():
        parts.append(f"## {title}\n")
        for kind in registry.kinds(folder):
            config = registry.load(folder, kind).Config
            parts.append(_part(f"### {folder}: {kind}", config))
            for place, section in sections(config, ""):
                if place:
                    parts.append(_part(f"#### {folder}: {kind}: `{place}`", section))
    return "\n".join(parts)


def sections(section: type[Section], place: str) -> Iterator[tuple[str, type[Section]]]:
    """A section and all within it, each with its place such as ``datasets.NAME.problem``."""
    yield place, section
    for key, field in section.model_fields.items():
        for below, found in _within(field.annotation):
            yield from sections(found, f"{place}.{key}{below}".lstrip("."))


def _within(annotation: Any) -> Iterator[tuple[str, type[Section]]]:  # noqa: ANN401
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield "", annotation
    elif get_origin(annotation) is dict:
        yield from ((f".NAME{below}", own) for below, own in _within(get_args(annotation)[1]))
    else:
        for part in get_args(annotation):
            yield from _within(part)


def _part(heading: str, section: type[Section]) -> str:
    lines = [heading, "", _text(section), ""]
    if section.model_fields:
        lines += ["| key | type | default | meaning |", "|---|---|---|---|"]
        lines += [_row(section, key, field) for key, field in section.model_fields.items()]
        lines.append("")
    return "\n".join(lines)


def _row(section: type[Section], key: str, field: FieldInfo) -> str:
    default = "needed" if field.is_required() else f"`{_yaml(field.default)}`"
    cells = [f"`{key}`", shown(field.annotation, field.metadata), default, meaning(section, key)]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _yaml(value: object) -> str:
    return json.dumps(value)


def _text(section: type[Section]) -> str:
    """The docstring without its list of attributes, in Markdown."""
    text = re.split(r"^Attributes:$", inspect.getdoc(section) or "", flags=re.MULTILINE)[0]
    return text.strip().replace("``", "`")


def meaning(section: type[Section], key: str) -> str:
    """What the docstring of a section, or of one it derives from, says of a key; else empty."""
    for own in section.__mro__:
        text = inspect.cleandoc(own.__dict__.get("__doc__") or "")
        listed = re.split(r"^Attributes:$", text, flags=re.MULTILINE)[1:]
        found = dict(ATTRIBUTE.findall(listed[0])) if listed else {}
        if key in found:
            return " ".join(found[key].split()).replace("``", "`")
    return COMMON.get(key, "")


def shown(annotation: Any, metadata: list[Any] | tuple[Any, ...] = ()) -> str:  # noqa: ANN401
    """A type with its bounds, in words."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return shown(parts[0], [*parts[1:], *metadata])
    if origin in (Union, UnionType):
        named = [shown(part) for part in parts if part is not NoneType]
        return " or ".join([*named, *["null"] * (NoneType in parts)])
    limits = [*_limits(metadata)]
    if any(limit.startswith("≥") for limit in limits):
        limits = [limit for limit in limits if limit != "> 0"]
    return ", ".join([_kind(annotation, origin, parts), *limits])


def _kind(annotation: Any, origin: Any, parts: tuple[Any, ...]) -> str:  # noqa: ANN401
    if origin is Literal:
        return " or ".join(f"`{part}`" for part in parts)
    if origin in (list, tuple):
        return f"list ({'; '.join(shown(part) for part in parts if part is not Ellipsis)})"
    if origin is dict:
        return f"mapping of names ({shown(parts[1])})"
    return TYPES.get(annotation, "section")


def _limits(metadata: list[Any] | tuple[Any, ...]) -> Iterator[str]:
    """Bounds of a value, of a length, or of the form of a text."""
    for own in metadata:
        if isinstance(own, FieldInfo):
            yield from _limits(own.metadata)
        elif isinstance(own, AfterValidator):
            least = inspect.getclosurevars(own.func).nonlocals.get("least")
            yield from [f"≥ {least:g}"] if least is not None else []
        else:
            yield from _limit(own)


def _limit(own: Any) -> Iterator[str]:  # noqa: ANN401
    signs = {bounds.Ge: "≥", bounds.Gt: ">", bounds.Le: "≤", bounds.Lt: "<"}
    for kind, sign in signs.items():
        if isinstance(own, kind):
            yield f"{sign} {getattr(own, kind.__name__.lower()):.12g}"
    if isinstance(own, bounds.MinLen):
        yield f"length ≥ {own.min_length}"
    if isinstance(own, bounds.MaxLen):
        yield f"length ≤ {own.max_length}"
    if pattern := getattr(own, "pattern", None):
        yield f"of the form `{pattern}`"


if __name__ == "__main__":
    write_text(PAGE, page())
