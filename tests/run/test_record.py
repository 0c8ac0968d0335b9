"""The record of a run, by which the front door knows what ran and what failed."""

from coupled_vae.run import record
from coupled_vae.run.record import Failure, Job, Record


def job(number, seed="0", model="wae", rule="train_cell"):
    return Job(number, rule, {"root": "results", "dataset": "mog", "model": model, "seed": seed})


def test_what_ran_is_counted_by_rule_and_trained_cells_are_named():
    seen = Record()
    for event in (job(1, "1"), job(2, "0"), job(3, model="vae"), job(4, rule="draw_cell")):
        seen.add(event)
    seen.add(Job(9, "paper", {}, has_output=False))
    assert seen.ran() == "3 train_cell, 1 draw_cell; trained mog/vae (seed 0), mog/wae (seed 1, 0)"
    assert Record().ran() == ""


def test_a_job_that_is_run_again_counts_once_and_has_not_failed():
    seen = Record()
    for event in (job(1), Failure(1, "a", "no", ""), job(1)):
        seen.add(event)
    assert seen.ran() == "1 train_cell; trained mog/wae (seed 0)"
    assert seen.failures == {}


def test_what_is_read_is_what_was_written(tmp_path):
    file = tmp_path / "record.jsonl"
    assert record.read(file) == Record()
    failure = Failure(1, "mog/wae/0", 'error: "quoted"\u2028 µ', "logs/a.log")
    for event in (job(1), job(2), failure):
        record.write(file, event)
    assert record.read(file) == Record({1: job(1), 2: job(2)}, {1: failure})


def test_a_line_that_was_cut_off_is_left_out(tmp_path):
    file = tmp_path / "record.jsonl"
    record.write(file, job(1))
    with file.open("a") as more:
        more.write('{"kind": "Jo')
    assert [*record.read(file).jobs] == [1]


def test_a_failure_without_a_log_is_one_line_too():
    assert str(Failure(1, "train_cell", "no", "")) == "failed: train_cell: no"
    assert str(Failure(1, "a", "no", "b.log")) == "failed: a: no (log: b.log)"
