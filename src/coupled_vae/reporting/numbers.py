r"""Every number of the paper's grid as a macro of LaTeX, so that a text quotes it by its name.

``\input{numbers}`` and then ``\cvaeHighDensityRatioMog``: model, metric and dataset. A text that is
set again after a new run has the new numbers.
"""

import math
import re
from collections.abc import Iterator
from pathlib import Path

from coupled_vae.metrics.catalogue import METRICS
from coupled_vae.reporting.rows import MeasuredDataset
from coupled_vae.reporting.tables._results import read
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import write_text

DIGITS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
HEAD = r"""Numbers of the paper's grid, a macro each: \input this file, then write a macro.
Do not edit: the file is made from metrics.csv, by `make reproduce`.

A name is model, metric and dataset, in letters alone: \cvaeHighDensityRatioMog is the mean over the
training seeds, \cvaeHighDensityRatioMogStd the standard deviation between them (n/a of one seed).
Numbers have the scale and the decimals of the tables. n/a: undefined, such as of a model that lacks
what the metric needs. \paperSeeds is the number of seeds."""


def numbers(
    datasets: list[MeasuredDataset], not_run: list[str], seeds: int, metrics: Path, out: Path
) -> None:
    """Write the macros.

    Args:
        datasets: What is measured, of which models.
        not_run: Names of the datasets that are not run, which have no macros.
        seeds: Number of the training seeds.
        metrics: The frame of record.
        out: The file.

    Raises:
        UserError: The frame is missing, damaged or incomplete, or two numbers have one name.
    """
    macros = [("paperSeeds", f"{seeds}")]
    for dataset in datasets:
        macros += _of_dataset(dataset, metrics)
    _check_unique([name for name, _ in macros])
    comment = "".join(f"% {line}".rstrip() + "\n" for line in _header(datasets, not_run))
    lines = [rf"\newcommand{{\{name}}}{{{text}}}" for name, text in macros]
    write_text(out, comment + "\n" + "\n".join(lines) + "\n")


def macro(model: str, metric: str, dataset: str, statistic: str = "") -> str:
    """Name of a macro, without its backslash: letters alone, beginning with a small one."""
    name = "".join(_camel(part) for part in (model, metric, dataset, statistic) if part)
    return name[0].lower() + name[1:]


def _camel(name: str) -> str:
    """``vae_nf`` as ``VaeNf``, ``w2_to_data`` as ``WTwoToData``."""
    spelled = re.sub(r"\d", lambda digit: f"_{DIGITS[int(digit[0])]}_", name)
    return "".join(word[0].upper() + word[1:] for word in re.split("[^a-zA-Z]+", spelled) if word)


def _of_dataset(dataset: MeasuredDataset, metrics: Path) -> Iterator[tuple[str, str]]:
    values = read(metrics, "value", dataset.name, dataset.models, dataset.metrics)
    for model in dataset.models:
        for metric in dataset.metrics:
            yield macro(model, metric, dataset.name), _shown(metric, values.mean(model, metric))
            deviation = values.std(model, metric)
            yield macro(model, metric, dataset.name, "std"), _shown(metric, deviation)


def _shown(metric: str, value: float) -> str:
    """A number as text of LaTeX, also inside mathematics; a minus is one, not a hyphen."""
    if math.isnan(value):
        return "n/a"
    _, decimals, scale = METRICS[metric].shown
    text = f"{scale * value:.{decimals}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return rf"\ensuremath{{{text}}}" if text.startswith("-") else text


def _check_unique(names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UserError(
            rf"results/numbers.tex: the macro \{twice[0]} stands for two numbers; give a model or "
            "a dataset of experiments.paper another name in params.yaml"
        )


def _header(datasets: list[MeasuredDataset], not_run: list[str]) -> Iterator[str]:
    yield from HEAD.splitlines()
    yield ""
    for dataset in datasets:
        yield f"{_camel(dataset.name)}: data {dataset.name}; models {', '.join(dataset.models)}"
    for name in not_run:
        yield f"{_camel(name)}: not run, no macros"
    yield ""
    measured = {metric for dataset in datasets for metric in dataset.metrics}
    for name, metric in METRICS.items():
        if name in measured:
            yield f"{_camel(name)}: {metric.header.replace('10⁻³', '1e-3')}. {metric.meaning}"
