"""Cells in bulk: what a chunk leaves is what each cell's own job would have written."""

import json
from pathlib import Path

import numpy as np
import pytest
from small import small_params

from coupled_vae.config.traits import Traits
from coupled_vae.data import dataset
from coupled_vae.pipeline.cell import Spec
from coupled_vae.plan.jobs import DrawJob, TrainJob
from coupled_vae.plan.provenance import execute
from coupled_vae.run import chunk_runner as chunk
from coupled_vae.run import stash
from coupled_vae.runtime.errors import UserError

PARAMS = small_params()
SPEC = Spec(problem=PARAMS.datasets["mog"].problem, kind="vae", args=PARAMS.args("vae", "mog"))
SETTINGS = PARAMS.evaluation.draw_settings(Traits(kind="modes"))
DATA = Path("data.npz")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_data(1)
    return tmp_path


def save_data(first):
    x = np.array([[first, 0], [0, 1]], np.float32)
    dataset.save(DATA, dataset.Dataset(x=x, label=np.array([0, 1])))


def jobs(seed, model="vae", code="c0de"):
    cell, run = f"mog/{model}/{seed}", Path(f"runs/{model}/{seed}")
    common = {"cell": cell, "spec": SPEC, "data": DATA, "code": code}
    weights = run / "weights.pt"
    return [
        TrainJob(**common, out=run, timing=Path(f"timings/{model}/{seed}.json")),
        DrawJob(**common, settings=SETTINGS, weights=weights, out=run / "draws.npz"),
    ]


class Steps:
    """Writes what it was told and has read; fails as it is told to."""

    def __init__(self, monkeypatch, *failing):
        self.failing, self.ran = failing, []
        monkeypatch.setattr(TrainJob, "run", lambda job: self.train(job))
        monkeypatch.setattr(DrawJob, "run", lambda job: self.draw(job))

    def begin(self, job):
        self.ran.append((job.command, job.cell))
        if self.ran[-1] in self.failing:
            raise UserError(f"{self.ran[-1]} failed")

    def train(self, job):
        self.begin(job)
        for path in (*job.outputs(), *job.measurements()):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{path.name} of {job.cell}")

    def draw(self, job):
        self.begin(job)
        job.out.write_text(f"draws from {job.weights.read_text()}")


def run(cells, together=lambda jobs: None):
    plan = [[(job.command, job.text()) for job in own] for own in cells]
    Path("plan.json").write_text(json.dumps(plan))
    chunk.run_cells(Path("plan.json"), Path("stash"), together=together)


@pytest.fixture
def stashed(monkeypatch):
    monkeypatch.setenv(stash.STASH, "stash")


def written(folder):
    return {str(f): f.read_bytes() for f in sorted(Path(folder).rglob("*")) if f.is_file()}


def test_each_cell_takes_what_it_would_have_written(monkeypatch, stashed):
    Steps(monkeypatch)
    run([jobs(0), jobs(1)])
    assert not Path("runs").exists()
    assert all(stash.take(job) for seed in (0, 1) for job in jobs(seed))
    taken = written("runs") | written("timings")
    assert Path("runs/vae/1/draws.npz").read_text() == "draws from weights.pt of mog/vae/1"
    for name in taken:
        Path(name).unlink()
    for job in (*jobs(0), *jobs(1)):
        execute(job)
    assert written("runs") | written("timings") == taken
    assert len(taken) == 2 * 7  # three and a record, one and a record, the timing


def test_nothing_is_taken_where_there_are_no_chunks():
    assert not stash.take(jobs(0)[0])


@pytest.mark.parametrize("change", ["an input", "an argument", "the weights"])
def test_what_was_computed_of_something_else_is_not_taken(monkeypatch, stashed, change):
    Steps(monkeypatch)
    run([jobs(0)])
    train, draw = jobs(0)
    if change == "an input":
        save_data(2)
        wanted = train
    elif change == "an argument":
        wanted = jobs(0, code="other")[0]
    else:
        stash.take(train)
        Path("runs/vae/0/weights.pt").write_text("other weights")
        wanted = draw
    with pytest.raises(UserError, match="its chunk did not come to it"):
        stash.take(wanted)


def test_a_failed_cell_tells_its_error_and_the_others_are_run(monkeypatch, stashed):
    Steps(monkeypatch, ("train", "mog/vae/1"))
    with pytest.raises(UserError, match=r"1 of 3 cells failed; the first: .*'mog/vae/1'"):
        run([jobs(0), jobs(1), jobs(2)])
    assert stash.take(jobs(2)[0])
    with pytest.raises(UserError, match="'mog/vae/1'"):
        stash.take(jobs(1)[0])


def test_a_chunk_run_again_repeats_no_finished_job(monkeypatch, stashed):
    Steps(monkeypatch, ("draw", "mog/vae/1"))
    with pytest.raises(UserError):
        run([jobs(0), jobs(1)])
    again = Steps(monkeypatch)
    run([jobs(0), jobs(1)])
    assert again.ran == [("draw", "mog/vae/1")]
    assert all(stash.take(job) for job in jobs(1))


def test_an_unexpected_error_is_told_too(monkeypatch):
    def broken(job):
        raise ZeroDivisionError

    monkeypatch.setattr(TrainJob, "run", broken)
    with pytest.raises(UserError, match="1 of 1 cells failed; the first: ZeroDivisionError"):
        run([jobs(0)])


def test_full_disk(monkeypatch, stashed):
    Steps(monkeypatch)
    run([jobs(0)])

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stash.shutil, "copyfile", full)
    with pytest.raises(UserError, match="cannot be written: No space left on device"):
        stash.take(jobs(0)[0])
    assert written("runs") == {}


def test_only_jobs_that_differ_in_the_seed_are_trained_together(monkeypatch):
    Steps(monkeypatch)
    asked = []
    cells = [[jobs(0)[0]], [jobs(0, "wae")[0]], [jobs(1)[0]], [jobs(2, code="other")[0]]]
    run(cells, asked.append)
    assert asked == [[*cells[0], *cells[2]]]
    run([*cells, [jobs(3)[0]]], asked.append)  # the others are in the stash
    assert len(asked) == 1
