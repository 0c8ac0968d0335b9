"""Several cells in one process: their steps one after another, each as its own command would."""

import json
import shutil
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from coupled_vae import stash
from coupled_vae.errors import UserError

Run = Callable[[list[str]], None]


def run_cells(plan: Path, root: Path, run: Run) -> None:
    """Run the steps of each cell that are not in the stash yet.

    Args:
        plan: JSON of the cells' commands, a list of steps for each cell.
        root: The stash.
        run: Runs one command.

    Raises:
        UserError: A cell failed; the others have been run.
    """
    cells: list[list[list[str]]] = json.loads(plan.read_text(encoding="utf-8"))
    failed = [error for error in (_run_cell(steps, root, run) for steps in cells) if error]
    if failed:
        raise UserError(f"{len(failed)} of {len(cells)} cells failed; the first: {failed[0]}")


def _run_cell(steps: list[list[str]], root: Path, run: Run) -> str:
    """Run a cell's steps until one fails; returns its error."""
    made: dict[str, Path] = {}  # where the files stand that the steps so far have written
    for command in steps:
        name, target = stash.key(command, made), stash.out(command)
        folder, part = root / name, root / f"{name}.part"
        if not folder.is_dir():
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            folder.with_suffix(".error").unlink(missing_ok=True)
            place = part / target.name if target.suffix else part
            moved = {**{old: str(new) for old, new in made.items()}, str(target): str(place)}
            try:
                run([_moved(word, moved) for word in command])
            except Exception as error:
                if not isinstance(error, UserError):
                    traceback.print_exc()
                text = str(error) or type(error).__name__
                folder.with_suffix(".error").write_text(text, encoding="utf-8")
                print(f"error: {text}", file=sys.stderr)
                return text
            part.rename(folder)
        base = target.parent if target.suffix else target
        made |= {str(base / file.name): file for file in folder.iterdir()}
    return ""


def _moved(word: str, places: dict[str, str]) -> str:
    option, equals, value = word.partition("=")
    if option.startswith("--") and value in places:
        return option + equals + places[value]
    return places.get(word, word)
