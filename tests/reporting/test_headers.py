"""The name of a metric stands in the catalogue, and nowhere in the reports."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from small import TOP

from coupled_vae.metrics.catalogue import METRICS
from coupled_vae.reporting.tables._render import meanings, title

FILES = sorted((TOP / "src/coupled_vae/reporting").rglob("*.py"))
HEADERS = {metric.header for metric in METRICS.values()}
TITLES = HEADERS | {title(name) for name in METRICS}


def texts(source: str) -> Iterator[str]:
    """All texts of a module but its docstrings."""
    tree = ast.parse(source)
    apart = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in apart:
            yield node.value


def named(source: str) -> list[str]:
    """Texts that are a metric's title, begin a column with it, or have its header in them."""
    return [
        text
        for text in texts(source)
        if text in TITLES
        or any(text.startswith(f"{own},") for own in TITLES)
        or any("(" in own and own in text for own in HEADERS)
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_title_of_a_metric_stands_in_the_reports(file: Path) -> None:
    assert named(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("text", ["Marginal error", "MMD, Gaussian", "the Hole mass (%) of it"])
def test_a_title_would_be_found(text: str) -> None:
    assert named(f'"""Recall"""\nx = {{"{text}": 1}}\n') == [text]


def test_a_note_says_what_its_metrics_are() -> None:
    assert meanings(["mmd_rbf", "mmd_rbf_floor", "recall"]) == (
        "MMD: Squared MMD between prior and aggregate posterior, Gaussian kernel; its noise floor: "
        "The Gaussian kernel's MMD between two samples of the prior. Recall: Share of data inside "
        "the neighbourhoods of the samples."
    )
