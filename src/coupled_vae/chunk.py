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
Together = Callable[[list[list[str]]], None]


def run_cells(plan: Path, root: Path, run: Run, together: Together) -> None:
    """Run the steps of each cell that are not in the stash yet.

    Args:
        plan: JSON of the cells' commands, a list of steps for each cell.
        root: The stash.
        run: Runs one command.
        together: Gets commands to train that differ in the seed alone, before they are run; what it
            has done in advance for any of them, ``run`` finds.

    Raises:
        UserError: A cell failed; the others have been run.
    """
    cells: list[list[list[str]]] = json.loads(plan.read_text(encoding="utf-8"))
    _prepare(cells, root, together)
    failed = [error for error in (_run_cell(steps, root, run) for steps in cells) if error]
    if failed:
        raise UserError(f"{len(failed)} of {len(cells)} cells failed; the first: {failed[0]}")


def _prepare(cells: list[list[list[str]]], root: Path, together: Together) -> None:
    """Train together what can be; where that fails, the cells' own steps tell why."""
    groups: dict[tuple[str, ...], list[list[str]]] = {}
    for command in (step for steps in cells for step in steps if step[0] == "train"):
        if not (root / stash.key(command, {})).is_dir():
            groups.setdefault(_without_seed(command), []).append(command)
    for commands in groups.values():
        if len(commands) > 1:
            try:
                together(commands)
            except Exception as error:
                print(f"one by one, since together: {_text(error)}", file=sys.stderr)


def _without_seed(command: list[str]) -> tuple[str, ...]:
    """A command to train, but for the seed in the cell's name and its folder."""
    own = {command.index(option) + 1 for option in ("--cell", "--out")}
    return tuple(word.rpartition("/")[0] if i in own else word for i, word in enumerate(command))


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
                text = _text(error)
                folder.with_suffix(".error").write_text(text, encoding="utf-8")
                print(f"error: {text}", file=sys.stderr)
                return text
            part.rename(folder)
        base = target.parent if target.suffix else target
        made |= {str(base / file.name): file for file in folder.iterdir()}
    return ""


def _text(error: Exception) -> str:
    """What to tell of an error; of an unexpected one also where it was."""
    if not isinstance(error, UserError):
        traceback.print_exception(error)
    return str(error) or type(error).__name__


def _moved(word: str, places: dict[str, str]) -> str:
    option, equals, value = word.partition("=")
    if option.startswith("--") and value in places:
        return option + equals + places[value]
    return places.get(word, word)
