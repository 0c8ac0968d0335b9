"""The page of a grid: its tables, figures, data and models in one HTML file.

The page of the paper's grid is its report: it has verdicts, the comparison with the paper, seeds,
training curves and departures as well.
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coupled_vae.config.facts import Facts
from coupled_vae.metrics import catalogue
from coupled_vae.reporting import labels
from coupled_vae.reporting.needs import first_line, split
from coupled_vae.reporting.rows import PageDataset, PageInput, PaperInput
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import read_text, write_text

TEMPLATE = Path(__file__).with_name("page.html.jinja")
SCRIPT = Path(__file__).with_name("page_explorer.js")
KINDS = {"modes": "points of a known mixture", "points": "points", "images": "images"}
BETTER = {"more": "more", "less": "less", "near": "near that of the data"}


def template_digest() -> str:
    """SHA-256 of template and script, shortened; a page is made anew when they change."""
    content = TEMPLATE.read_bytes() + SCRIPT.read_bytes()
    return hashlib.sha256(content).hexdigest()[:16]


def page(given: PageInput) -> None:
    """Write the page of a grid; it needs no other file and no network.

    Args:
        given: The files and what the parameters say.

    Raises:
        UserError: A file is missing or damaged.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    text = template.render(
        title=labels.clean(given.title),
        seeds=given.seeds,
        tables=[_captioned(path) for path in given.tables],
        figures=[_figure(path, given.datasets) for path in given.figures],
        datasets=[_dataset(dataset) for dataset in given.datasets],
        metrics=_metrics(given.datasets),
        paper=_paper(given.paper, len(given.seeds)) if given.paper else None,
        files=_files([*given.tables, *given.figures]),
    )
    write_text(given.out, text)


def _paper(given: PaperInput, seeds: int) -> dict[str, Any]:
    """What only the report of the paper's grid shows."""
    from markupsafe import Markup

    from coupled_vae.reporting import page_beside, page_docs
    from coupled_vae.reporting.page_explorer import explorers
    from coupled_vae.reporting.page_paper import sections

    explored = explorers(given.explored)
    script = SCRIPT.read_text(encoding="utf-8") if explored else ""
    return sections(given) | {
        "explorers": explored,
        "script": Markup(script),
        "script_digest": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        "failed": page_beside.failed(given.datasets, given.metrics),
        "cells": page_beside.count(given.datasets, seeds),
        "docs": {name: _table(text) if text else "" for name, text in page_docs.texts().items()},
        "parameters": given.parameters,
        "command": given.command,
        "files": _files([given.metrics, given.resampling]),
    }


def _files(paths: list[Path]) -> list[dict[str, str]]:
    return [
        {"path": str(path), "sha256": hashlib.sha256(_bytes(path)).hexdigest()} for path in paths
    ]


def _captioned(path: Path) -> dict[str, object]:
    kind, _ = split("tables", path.stem)
    return {"caption": first_line("tables", kind), "content": _table(read_text(path))}


def _table(text: str) -> object:
    """Markdown tables with their notes as HTML; text of a table is escaped."""
    from markdown_it import MarkdownIt
    from markupsafe import Markup

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    return Markup(markdown.render(text))  # its HTML is escaped


def _figure(path: Path, datasets: list[PageDataset]) -> dict[str, str]:
    kind, name = split("figures", path.stem)
    of = "".join(f" {labels.clean(own.label)}." for own in datasets if own.name == name)
    content = base64.b64encode(_bytes(path)).decode()
    return {"content": content, "caption": first_line("figures", kind) + of}


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}") from None


def _dataset(given: PageDataset) -> dict[str, Any]:
    return {
        "name": given.name,
        "label": labels.clean(given.label),
        "facts": [*_facts(given)],
        "files": _files([*given.files, given.data]),
        "problem": [*_problem(given.problem)],
        "models": [
            {
                "label": labels.clean(model.label),
                "kind": model.kind,
                "args": [(name, json.dumps(value)) for name, value in model.args.items()],
                "derived": model.derived,
            }
            for model in given.models
        ],
    }


def _facts(given: PageDataset) -> Iterator[tuple[str, str]]:
    """Names and values of what is known of a dataset."""
    yield "Kind", f"{KINDS[given.traits.kind]}, from the kind {given.kind}"
    if facts := given.facts:
        yield "Training data", f"{facts.rows}"
        yield "Held-out data", f"{facts.held_out or 'none'}"
        yield from _shape(facts)
        yield "Classes", f"{facts.classes or 'none'}"
    if given.args:
        yield "Arguments", _pairs(given.args)


def _shape(facts: Facts) -> Iterator[tuple[str, str]]:
    if facts.image:
        height, width, channels = facts.image
        yield "Image", f"{height} x {width} pixels, channels: {channels}"
    else:
        yield "Coordinates", f"{facts.columns}"


def _problem(problem: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in problem.items():
        if isinstance(value, dict):
            args = _pairs(value.get("args", {}))
            yield name.capitalize(), f"{value['kind']}{f': {args}' if args else ''}"
        else:
            yield name.replace("_dim", " dimension").capitalize(), json.dumps(value)


def _pairs(args: dict[str, Any]) -> str:
    return ", ".join(f"{name}={json.dumps(value)}" for name, value in args.items())


def _metrics(datasets: list[PageDataset]) -> list[dict[str, str]]:
    """The metrics that are measured of any dataset, in the catalogue's order."""
    measured = {name for dataset in datasets for name in dataset.traits.metrics()}
    return [
        {
            "name": name,
            "meaning": metric.meaning,
            "better": BETTER[metric.better],
            "source": metric.source,
        }
        for name, metric in catalogue.METRICS.items()
        if name in measured
    ]
