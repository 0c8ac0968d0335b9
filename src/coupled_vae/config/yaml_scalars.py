"""What a plain scalar of YAML means, and whether all readers of ``params.yaml`` agree on it.

The project reads the file by PyYAML, which knows YAML 1.1; DVC writes ``dvc.lock`` by ruamel.yaml,
which knows most of YAML 1.2. ``0100`` is 64 to the one and 100 to the other. Only what both of
them, and the core schema of YAML 1.2, read as the same value is taken.
"""

import json
import math
import re
from collections.abc import Callable

import yaml

Value = None | bool | int | float | str

LONGEST_NUMBER = 100  # characters

_RESOLVER = yaml.resolver.Resolver()
_MAKER = yaml.constructor.SafeConstructor()
_MAKERS: dict[str, Callable[[yaml.ScalarNode], Value]] = {
    "null": _MAKER.construct_yaml_null,
    "bool": _MAKER.construct_yaml_bool,
    "int": _MAKER.construct_yaml_int,
    "float": _MAKER.construct_yaml_float,
}
_BOOL_1_1 = re.compile(r"[yYnN]")  # PyYAML follows YAML 1.1 but for these
_CORE: tuple[tuple[re.Pattern[str], Callable[[str], Value]], ...] = (
    (re.compile(r"null|Null|NULL|~|"), lambda text: None),
    (re.compile(r"true|True|TRUE"), lambda text: True),
    (re.compile(r"false|False|FALSE"), lambda text: False),
    (re.compile(r"[-+]?[0-9]+"), int),
    (re.compile(r"0o[0-7]+"), lambda text: int(text[2:], 8)),
    (re.compile(r"0x[0-9a-fA-F]+"), lambda text: int(text[2:], 16)),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
    (re.compile(r"[-+]?\.(inf|Inf|INF)"), lambda text: float(text.replace(".", ""))),
    (re.compile(r"\.(nan|NaN|NAN)"), lambda text: math.nan),
)
# What ruamel.yaml takes for a number although it is text to the others.
_RUAMEL_NUMBER = re.compile(
    r"""[-+]?0b[01_]+ | [-+]?0o?[0-7_]+ | [-+]?[0-9_]+ | [-+]?0x[0-9a-fA-F_]+
    | [-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+]?[0-9]+)? | [-+]?[0-9][0-9_]*[eE][-+]?[0-9]+
    | [-+]?\.[0-9_]+([eE][-+][0-9]+)?""",
    re.VERBOSE,
)


class AmbiguousError(ValueError):
    """A plain scalar that readers take for different values; says how to write what is meant."""


def value_of(text: str) -> Value:
    """The value of a plain scalar.

    Raises:
        AmbiguousError: Not all readers of YAML agree, or it is no value of the project's.
    """
    looks_numeric = text[:1] in "+-.0123456789" and text[:1] != ""
    if (
        looks_numeric
        and len(text) > LONGEST_NUMBER
        and not re.search(r"[^0-9a-fA-FxoeE_.+-]", text)
    ):
        raise AmbiguousError(
            f"a number of {len(text)} characters; at most {LONGEST_NUMBER} are read"
        )
    readings = [_by_pyyaml(text), _by_core(text)]
    if looks_numeric and isinstance(readings[1], str) and _RUAMEL_NUMBER.fullmatch(text):
        readings.append(_Other("a number"))
    if _BOOL_1_1.fullmatch(text):
        readings.append(text in "yY")
    first = readings[0]
    if any(not _same(first, other) for other in readings) or isinstance(first, _Other):
        raise AmbiguousError(_advice(text, readings))
    return first


def is_plain(text: str) -> bool:
    """Whether a text may stand in a file without quotes and is read as that text."""
    try:
        return value_of(text) == text
    except AmbiguousError:
        return False


class _Other(str):
    """Something that is no value here, by its description."""


def _by_pyyaml(text: str) -> Value:
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    kind = tag.rpartition(":")[2]
    if kind == "str":
        return text
    if kind not in _MAKERS:
        return _Other("a date" if kind == "timestamp" else "a sign of YAML's own")
    try:
        return _MAKERS[kind](yaml.ScalarNode(tag, text))
    except (ValueError, OverflowError):
        return _Other("a number")


def _by_core(text: str) -> Value:
    for pattern, make in _CORE:
        if pattern.fullmatch(text):
            return make(text)
    return text


def _same(a: Value, b: Value) -> bool:
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a):
        return math.isnan(b)
    return type(a) is type(b) and a == b


def _advice(text: str, readings: list[Value]) -> str:
    values = list(dict.fromkeys(_written(value) for value in readings))
    meant = [_written(value) for value in readings if not isinstance(value, str)]
    choices = list(dict.fromkeys([*meant, json.dumps(text, ensure_ascii=False)]))
    return (
        f"{text} is {' or '.join(values)}, as readers of YAML differ; "
        f"write what is meant: {' or '.join(choices)}"
    )


def _written(value: Value) -> str:
    """A value as all readers take it for itself; a description as it stands."""
    if isinstance(value, _Other):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else f"{'-' if value < 0 else ''}.inf"
    if isinstance(value, float):
        mantissa, e, exponent = repr(value).partition("e")
        whole = mantissa if "." in mantissa else f"{mantissa}.0"
        return whole + (f"e{int(exponent):+03d}" if e else "")
    return json.dumps(value, ensure_ascii=False)
