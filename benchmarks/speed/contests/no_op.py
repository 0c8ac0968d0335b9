"""A run of the pipeline that finds nothing to do, in a copy with invented finished outputs."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import count, islice
from pathlib import Path

import yaml

from coupled_vae.config import inherit
from coupled_vae.config.load import load
from coupled_vae.plan import targets
from coupled_vae.plan.jobs import Job
from coupled_vae.plan.provenance import Record, sha256, specification
from coupled_vae.plan.steps import Plan
from coupled_vae.reporting.performance import Row
from coupled_vae.runtime.files import write_json
from coupled_vae.runtime.project import SOURCE, TOP
from speed.race import with_times
from speed.settings import Settings

TITLE = "A run that finds all up to date"
CASE = "`python -m coupled_vae.run paper -- -n`"
MODELS = ["vae", "vae_nf", "wae", "infovae", "cvae"]
UP_TO_DATE = "nothing to do, all is up to date"


def finished(folder: Path, cells: int) -> None:
    """Parameters of so many cells on the mixture in a folder, and outputs as of a finished run."""
    tree = inherit.read(TOP / "params.yaml")
    # Without the seeds of the search, which the paper's may not share.
    search = tree["experiments"]["search"]
    taken = {*search["trials"]["seeds"], *search["finals"]["seeds"]}
    free = (seed for seed in count() if seed not in taken)
    seeds = list(islice(free, cells // len(MODELS)))
    grid = {"datasets": ["mog"], "models": MODELS, "seeds": seeds}
    tree["experiments"]["paper"] |= grid
    (folder / "params.yaml").write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")
    plan = Plan(load(folder / "params.yaml"))
    known = dict[str, str]()  # specification by file
    with contextlib.chdir(folder):
        for step, wildcards in targets.all_targets(plan)["paper"]:
            _write(plan.job(step, **wildcards), known)


def _write(job: Job, known: dict[str, str]) -> None:
    """Invent the outputs of a job, with a true record."""
    inputs = [str(path) for path in job.inputs()]
    specified = specification(job, {path: known[path] for path in inputs})
    for path in job.outputs():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{path}\n", encoding="utf-8")
        known[str(path)] = specified
    record = Record(
        command=job.command,
        job=json.loads(job.text()),
        specification=specified,
        folder=str(job.record().parent),
        inputs={path: sha256(Path(path)) for path in inputs},
        outputs={path.name: sha256(path) for path in job.outputs()},
    )
    write_json(job.record(), record.tree())


def dry_run(folder: Path) -> float:
    """Seconds of a dry run of the paper.

    Raises:
        RuntimeError: It would do something.
    """
    command = [sys.executable, "-m", "coupled_vae.run", "--directory", str(folder), "paper"]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    start = time.perf_counter()
    done = subprocess.run(
        [*command, "--", "-n"], cwd=TOP, env=environment, capture_output=True, text=True
    )
    seconds = time.perf_counter() - start
    if UP_TO_DATE not in done.stderr:
        raise RuntimeError(f"the dry run found work to do: {done.stderr.strip()[-500:]}")
    return seconds


def rows(settings: Settings) -> list[Row]:
    """Seconds at three sizes."""
    found = []
    for cells in (25,) if settings.small else (50, 500, 5000):
        with tempfile.TemporaryDirectory(prefix="coupled-vae-speed-") as name:
            finished(Path(name), cells)
            dry_run(Path(name))  # digests are remembered, as after a run
            seconds = [dry_run(Path(name)) for _ in range(settings.pick(3, 1))]
        row = Row(contest=TITLE, case=CASE, side=f"ours, {cells} cells")
        found.append(with_times(row, seconds))
    return found
