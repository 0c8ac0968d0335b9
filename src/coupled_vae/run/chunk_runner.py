"""Several cells in one process: their jobs one after another, each as its own command would."""

import json
import shutil
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from coupled_vae.plan.jobs import COMMANDS, Job, TrainJob
from coupled_vae.plan.provenance import Place, execute
from coupled_vae.run import stash
from coupled_vae.runtime.errors import UserError

Run = Callable[[Job, Place], None]
Together = Callable[[Sequence[TrainJob]], None]


def train_together(jobs: Sequence[TrainJob]) -> None:
    """Train cells that differ in their seed alone, where that is faster."""
    from coupled_vae.pipeline.seeds_together import train_together as train

    first = jobs[0]
    train([job.of() for job in jobs], first.spec, first.data, first.code)


def run_cells(
    plan: Path, root: Path, run: Run = execute, together: Together = train_together
) -> None:
    """Run the jobs of each cell that are not in the stash yet.

    Args:
        plan: JSON of the cells: of each a list of jobs, pairs of command and text.
        root: The stash.
        run: Runs one job whose files are elsewhere for now.
        together: Gets jobs that train and differ in the seed alone, before they are run; what it
            has done in advance for any of them, ``run`` finds.

    Raises:
        UserError: A cell failed; the others have been run.
    """
    cells = [
        [COMMANDS[command].parse(text) for command, text in jobs]
        for jobs in json.loads(plan.read_text(encoding="utf-8"))
    ]
    _prepare(cells, root, together)
    failed = [error for error in (_run_cell(jobs, root, run) for jobs in cells) if error]
    if failed:
        raise UserError(f"{len(failed)} of {len(cells)} cells failed; the first: {failed[0]}")


def _prepare(cells: list[list[Job]], root: Path, together: Together) -> None:
    """Train together what can be; where that fails, the cells' own jobs tell why."""
    groups: dict[str, list[TrainJob]] = {}
    for job in (job for jobs in cells for job in jobs):
        if isinstance(job, TrainJob) and not (root / stash.key(job)).is_dir():
            groups.setdefault(_without_seed(job), []).append(job)
    for jobs in groups.values():
        if len(jobs) > 1:
            try:
                together(jobs)
            except Exception as error:
                print(f"one by one, since together: {_text(error)}", file=sys.stderr)


def _without_seed(job: TrainJob) -> str:
    """All that trains a cell but its seed, which stands in its name and in that of its files."""
    unseeded = {"cell": job.cell.rpartition("/")[0], "out": job.out.parent, "timing": Path()}
    return job.model_copy(update=unseeded).text()


def _run_cell(jobs: list[Job], root: Path, run: Run) -> str:
    """Run a cell's jobs until one fails; returns its error."""
    made: dict[Path, Path] = {}  # where the files stand that the jobs so far have written
    for job in jobs:
        folder = root / stash.key(job, partial(_place, made))
        part = folder.with_suffix(".part")
        if not folder.is_dir():
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            folder.with_suffix(".error").unlink(missing_ok=True)
            here = {file: part / file.name for file in stash.files(job)}
            here[job.outputs()[0].parent] = part
            places = {**made, **here}
            try:
                run(job, partial(_place, places))
            except Exception as error:
                text = _text(error)
                folder.with_suffix(".error").write_text(text, encoding="utf-8")
                print(f"error: {text}", file=sys.stderr)
                return text
            part.rename(folder)
        made.update({file: folder / file.name for file in stash.files(job)})
    return ""


def _place(places: dict[Path, Path], path: Path) -> Path:
    return places.get(path, path)


def _text(error: Exception) -> str:
    """What to tell of an error; of an unexpected one also where it was."""
    if not isinstance(error, UserError):
        traceback.print_exception(error)
    return str(error) or type(error).__name__
