"""Reading YAML: what passes is read alike by all readers, the rest is one line and costs little."""

import math
import random
import warnings
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from small import TOP

from coupled_vae.config import yaml_file
from coupled_vae.config.yaml_scalars import AmbiguousError, value_of
from coupled_vae.runtime.errors import UserError

FILE = TOP / "params.yaml"
TEXT = FILE.read_text(encoding="utf-8")


def refused(text: str) -> str:
    with pytest.raises(UserError) as caught:
        yaml_file.parse(text, "params.yaml")
    return one_line(caught.value)


def one_line(error: Exception) -> str:
    message = str(error)
    assert message.isprintable()
    assert len(message) < 500
    assert message.startswith("params.yaml")
    return message


def same(a: Any, b: Any) -> bool:
    """Equal in value, type and order of keys; nan is equal to itself."""
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a):
        return math.isnan(b)
    if isinstance(a, dict) and type(a) is type(b):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and type(a) is type(b):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


def read_alike(text: str) -> None:
    """Whatever is not refused is read alike by PyYAML, with and without C, and by DVC's reader."""
    try:
        tree = yaml_file.parse(text, "params.yaml")
    except UserError as error:
        one_line(error)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert same(tree, yaml.load(text, Loader=yaml.SafeLoader))
        assert same(tree, yaml.load(text, Loader=yaml.CSafeLoader))
        assert same(tree, YAML(typ="safe").load(text))


@pytest.mark.parametrize("name", ["params.yaml", "src/coupled_vae/run/smoke.yaml"])
def test_the_projects_own_files_are_read_as_before(name: str) -> None:
    text = (TOP / name).read_text(encoding="utf-8")
    assert same(yaml_file.read(TOP / name), yaml.safe_load(text))
    read_alike(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0100", ["64 or 100", '"0100"']),
        ("010", ["8 or 10"]),
        ("-010", ["-8 or -10"]),
        ("0o17", ['15 or "0o17"']),
        ("1:30", ['90 or "1:30"']),
        ("1_000", ["1000"]),
        ("1_0.5", ["10.5"]),
        ("0b1", ['1 or "0b1"']),
        ("-0x1F", ["-31"]),
        ("0x_", ['write what is meant: "0x_"']),
        ("1e3", ['1000.0 or "1e3"']),
        ("1.0e3", ["1000.0"]),
        ("1e-20", ['1.0e-20 or "1e-20"']),
        ("-.5", ["-0.5"]),
        ("1e400", [".inf"]),
        ("190:20:30.15", ["685230.15"]),
        ("yes", ['true or "yes"']),
        ("off", ['false or "off"']),
        ("y", ['true or "y"']),
        ("N", ['false or "N"']),
        ("2001-01-01", ["a date", '"2001-01-01"']),
        ("2001-13-01", ["a date", '"2001-13-01"']),
        ("2001-12-14t21:59:43.10-05:00", ["a date"]),
        ("<<", ["merge key"]),
        ("=", ['"="']),
        ("._", ['"._"']),
        ("-_", ['"-_"']),
        ("1" * 5000, ["5000 characters"]),
        ("0." + "1" * 5000, ["5002 characters"]),
    ],
)
def test_a_scalar_that_readers_take_for_different_values(text: str, words: list[str]) -> None:
    message = refused(f"a: 1\nb:\n  - x\n  - {text}\n")
    assert message.startswith("params.yaml line 4: b.1: ")
    assert all(word in message for word in words), message


@pytest.mark.parametrize("text", ["0100", "on", "1:30", "<<", "=", "1e3", "2001-01-01", "~", "1"])
def test_no_such_key_either(text: str) -> None:
    assert "line 2" in refused(f"a: 1\n{text}: 2\n")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("0", 0), ("-7", -7), ("+7", 7), ("0x1F", 31), ("true", True), ("FALSE", False)),
        *(("", None), ("~", None), ("Null", None), ("1.", 1.0), (".5", 0.5), ("1.0e-3", 0.001)),
        *(("-.inf", -math.inf), (".nan", math.nan), ("01.5", 1.5), ("1.2.3", "1.2.3")),
        *(("nan", "nan"), ("e3", "e3"), ("lr-0.001", "lr-0.001"), ("C-VAE", "C-VAE")),
    ],
)
def test_a_scalar_that_all_readers_agree_on(text: str, value: Any) -> None:
    assert same(value_of(text), value)
    assert same(yaml_file.parse(f"a: {text}", "params.yaml"), {"a": value})
    read_alike(f"a: {text}")


# What numbers, dates and truth values are made of: most other texts are plainly text.
NUMBER = r"[-+]?0?[xbo]?[0-9_]{1,4}([.:][0-9_]{0,3})?([eE][-+]?[0-9]{1,3})?"
DATE = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ][0-9]{1,2}:[0-9]{2}:[0-9]{2}Z?)?"
WORDS = ["y", "Y", "yes", "Yes", "n", "N", "no", "on", "On", "off", "OFF", "true", "True"]
SCALARS = st.one_of(
    st.text("0123456789_.eE+-xob:~ ", max_size=9),
    st.from_regex(NUMBER, fullmatch=True),
    st.from_regex(DATE, fullmatch=True),
    st.sampled_from([*WORDS, "null", "NULL", "~", "<<", "=", ".inf", ".NaN"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
)


@settings(max_examples=600, deadline=None)
@given(SCALARS)
def test_what_passes_is_read_alike(text: str) -> None:
    for place in ("a: {}", "a: [{}]", "{}: 1", "a: {{b: {}}}", "a: '{}'"):
        read_alike(place.format(text))


PIECES = [
    *(
        "a",
        "b",
        "1",
        "0",
        "1.5",
        "yes",
        ":",
        " ",
        ": ",
        "- ",
        "-",
        "\n",
        "\n  ",
        "[",
        "]",
        "{",
        "}",
    ),
    *(",", ", ", "?", "? ", "'", '"', "#", " #", "&a ", "*a", "|\n", "|-\n  ", ">-\n  ", "!", "%"),
    *("@", "`", "\\", ".", "---", "...", "a: ", '"a b" :', "\t", "\u2028", "\u00e9", "\r", "<<: "),
]


@settings(max_examples=600, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_any_structure_that_passes_is_read_alike(text: str) -> None:
    for place in ("{}", "a: {}", "a: [{}]", "a: {{{}}}"):
        read_alike(place.format(text))


def test_mutated_files_are_loaded_or_refused_in_one_line() -> None:
    """Bytes of the project's own file changed, cut, doubled or moved, some hundred times."""
    rng = random.Random(1)
    lines = TEXT.splitlines(keepends=True)
    loaded = 0
    for _ in range(250):
        start = rng.randrange(len(lines) - 40)
        text = list("".join(lines[start : start + rng.randrange(3, 40)]))
        for _ in range(rng.randrange(1, 5)):
            place = rng.randrange(len(text))
            piece = rng.choice(
                [*PIECES, "0100", "1:30", "!!int x", "*a", "[" * 40, "\x00", "{{a}}"]
            )
            text[place : place + rng.randrange(3)] = piece
        try:
            loaded += bool(yaml_file.parse("".join(text), "params.yaml"))
        except UserError as error:
            one_line(error)
    assert 5 < loaded < 245


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12)
)
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 600))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: {{ name }}", "a mapping {...} as a key"),
        ("a: {[a, b]: 1}", "a list [...] as a key"),
        ("? [a, b]\n: 1", "a list [...] as a key"),
        ("a: [b: 1]", "a key within [...]"),
        ("a: [b?]", "in quotes"),
        ("a: {2001-01-01: 1}", "a date"),
        ("a: !!int abc", "the tag !!int"),
        ("a: !!float abc", "the tag !!float"),
        ("a: !!bool x", "the tag !!bool"),
        ("a: !!timestamp x", "the tag !!timestamp"),
        ("a: !!str 5", "the tag !!str"),
        ("a: !!set {b}", "the tag !!set"),
        ("a: !mine {b: 1}", "the tag !mine"),
        ("a: ! 5", "the tag !"),
        ("a: !!python/object/apply:os.getcwd []", "the tag !!python/object/apply:os.getcwd"),
        ("a: &b 1\n<<: *b", "merge keys (<<) are not supported; write the keys out, or share"),
        ("a: [" + "[" * 500 + "]" * 501, "levels"),
        ("a: " + "[" * 200_000, "levels"),
        ("a: " + "{b: " * 100_000, "levels"),
        ("- " * 200_000, "levels"),
        (BOMB, "values, an alias counted as what it means"),
        (CHAIN, "levels"),
        ("a: &a [*a]", "within its own anchor"),
        ("a: &a {b: {c: *a}}", "within its own anchor"),
        ("a: *b", "has no anchor"),
        ("a: &b 1\nc: &b 2", "stands twice"),
        ("a: &b c\n*b : 1", "as a key"),
        ("&b a: 1", "anchors are for values"),
        ("a: 1\nb: 2\na: 3", "key 'a' stands twice"),
        ("a: 1\n---\nb: 2", "a second document"),
        ("%YAML 1.1\n---\na: 1", "a directive"),
        ("a: 1\x00", "U+0000"),
        ('a: "\\0"', "U+0000"),
        ('a: "b\\nc"', "a line break"),
        ("a: |\n  b\n  c\n", "a line break"),
        ("a: \x1b[31mred", "U+001B"),
        ("a: b\u2028c", "U+2028"),
        ("a:\tb", "a tab"),
        ("\ufeffa: 1", "byte order mark"),
        ("", "empty"),
        ("# nothing\n", "empty"),
        ("- 1", "holds a list"),
        ("5", "holds the one value 5"),
        ("a: [", "not valid YAML"),
        ("a: 1\n  b: 2", "not valid YAML"),
        ("b" * 100_000 + ": 1", "not valid YAML"),
        ("? " + "b" * 100_000 + "\n: [", "not valid YAML"),
        ("? " + "b" * 100_000 + "\n: 0100", "64 or 100"),
    ],
)
def test_what_is_refused_is_one_short_line(text: str, words: str) -> None:
    assert words in refused(text)


def test_many_keys_are_read_in_linear_time() -> None:
    """Ten times the keys of a quadratic check would take a hundred times as long: minutes."""
    tree = yaml_file.parse("".join(f"k{i}: 1\n" for i in range(90_000)), "params.yaml")
    assert len(tree) == 90_000
    many = "".join(f"k{i}: 1\n" for i in range(100_000))
    assert "values" in refused(many)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a: é".encode("latin-1"), "byte 4 is not UTF-8"),
        ("a: 1".encode("utf-16"), "byte 1 is not UTF-8"),
        (b"\xef\xbb\xbfa: 1", "byte order mark"),
        (bytes(range(8)), "U+0000"),
        (bytes(range(256)), "is not UTF-8"),
        (b"a: 1\n" * 300_000, "larger than 1024 KiB"),
    ],
)
def test_a_file_that_is_no_text(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_bytes(content)
    with pytest.raises(UserError, match=words.replace("+", r"\+")) as caught:
        yaml_file.read(tmp_path / "params.yaml")
    assert "\n" not in str(caught.value)


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not a file"):
        yaml_file.read(tmp_path)


def test_line_ends_of_windows_are_read(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_bytes(b"a: 1\r\nb: [x,\r\n  z]\r\n")
    assert yaml_file.read(tmp_path / "params.yaml") == {"a": 1, "b": ["x", "z"]}


def test_an_alias_is_what_its_anchor_was() -> None:
    text = "a: &a {b: [1, x]}\nc: *a\nd: &d 5\ne: [*d, *d]\n"
    tree = yaml_file.parse(text, "params.yaml")
    assert tree == {"a": {"b": [1, "x"]}, "c": {"b": [1, "x"]}, "d": 5, "e": [5, 5]}


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | SCALARS.filter(str.isprintable),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(SCALARS.filter(str.isprintable), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(SCALARS.filter(str.isprintable), TREES, max_size=4))
def test_what_is_written_is_read_back_by_all(tree: dict[str, Any]) -> None:
    text = yaml_file.dump(tree)
    assert same(yaml_file.parse(text, "params.yaml"), tree)
    read_alike(text)


def test_a_refused_scalar_says_why() -> None:
    with pytest.raises(AmbiguousError, match="as readers of YAML differ"):
        value_of("012")
