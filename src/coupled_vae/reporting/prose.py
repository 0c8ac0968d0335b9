"""Numbers in the prose of README and docs: looked up in a file, or found and named.

A number that a file holds stands between ``<!-- value FILE KEY -->`` and ``<!-- end -->``:

- ``params.yaml models.cvae.args.num_pools``: keys from the top, joined by dots;
- ``results/metrics.csv mnist/cvae/hole_mass``: dataset, model and metric, the mean over the seeds,
  scaled and rounded as the catalogue says.

What no file holds, such as a trial of an older version, stands between ``<!-- typed: REASON -->``
and ``<!-- end typed -->``.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from coupled_vae.config import inherit
from coupled_vae.metrics.catalogue import METRICS
from coupled_vae.reporting.tables._render import number
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.project import TOP

VALUE = re.compile(r"<!-- value (\S+) (\S+) -->.*?<!-- end -->")
TYPED = re.compile(r"<!-- typed: *\S.*?-->.*?<!-- end typed -->", re.DOTALL)
# What the check passes over: generated text, code, formulas, addresses, and remarks.
GENERATED = re.compile(r"<!-- (?:results/\S+\.md|made: \S+) -->\n.*?<!-- end -->", re.DOTALL)
PASSED = (
    GENERATED,
    VALUE,
    TYPED,
    re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE),
    re.compile(r"`[^`\n]*`"),
    re.compile(r"\$[^$\n]+\$"),  # a formula
    re.compile(r"\]\([^)]*\)"),
    re.compile(r"<!--.*?-->", re.DOTALL),
)
# Numbers that name something: a part of the paper or of the docs, a version, the year of a
# citation, a place in a list, a unit, the standard normal.
_PARTS = r"Table|Figure|eq\.|equation|Algorithm|decision|section|Prop\."
_LIST = r"\d+(?:\.\d+)?(?:(?:, | and |, and | to |/)\d+(?:\.\d+)?)*"
NAMES = (
    re.compile(rf"\b(?:{_PARTS})s? {_LIST}", re.IGNORECASE),
    re.compile(r"\b(?:Python|version|arXiv|torch|CUDA) \d+(?:\.\d+)*"),
    re.compile(r"\b(?:ICML|et al\.,?|NeurIPS|ICLR|and \w+,?) \(?(?:19|20)\d\d"),
    re.compile(r"^ *\d+\. ", re.MULTILINE),
    re.compile("10⁻³"),
    re.compile(r"N\(0, I\)"),
)  # fmt: skip
# A digit that no letter precedes: those of float32, W2 and x_1 are parts of names.
DIGITS = re.compile(r"(?<![\w.])\d[\d.,]*(?:e-?\d+)?")


def filled(text: str) -> str:
    """``text`` with each value as its file has it.

    Raises:
        UserError: The file has no such value.
    """

    def value(match: re.Match[str]) -> str:
        file, key = match[1], match[2]
        return f"<!-- value {file} {key} -->{_value(file, key)}<!-- end -->"

    return VALUE.sub(value, text)


def typed(text: str) -> list[tuple[int, str]]:
    """Numbers in prose that nothing vouches for, each with its line."""
    for pattern in (*PASSED, *NAMES):
        text = pattern.sub(_blank, text)
    return [
        (line, match[0].rstrip(".,"))
        for line, words in enumerate(text.split("\n"), 1)
        for match in DIGITS.finditer(words)
    ]


def _blank(match: re.Match[str]) -> str:
    """Spaces in place of the text; lines keep their numbers."""
    return re.sub(r"[^\n]", " ", match[0])


def _value(file: str, key: str) -> str:
    try:
        return _mean(TOP / file, key) if file.endswith(".csv") else _setting(TOP / file, key)
    except (LookupError, OSError, TypeError, ValueError):
        raise UserError(f"'<!-- value {file} {key} -->': {file} has no such value") from None


def _setting(path: Path, key: str) -> str:
    found: Any = _tree(path)
    for name in key.split("."):
        found = found[int(name) if isinstance(found, list) else name]
    if isinstance(found, dict | list):
        raise TypeError(key)
    return str(found)


@cache
def _tree(path: Path) -> dict[str, Any]:
    return inherit.read(path)


@cache
def _means(path: Path) -> pd.Series:
    frame = pd.read_csv(path)
    return frame.groupby(["dataset", "model", "metric"])["value"].mean()


def _mean(path: Path, key: str) -> str:
    dataset, model, metric = key.split("/")
    _, decimals, scale = METRICS[metric].shown
    return number(_means(path)[dataset, model, metric], decimals, scale)
