"""Snakemake's logger plugin: what a run shows, of events by the interface's classes."""

import logging
import os
import re
import signal
import subprocess
import sys

import pytest
from small import TOP
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry
from snakemake_interface_logger_plugins.tests import MockOutputSettings, TestLogHandlerBase

from coupled_vae.run import record
from coupled_vae.run.record import Failure
from snakemake_logger_plugin_coupled_vae import LogHandler, counter

CELL = {"root": "results", "dataset": "mog", "model": "wae", "seed": "0"}
LOG = "logs/results/train/mog/wae/0.log"


class TestInterface(TestLogHandlerBase):
    """The checks that the interface has for every plugin."""

    __test__ = True

    def get_log_handler_cls(self):
        return LogHandler

    def get_log_handler_settings(self):
        return None


class Run:
    """Events of a run, at moments of a clock that stands still between them."""

    def __init__(self, dryrun=False):
        settings = MockOutputSettings()
        settings.dryrun = dryrun
        self.handler = LogHandler(settings, None)
        self.now = 1000.0

    def say(self, message=None, level=logging.INFO, pathname="snakemake/workflow.py", **fields):
        message = logging.LogRecord("snakemake.logging", level, pathname, 1, message, (), None)
        message.__dict__.update(fields, created=self.now)
        self.handler.emit(message)

    def plan(self, **counts):
        self.say("Job stats:", event=LogEvent.RUN_INFO, stats={**counts, "total": 9})

    def start(self, number, rule="train_cell", output=("weights.pt",)):
        more = {"wildcards": CELL, "output": [*output], "log": [LOG]}
        self.say(event=LogEvent.JOB_INFO, jobid=number, rule_name=rule, **more)

    def finish(self, number):
        self.say(event=LogEvent.JOB_FINISHED, job_id=number)

    def fail(self, number, message=None, log=(LOG,)):
        more = {"rule_name": "train_cell", "rule_msg": message, "log": [*log], "aux": {}}
        self.say(level=logging.ERROR, event=LogEvent.JOB_ERROR, jobid=number, **more)

    def error(self, message, exception):
        self.say(message, logging.ERROR, event=LogEvent.ERROR, exception=exception)

    def failures(self):
        return [str(failure) for failure in self.handler.seen.failures.values()]


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(record.RECORD, str(tmp_path / "record.jsonl"))
    return Run()


@pytest.fixture
def shown(capsys):
    return lambda: capsys.readouterr().err.splitlines()


def write_log(tmp_path, text):
    (tmp_path / LOG).parent.mkdir(parents=True)
    (tmp_path / LOG).write_text(text)


def test_time_left_is_what_waits_and_runs_at_the_mean_time(run, shown):
    run.plan(train_cell=3)
    run.start(1)
    run.start(2)
    run.now += 100
    run.start(3)
    run.finish(1)
    # Job 2 has run its 100 seconds, job 3 has 100 before it, and up to three ran at once.
    assert shown() == ["training 1 of 3 cells, about 0:33 left"]


def test_no_time_is_guessed_for_a_rule_that_never_finished(run, shown):
    run.plan(train_cell=3, draw_cell=3)
    run.start(1)
    run.start(2, "draw_cell")
    run.finish(1)
    assert shown() == ["training 1 of 3 cells"]


def test_a_counter_is_shown_at_most_every_ten_seconds_and_at_its_end(run, shown):
    run.plan(draw_cell=5)
    for number in range(5):
        run.start(number, "draw_cell")
    for number in range(5):
        run.now += 4
        run.finish(number)
    lines = [line.partition(", about")[0] for line in shown()]
    assert lines == ["drawing 1 of 5 cells", "drawing 4 of 5 cells", "drawing 5 of 5 cells"]


def test_rules_with_one_text_are_counted_together(run, shown):
    run.plan(table=1, figure=1, paper=1)
    for number, rule in enumerate(("table", "figure")):
        run.start(number, rule)
        run.finish(number)
    run.start(9, "paper", output=())
    run.finish(9)
    assert shown() == ["tables and figures, 1 of 2 files", "tables and figures, 2 of 2 files"]


def test_every_rule_that_writes_files_has_a_label():
    text = (TOP / "workflow/rules/steps.smk").read_text(encoding="utf-8")
    rules = {"chunk", *re.findall(r'Step\("(\w+)"', text)}
    assert rules <= {*counter.LABELS}
    assert len(rules) > 10


def test_what_a_job_said_last_is_its_reason(run, shown, tmp_path):
    write_log(tmp_path, "error: nan\nTraceback (most recent call):\n  x\nerror: the loss\nend\n")
    run.start(2)
    run.fail(2)
    run.error("CalledProcessError in file x:\nCommand 'y' returned 1.", "RuleException")
    run.error("At least one job did not complete successfully.", "WorkflowError")
    run.say("Exiting because a job execution failed.", logging.ERROR)
    assert run.failures() == [f"failed: results/train/mog/wae/0: error: the loss (log: {LOG})"]
    assert not run.handler.progress.running
    assert shown() == []


def test_without_an_error_of_the_projects_the_last_line_is_the_reason(run, tmp_path):
    write_log(tmp_path, "Traceback (most recent call last):\n  x\nValueError: no\n\n")
    run.fail(2)
    assert run.failures()[0].startswith("failed: results/train/mog/wae/0: ValueError: no (log")


def test_a_job_that_wrote_nothing_was_perhaps_killed(run):
    run.fail(2)
    assert "perhaps for its memory" in run.failures()[0]
    run.fail(3, log=())
    assert run.failures()[1].startswith("failed: train_cell: it was killed")
    assert "(log: " not in run.failures()[1]


SBATCH = (
    "SLURM sbatch failed. The error message was 'sbatch: error: invalid partition'.\n"
    "    sbatch call:\n        sbatch --parsable\n"
    "For further error details see the cluster/cloud log."
)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (SBATCH, "SLURM sbatch failed. The error message was 'sbatch: error: invalid partition'."),
        ("SLURM ended it: TIMEOUT\nFor further error details see", "SLURM ended it: TIMEOUT"),
        ("Job submission failed: noFor further error details see", "Job submission failed: no"),
        ("\nFor further error details see the log", "error: of the job"),
        ("For further error details see the log", "error: of the job"),
    ],
)
def test_what_the_executor_says_comes_first(run, tmp_path, message, reason):
    write_log(tmp_path, "error: of the job\n")
    run.start(2)
    run.fail(2, message, log=(LOG, "logs/slurm/7.log"))
    assert run.failures() == [f"failed: results/train/mog/wae/0: {reason} (log: {LOG})"]


def test_a_job_that_is_run_again_has_not_failed_yet(run, shown):
    run.start(2)
    run.fail(2, "SLURM ended it: TIMEOUT\n")
    run.start(2)
    run.finish(2)
    again, *_ = shown()
    assert again == "results/train/mog/wae/0: SLURM ended it: TIMEOUT; it is run again"
    assert run.failures() == []


def test_only_warnings_and_errors_of_no_job_are_shown(run, shown):
    run.say("Building DAG of jobs...")
    run.say("no account", logging.WARNING, "x/snakemake_executor_plugin_slurm/accounts.py")
    run.say("it failed\nTraceback ...", logging.ERROR, "x/snakemake_executor_plugin_slurm/a.py")
    run.say("a warning", logging.WARNING)
    run.error("MissingInputException in rule x", "MissingInputException")
    run.error("WorkflowError:\nno rule", "WorkflowError")
    run.fail(1)
    run.error("MissingOutputException in rule y", "MissingOutputException")
    assert shown() == [
        "it failed",
        "a warning",
        "MissingInputException in rule x",
        "WorkflowError:",
        "no rule",
        "MissingOutputException in rule y",
    ]


def test_where_nobody_reads_snakemake_is_stopped_once(run, monkeypatch):
    class Closed:
        def write(self, _):
            raise BrokenPipeError

    stopped = []
    monkeypatch.setattr(os, "kill", lambda *what: stopped.append(what))
    monkeypatch.setattr(sys, "stderr", Closed())
    run.say("one", logging.WARNING)
    run.say("two", logging.WARNING)
    assert stopped == [(os.getpid(), signal.SIGINT)]


def test_a_dry_run_counts_nothing(tmp_path, monkeypatch, shown):
    monkeypatch.setenv(record.RECORD, str(tmp_path / "record.jsonl"))
    run = Run(dryrun=True)
    run.plan(train_cell=1)
    run.start(1)
    run.finish(1)
    assert shown() == []
    assert [*record.read(tmp_path / "record.jsonl").jobs] == [1]


def test_snakemake_finds_the_plugin_by_its_name():
    assert LoggerPluginRegistry().get_plugin("coupled-vae").log_handler is LogHandler


RULES = """
rule all:
    input: "a.txt", "b.txt"
rule train_cell:
    output: "{seed}.txt"
    log: "logs/train/{seed}.log"
    retries: 1
    shell:
        "( echo hello {wildcards.seed}; [ {wildcards.seed} = a ] || "
        "( echo Traceback; echo 'error: bad'; exit 3 ); touch {output} ) 2>&1 | tee {log} >&2"
"""


def test_a_real_run(tmp_path):
    (tmp_path / "Snakefile").write_text(RULES)
    own = {record.RECORD: str(tmp_path / "record.jsonl"), "PYTHONPATH": str(TOP / "src")}
    options = ["--cores", "1", "--keep-going", "--workflow-profile", "none"]
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--logger", "coupled-vae", *options],
        cwd=tmp_path,
        env={**os.environ, **own},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert sorted({*lines}) == [
        "Traceback",
        "error: bad",
        "hello a",
        "hello b",
        "train/b: error: bad; it is run again",
        "training 1 of 2 cells",
    ]
    assert lines.count("train/b: error: bad; it is run again") == 1
    assert done.stdout == ""
    seen = record.read(tmp_path / "record.jsonl")
    assert {job.wildcards["seed"] for job in seen.jobs.values()} == {"a", "b"}
    (failed,) = seen.failures.values()
    assert failed == Failure(failed.number, "train/b", "error: bad", "logs/train/b.log")
    (log,) = (tmp_path / ".snakemake/log").glob("*.log")
    assert "Building DAG of jobs" in log.read_text()
