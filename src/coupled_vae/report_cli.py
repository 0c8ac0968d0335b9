"""Commands of the second half of the pipeline: from draws to metrics, tables and figures."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from coupled_vae.errors import UserError

T = TypeVar("T")

Command = Callable[[str, Callable[[argparse.Namespace], None], str], argparse.ArgumentParser]


def register(command: Command) -> None:
    """Add the commands; ``command(name, function, text)`` makes an empty one."""
    evaluate = command("evaluate", _evaluate, "measure one cell")
    evaluate.add_argument("--cell", required=True, help="dataset/model/seed")
    evaluate.add_argument("--evaluation", required=True, help="JSON")
    evaluate.add_argument("--held-out", type=Path, help="of images")
    for option in ("--data", "--draws", "--timing", "--out"):
        evaluate.add_argument(option, type=Path, required=True)

    collect = command("collect", _collect, "join the metrics of all cells of an experiment")
    collect.add_argument("--experiment", required=True)
    collect.add_argument("--cells", required=True, help="JSON: {dataset/model/seed: CSV}")
    for option in ("--metrics", "--resampling", "--summaries"):
        collect.add_argument(option, type=Path, required=True, help="output")

    table1 = command("table1", _table1, "write Table 1")
    table2 = command("table2", _table2, "write Table 2")
    images = command("table-images", _images, "write the table of the image experiments")
    images.add_argument("--datasets", required=True, help="JSON: [{name, label, models, run}, ...]")
    images.add_argument("--metrics", type=Path, required=True)
    images.add_argument("--out", type=Path, required=True, help="folder")
    search = command("table-search", _search, "write the table of the search")
    for table in (table1, table2, search):
        table.add_argument("--dataset", required=True)
        table.add_argument("--models", required=True, help="JSON: [[name, label], ...]")
        table.add_argument("--metrics", type=Path, required=True)
        table.add_argument("--out", type=Path, required=True, help="folder")
    for table in (table1, table2):
        table.add_argument("--beside", default="[]", help="JSON, as --models")
        table.add_argument("--resampling", type=Path, required=True)
    search.add_argument("--not-run", action="store_true", help="without numbers")
    search.add_argument("--type", choices=("points", "images"), required=True)
    search.add_argument("--search", required=True, help="JSON: the search on this dataset")
    search.add_argument("--args", required=True, help="JSON: {model: its args in params.yaml}")

    figure1 = command("figure1", _figure1, "draw Figure 1")
    figure1.add_argument("--runs", required=True, help="JSON: [[label, draws.npz], ...]")
    figure1.add_argument("--data", type=Path, required=True)
    figure1.add_argument("--evaluation", required=True, help="JSON")
    figure1.add_argument("--figure", required=True, help="JSON: figures.figure1")
    figure1.add_argument("--out", type=Path, required=True, help="folder")

    figure3 = command("figure3", _figure3, "draw Figure 3 of a dataset of images")
    figure4 = command("figure4", _figure4, "draw Figure 4 of a dataset of images")
    for number, figure in ((3, figure3), (4, figure4)):
        figure.add_argument("--runs", required=True, help="JSON: [[label, draws.npz], ...]")
        figure.add_argument("--data", type=Path, required=True)
        figure.add_argument("--figure", required=True, help=f"JSON: figures.figure{number}")
        figure.add_argument("--name", required=True, help="stem of the files")
        figure.add_argument("--out", type=Path, required=True, help="folder")

    study = command("study", _study, "write the table and the figure of a study")
    study.add_argument("--label", required=True)
    study.add_argument("--dataset", required=True)
    study.add_argument("--rows", required=True, help="JSON: [{name, label, value, runs}, ...]")
    study.add_argument("--holes", required=True, help="JSON")
    study.add_argument("--metrics", type=Path, required=True)
    study.add_argument("--data", type=Path, required=True)
    study.add_argument("--out", type=Path, required=True, help="folder")

    explanations = command("explanations", _explanations, "write the report of the explanations")
    explanations.add_argument("--models", required=True, help="JSON: [[name, label], ...]")
    for option in ("--draws", "--plans", "--solvers", "--data", "--out"):
        explanations.add_argument(option, type=Path, required=True)

    scaling = command("report-scaling", _report_scaling, "write the report of the scaling")
    scaling.add_argument("--base", type=int, required=True, help="data, from where on all is large")
    scaling.add_argument("--measured", type=Path, required=True, help="CSV")
    scaling.add_argument("--out", type=Path, required=True, help="folder")


def _evaluate(args: argparse.Namespace) -> None:
    from coupled_vae.cell import Cell
    from coupled_vae.evaluate import evaluate
    from coupled_vae.measurement import Evaluation

    evaluation = _json(Evaluation, args.evaluation, "--evaluation")
    cell, held_out = Cell.parse(args.cell), args.held_out
    settings = evaluation.measure_settings(evaluation.type_of(held_out))
    evaluate(cell, settings, args.data, held_out, args.draws, args.timing, args.out)


def _collect(args: argparse.Namespace) -> None:
    from coupled_vae.cell import Cell
    from coupled_vae.collect import collect

    paths = _json(dict[str, Path], args.cells, "--cells")
    cells = [(Cell.parse(name), path) for name, path in paths.items()]
    collect(args.experiment, cells, args.metrics, args.resampling, args.summaries)


def _table1(args: argparse.Namespace) -> None:
    from coupled_vae.tables.table1 import table1

    table1(args.dataset, *_rows(args), args.metrics, args.resampling, args.out)


def _table2(args: argparse.Namespace) -> None:
    from coupled_vae.tables.table2 import table2

    table2(args.dataset, *_rows(args), args.metrics, args.resampling, args.out)


def _images(args: argparse.Namespace) -> None:
    from coupled_vae.tables.images import images

    datasets = _json(list[dict[str, Any]], args.datasets, "--datasets")
    images(datasets, args.metrics, args.out)


def _search(args: argparse.Namespace) -> None:
    from coupled_vae.experiments import Search
    from coupled_vae.tables.search import search

    models = _json(list[tuple[str, str]], args.models, "--models")
    experiment = _json(Search, args.search, "--search")
    in_params = _json(dict[str, dict[str, Any]], args.args, "--args")
    metrics = None if args.not_run else args.metrics
    search(args.dataset, args.type, models, experiment, in_params, metrics, args.out)


def _figure1(args: argparse.Namespace) -> None:
    from coupled_vae.figures.figure1 import figure1
    from coupled_vae.measurement import Evaluation
    from coupled_vae.params import Figure1

    runs = _json(list[tuple[str, Path]], args.runs, "--runs")
    modes = _json(Evaluation, args.evaluation, "--evaluation").mode_settings()
    figure1(runs, args.data, modes, _json(Figure1, args.figure, "--figure"), args.out)


def _figure3(args: argparse.Namespace) -> None:
    from coupled_vae.figures.figure3 import figure3
    from coupled_vae.params import Figure3

    runs = _json(list[tuple[str, Path]], args.runs, "--runs")
    figure3(runs, args.data, _json(Figure3, args.figure, "--figure"), args.out, args.name)


def _figure4(args: argparse.Namespace) -> None:
    from coupled_vae.figures.figure4 import figure4
    from coupled_vae.params import Figure4

    runs = _json(list[tuple[str, Path]], args.runs, "--runs")
    figure4(runs, args.data, _json(Figure4, args.figure, "--figure"), args.out, args.name)


def _study(args: argparse.Namespace) -> None:
    from coupled_vae.experiments import Holes
    from coupled_vae.study import StudyRow, report

    rows = _json(list[StudyRow], args.rows, "--rows")
    holes = _json(Holes, args.holes, "--holes")
    report(args.label, args.dataset, rows, holes, args.metrics, args.data, args.out)


def _explanations(args: argparse.Namespace) -> None:
    from coupled_vae.dataset import load
    from coupled_vae.figures.explanations import explanations as figure
    from coupled_vae.tables.explanations import explanations as tables

    models = _json(list[tuple[str, str]], args.models, "--models")
    load(args.data)  # damaged data are refused before the first table is written
    tables(models, args.draws, args.plans, args.solvers, args.out)
    figure(models, args.draws, args.plans, args.data, args.out)


def _report_scaling(args: argparse.Namespace) -> None:
    from coupled_vae.figures.scaling import scaling as figure
    from coupled_vae.tables.scaling import scaling as table

    table(args.measured, args.out)
    figure(args.measured, args.base, args.out)


def _rows(args: argparse.Namespace) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    pairs = list[tuple[str, str]]
    return _json(pairs, args.models, "--models"), _json(pairs, args.beside, "--beside")


def _json(schema: type[T], text: str, option: str) -> T:
    """Decode and validate the JSON of an option; a bad one is a one-line ``UserError``."""
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(schema).validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join([option, *map(str, first["loc"])])
        raise UserError(f"{place}: {first['msg']}") from None
