"""Command line: a command and its job. What a command needs is imported when it runs."""

import argparse
from pathlib import Path

from coupled_vae.errors import UserError, exit_status
from coupled_vae.machine import single_threaded


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit status."""
    single_threaded()
    args = _parser().parse_args(argv)
    return exit_status(lambda: _run(args))


def _run(args: argparse.Namespace) -> int:
    if args.command == "check":
        from coupled_vae import params

        params.check_args(params.load(args.params), args.params)
    elif args.command == "chunk":
        from coupled_vae.chunk import run_cells

        run_cells(args.plan, args.stash)
    else:
        from coupled_vae import stash
        from coupled_vae.jobs import COMMANDS
        from coupled_vae.provenance import execute

        job = COMMANDS[args.command].parse(_text(args.job))
        if not stash.take(job):
            execute(job)
    return 0


def _text(job: str) -> str:
    """A job's text; of ``@FILE`` what stands in the file, which may be an artifact's record."""
    import json

    if not job.startswith("@"):
        return job
    try:
        text = Path(job[1:]).read_text(encoding="utf-8")
        tree = json.loads(text)
    except (OSError, ValueError) as error:
        raise UserError(f"{job}: no job or record to be read there ({error})") from None
    return json.dumps(tree["job"]) if isinstance(tree, dict) and "job" in tree else text


def _parser() -> argparse.ArgumentParser:
    from coupled_vae.jobs import COMMANDS

    parser = argparse.ArgumentParser(prog="coupled-vae", description="The pipeline's single steps.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text)

    check = command("check", "validate a parameter file")
    check.add_argument("params", type=Path, nargs="?", default=Path("params.yaml"))
    chunk = command("chunk", "run the jobs of several cells in one process")
    chunk.add_argument("plan", type=Path, help="JSON of the cells' jobs")
    chunk.add_argument("stash", type=Path, help="where their results are kept")
    for name, kind in COMMANDS.items():
        sub = command(name, (kind.__doc__ or "").splitlines()[0])
        fields = ", ".join(kind.model_fields)
        sub.add_argument("job", help=f"JSON of {fields}; or @FILE, such as a record's")
    return parser
