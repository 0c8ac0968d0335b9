"""Which cells are computed together: those of one model that a dry run names, a chunk at a time."""

import json
from pathlib import Path

import pytest
from small import small_params

from coupled_vae.plan.steps import Plan
from coupled_vae.run import chunks
from coupled_vae.run.record import Job
from coupled_vae.runtime.errors import UserError


def jobs(model, *seeds, rules=("draw_cell", "train_cell")):
    for rule in rules:
        for seed in seeds:
            cell = {"root": "results", "dataset": "mog", "model": model, "seed": str(seed)}
            yield Job(0, rule, cell)


@pytest.fixture(scope="module")
def plan():
    return Plan(small_params())


def names(found):
    return [sorted(cells) for cells in found]


def test_a_chunk_has_cells_of_one_model_and_at_most_its_size(plan):
    asked = [*jobs("wae", 0, 1, 2), Job(0, "make_data", {"dataset": "mog"}), *jobs("vae", 0)]
    assert names(chunks._chunks(plan, asked, 2)) == [
        ["results_mog_wae_0", "results_mog_wae_1"],
        ["results_mog_wae_2"],
        ["results_mog_vae_0"],
    ]


def test_a_cells_jobs_are_in_their_order_and_as_planned(plan):
    (cells,) = chunks._chunks(plan, jobs("wae", 3), 9)
    (steps,) = cells.values()
    assert [command for command, _ in steps] == ["train", "draw"]
    cell = {"root": "results", "dataset": "mog", "model": "wae", "seed": "3"}
    assert steps[0][1] == plan.job("train", **cell).text()


def test_a_chunk_is_named_after_its_first_cell(tmp_path, monkeypatch, plan):
    monkeypatch.chdir(tmp_path)
    (cells,) = chunks._chunks(plan, jobs("wae", 0, 1), 2)
    name = chunks._write(cells)
    assert name == "results_mog_wae_0_and_1"
    assert len(json.loads(Path(chunks.FOLDER, f"{name}.json").read_text())) == 2


@pytest.mark.parametrize("text", ["0", "-1", "two", ""])
def test_a_size_that_is_none_is_one_line(monkeypatch, text):
    monkeypatch.setenv(chunks.SIZE, text)
    with pytest.raises(UserError, match=f"{chunks.SIZE}={text!r} is not a whole number"):
        chunks.size()
