"""What is told of a run: jobs done and the time left, from Snakemake's own messages."""

import pytest
from small import TOP  # noqa: F401  (puts workflow on the path)

from coupled_vae.run import story

STATS = ["job         count", "--------  -------", "train_cell      3", "total           3"]


def start(number, rule="train_cell"):
    return [
        f"rule {rule}:",
        "    output: weights.pt",
        f"    jobid: {number}",
        "Select jobs to execute...",
    ]


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still but for the lines ``("wait", seconds)``."""
    now = [1000.0]
    monkeypatch.setattr(story.time, "monotonic", lambda: now[0])

    def play(lines):
        for line in lines:
            if isinstance(line, tuple):
                now[0] += line[1]
            else:
                yield line + "\n"

    return play


def told(clock, lines):
    return list(story.Story().tell(clock([*STATS, *lines])))


def test_time_left_is_what_waits_and_runs_at_the_mean_time(clock):
    lines = [
        *start(1),
        *start(2),
        ("wait", 100),
        "Finished jobid: 1 (Rule: train_cell)",
        *start(3),
        "1 of 3 steps (33%) done",
    ]
    # Job 2 has run its 100 seconds, job 3 has 100 before it, and two run at once.
    assert told(clock, lines) == ["1 of 3 jobs done, about 0:50 left"]


def test_no_time_is_guessed_for_a_rule_that_never_finished(clock):
    lines = [*start(1), *start(2, "draw_cell"), "Finished jobid: 1 (Rule: train_cell)"]
    assert told(clock, [*lines, "1 of 3 steps (33%) done"]) == ["1 of 3 jobs done"]


def test_a_failed_job_no_longer_runs(clock):
    failure = ["Error in rule train_cell:", "    jobid: 2", "    log: x.log", ""]
    lines = [*start(1), *start(2), ("wait", 60), "Finished jobid: 1 (Rule: train_cell)", *failure]
    teller = story.Story()
    list(teller.tell(clock([*STATS, *lines])))
    assert not teller.running
    assert [job["log"] for job in teller.failed] == ["x.log"]


def test_lines_of_the_jobs_are_passed_on_and_noise_is_not(clock):
    lines = ["Building DAG of jobs...", "mog/vae/0   9 %  loss 1.0  0:10 left", *start(1)]
    assert told(clock, lines) == ["mog/vae/0   9 %  loss 1.0  0:10 left"]


SBATCH = [
    "Error in rule train_cell:",
    "    message: SLURM sbatch failed. The error message was 'sbatch: error: invalid partition'.",
    "    sbatch call:",
    "        sbatch --parsable -p nowhere",
    "For further error details see the cluster/cloud log and the log files.",
    "    jobid: 2",
    "    output: weights.pt",
    "    log: logs/results/train/mog/wae/0.log (check log file(s) for error details)",
    "",
]


def test_a_message_of_several_lines_is_one_failure(clock):
    heard = story.Story()
    list(heard.tell(clock([*STATS, *start(2), *SBATCH])))
    assert list(heard.failures()) == [
        "failed: results/train/mog/wae/0: sbatch: error: invalid partition "
        "(log: logs/results/train/mog/wae/0.log)"
    ]
    assert not heard.running


def test_a_job_that_is_run_again_has_not_failed_yet(clock):
    again = ["Trying to restart job 2.", "Finished jobid: 2 (Rule: train_cell)"]
    heard = story.Story()
    said = list(heard.tell(clock([*STATS, *start(2), *SBATCH, *again])))
    assert said == ["results/train/mog/wae/0: sbatch: error: invalid partition; it is run again"]
    assert list(heard.failures()) == []


def test_a_failure_without_a_log_is_told(clock):
    heard = story.Story()
    lines = [
        "Error in rule train_cell:",
        "    message: Job submission failed: no",
        "    jobid: 2",
        "",
    ]
    list(heard.tell(clock([*STATS, *start(2), *lines])))
    assert list(heard.failures()) == ["failed: train_cell: Job submission failed: no (log: .)"]
