"""Cheap jobs in bulk: cells of one model are computed a chunk at a time, in one process each.

``COUPLED_VAE_CHUNK`` says how many cells a chunk has. First the chunks run, as jobs;
then each cell's own jobs take over what its chunk has computed, where the run was started. So
provenance is that of single cells, and the size of a chunk changes nothing.
"""

import json
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from coupled_vae.config.cells import split
from coupled_vae.plan.steps import Plan
from coupled_vae.run import guard
from coupled_vae.run.engine import snakemake
from coupled_vae.run.record import Job
from coupled_vae.run.stash import STASH
from coupled_vae.runtime.errors import UserError

SIZE = "COUPLED_VAE_CHUNK"
FOLDER = Path("results/checkpoints/chunks")
# Rules of a cell, in their order, and the plan's steps.
STEPS = {"train_cell": "train", "draw_cell": "draw", "evaluate_cell": "evaluate"}
CELL = ("root", "dataset", "model", "seed")

Cells = dict[str, list[tuple[str, str]]]  # command and text of each job of a cell, by its name


def size() -> int:
    """Cells a chunk; 1, no chunks, if ``COUPLED_VAE_CHUNK`` is unset.

    Raises:
        UserError: It is not a number above zero.
    """
    text = os.environ.get(SIZE, "1")
    if not text.isdecimal() or int(text) < 1:
        raise UserError(f"{SIZE}={text!r} is not a whole number of cells above zero")
    return int(text)


def compute(targets: list[str]) -> None:
    """Compute all cells that the targets need, and leave their results for the cells' jobs.

    A cell that fails is no failure here: its own job tells of it. Where not even the plan can be
    made, nothing is computed, and the run itself tells why.
    """
    if snakemake(["data"])[0]:
        return
    status, record = snakemake(targets, "--dry-run", show=False)
    if status:
        return
    params = guard.checked_params(Path("params.yaml"))
    plan = Plan(params, guard.left_out(params))
    names = [_write(cells) for cells in _chunks(plan, record.jobs.values(), size())]
    if not names:
        return
    # What other code has computed is another result.
    os.environ[STASH] = str(FOLDER.absolute() / f"stash-{guard.code_digest()[:16]}")
    done = [str(FOLDER / f"{name}.done") for name in names]
    _, record = snakemake(done, "--drop-metadata")
    for failure in record.failures.values():
        print(failure, file=sys.stderr)


def forget() -> None:
    """Delete what chunks have left."""
    shutil.rmtree(FOLDER, ignore_errors=True)


def _chunks(plan: Plan, jobs: Iterable[Job], cells: int) -> list[Cells]:
    """Jobs of the cells to be computed, by the cell's name, a dictionary for each chunk."""
    steps = [job for job in jobs if job.rule in STEPS]
    steps.sort(key=lambda job: [*STEPS].index(job.rule))
    groups: dict[tuple[str, str], Cells] = {}
    for job in steps:
        cell = job.wildcards
        group = cell["root"], split(cell["model"])[0]
        name = "_".join([*cell["root"].split("/"), cell["dataset"], cell["model"], cell["seed"]])
        planned = plan.job(STEPS[job.rule], **{key: cell[key] for key in CELL})
        jobs_of_cell = groups.setdefault(group, {}).setdefault(name, [])
        jobs_of_cell.append((planned.command, planned.text()))
    found = []
    for own in groups.values():
        names = sorted(own)
        for i in range(0, len(names), cells):
            found.append({name: own[name] for name in names[i : i + cells]})
    return found


def _write(cells: Cells) -> str:
    """Write a chunk's plan; returns the chunk's name."""
    first, *others = cells
    name = f"{first}_and_{len(others)}" if others else first
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(list(cells.values())), encoding="utf-8")
    return name
