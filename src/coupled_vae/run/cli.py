"""Command line: a command and its job. What a command needs is imported when it runs."""

import argparse
import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from coupled_vae.plan.jobs import COMMANDS, Job
from coupled_vae.runtime.errors import UserError, exit_status
from coupled_vae.runtime.machine import single_threaded


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit status."""
    single_threaded()
    args = _parser().parse_args(argv)
    return exit_status(lambda: _run(args))


def _run(args: argparse.Namespace) -> int:
    if args.command == "check":
        from coupled_vae.config import load

        load.check_args(load.load(args.params), args.params)
    elif args.command == "chunk":
        from coupled_vae.run.chunk_runner import run_cells

        run_cells(args.plan, args.stash)
    elif args.command == "sample":
        from coupled_vae.run.sample import sample

        sample(args)
    else:
        from coupled_vae.plan.provenance import execute
        from coupled_vae.run import stash

        job = COMMANDS[args.command].parse(_text(args))
        if not stash.take(job):
            execute(job)
        if args.command == "data" and args.needs:
            _check_fits(args.needs)
    return 0


def _check_fits(needs: str) -> None:
    """Whether the dataset that was just made fits what is asked of it."""
    from coupled_vae.data.fits import Needs, check_file
    from coupled_vae.plan import layout

    asked = Needs.model_validate_json(needs)
    names = (layout.DATA, layout.HELD_OUT)
    check_file(asked, *(Path(name.format(dataset=asked.name)) for name in names))


def _text(args: argparse.Namespace) -> str:
    """A job's text: as given, or in a file, such as an artifact's record, or by its fields."""
    if args.job is None:
        fields = {name: value for name, value in vars(args).items() if name.startswith("job.")}
        given = {name.removeprefix("job."): v for name, v in fields.items() if v is not None}
        kind = COMMANDS[args.command]
        return json.dumps({name: _value(kind, name, text) for name, text in given.items()})
    if not args.job.startswith("@"):
        return str(args.job)
    try:
        text = Path(args.job[1:]).read_text(encoding="utf-8")
        tree = json.loads(text)
    except (OSError, ValueError) as error:
        raise UserError(f"{args.job}: no job or record to be read there ({error})") from None
    return json.dumps(tree["job"]) if isinstance(tree, dict) and "job" in tree else text


def _value(kind: type[Job], name: str, text: str) -> Any:  # noqa: ANN401
    """A field's value: the text itself where it is one or a path, else JSON."""
    schema = TypeAdapter(kind).json_schema()["properties"][name]
    if any(one.get("type") == "string" for one in (schema, *schema.get("anyOf", ()))):
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise UserError(f"--{name.replace('_', '-')}: not JSON ({error})") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="coupled-vae", description="The pipeline's single steps.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text)

    check = command("check", "validate a parameter file")
    check.add_argument("params", type=Path, nargs="?", default=Path("params.yaml"))
    chunk = command("chunk", "run the jobs of several cells in one process")
    chunk.add_argument("plan", type=Path, help="JSON of the cells' jobs")
    chunk.add_argument("stash", type=Path, help="where their results are kept")
    _sample_options(command("sample", "draw samples of a trained model, in units of its data"))
    for name, kind in COMMANDS.items():
        sub = command(name, (kind.__doc__ or "").splitlines()[0])
        sub.add_argument("job", nargs="?", help="JSON of all fields; or @FILE, such as a record")
        for field in kind.model_fields:
            option = f"--{field.replace('_', '-')}"
            sub.add_argument(option, dest=f"job.{field}", metavar="VALUE", help="text or JSON")
        if name == "data":
            sub.add_argument("--needs", help="JSON: settings that the data must fit")
    return parser


def _sample_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="RUN", help="run folder: results/runs/mog/cvae/0")
    parser.add_argument("-n", required=True, metavar="NUMBER", help="how many")
    parser.add_argument("--seed", default="0", help="seed of the draws; 0 if left out")
    parser.add_argument("--mean", action="store_true", help="E[x|z] in place of draws of p(x|z)")
    parser.add_argument("--out", required=True, type=Path, help="file: .npy, .csv or .npz")
