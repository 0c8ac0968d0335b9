"""Command line: arguments only. What a command needs is imported when it runs."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from coupled_vae import report_cli, stash
from coupled_vae.errors import exit_status
from coupled_vae.machine import single_threaded


def _chunk(args: argparse.Namespace) -> None:
    from coupled_vae.chunk import run_cells

    def run(words: list[str]) -> None:
        step = _parser().parse_args(words)
        step.function(step)

    def together(commands: list[list[str]]) -> None:
        from coupled_vae.cell import Cell, read_spec
        from coupled_vae.together import train_together

        first, *others = (_parser().parse_args(words) for words in commands)
        cells = [Cell.parse(step.cell) for step in (first, *others)]
        train_together(cells, read_spec(first.spec), first.data, first.code, first.checkpoints)

    run_cells(args.plan, args.stash, run, together)


def _check(args: argparse.Namespace) -> None:
    from coupled_vae import params

    params.check_args(params.load(args.params), args.params)


def _data(args: argparse.Namespace) -> None:
    from coupled_vae import dataset, registry
    from coupled_vae.cell import read_json

    config = registry.config("data", args.kind, read_json(args.args, "--args"), "--args")
    module = registry.load("data", args.kind)
    dataset.save(args.out, (module.held_out if args.held_out else module.generate)(config))


def _train(args: argparse.Namespace) -> None:
    from coupled_vae.cell import Cell, read_spec
    from coupled_vae.train import train

    cell = Cell.parse(args.cell)
    train(cell, read_spec(args.spec), args.data, args.code, args.checkpoints, args.out)


def _draw(args: argparse.Namespace) -> None:
    from coupled_vae.cell import Cell, read_json, read_spec
    from coupled_vae.draw import draw
    from coupled_vae.measurement import Evaluation
    from coupled_vae.schema import parse

    evaluation = parse(Evaluation, read_json(args.evaluation, "--evaluation"), "--evaluation")
    cell, spec = Cell.parse(args.cell), read_spec(args.spec)
    settings = evaluation.draw_settings(evaluation.type_of(args.held_out))
    draw(cell, spec, settings, args.data, args.held_out, args.weights, args.out)


def _explain(args: argparse.Namespace) -> None:
    from coupled_vae.cell import Cell, read_json, read_spec
    from coupled_vae.experiments import Explanations
    from coupled_vae.explain import Trained, explain
    from coupled_vae.schema import parse

    cells = [
        Trained(cell=Cell.parse(cell), spec=read_spec(spec), weights=Path(weights))
        for cell, spec, weights in read_json(args.cells, "--cells")
    ]
    settings = parse(Explanations, read_json(args.settings, "--settings"), "--settings")
    explain(cells, settings, args.data, args.out)


def _scaling(args: argparse.Namespace) -> None:
    from coupled_vae.cell import read_json, read_spec
    from coupled_vae.experiments import Scaling
    from coupled_vae.scaling import scaling
    from coupled_vae.schema import parse

    settings = parse(Scaling, read_json(args.settings, "--settings"), "--settings")
    scaling(read_spec(args.spec), settings, args.data, args.out)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="coupled-vae", description="The pipeline's single steps.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, function: Callable[[argparse.Namespace], None], text: str
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(function=function)
        return sub

    check = command("check", _check, "validate a parameter file")
    check.add_argument("params", type=Path, nargs="?", default=Path("params.yaml"))

    data = command("data", _data, "generate a dataset")
    data.add_argument("--kind", required=True)
    data.add_argument("--args", required=True, help="JSON")
    data.add_argument("--held-out", action="store_true", help="what is not trained on")
    data.add_argument("--out", type=Path, required=True)

    train = command("train", _train, "train one cell of the grid")
    train.add_argument("--code", default="", help="fingerprint of the training code")
    train.add_argument("--checkpoints", type=Path, default=Path("results/checkpoints"))
    draw = command("draw", _draw, "draw from a trained cell what evaluation and figures need")
    draw.add_argument("--evaluation", required=True, help="JSON")
    draw.add_argument("--held-out", type=Path, help="of images")
    draw.add_argument("--weights", type=Path, required=True)
    for sub in (train, draw):
        sub.add_argument("--cell", required=True, help="dataset/model/seed")
        sub.add_argument("--spec", required=True, help="JSON of problem, kind, args")
        sub.add_argument("--data", type=Path, required=True)
        sub.add_argument("--out", type=Path, required=True)
    chunk = command("chunk", _chunk, "run the steps of several cells in one process")
    chunk.add_argument("--plan", type=Path, required=True, help="JSON of the cells' commands")
    chunk.add_argument("--stash", type=Path, required=True, help="where their results are kept")
    explain = command("explain", _explain, "measure the paper's explanations on trained cells")
    explain.add_argument("--cells", required=True, help="JSON: [[cell, spec, weights.pt], ...]")
    explain.add_argument("--settings", required=True, help="JSON: experiments.explanations")
    explain.add_argument("--data", type=Path, required=True)
    explain.add_argument("--out", type=Path, required=True, help="folder")
    scaling = command("scaling", _scaling, "measure how seconds and memory grow")
    scaling.add_argument("--spec", required=True, help="JSON of problem, kind, args")
    scaling.add_argument("--settings", required=True, help="JSON: experiments.scaling")
    scaling.add_argument("--data", type=Path, required=True)
    scaling.add_argument("--out", type=Path, required=True, help="CSV")
    report_cli.register(command)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit status."""
    words = sys.argv[1:] if argv is None else argv
    args = _parser().parse_args(words)
    single_threaded()

    def action() -> int:
        if not ("cell" in args and stash.take(words)):
            args.function(args)
        return 0

    return exit_status(action)
