"""What SLURM's answers mean for a run, without SLURM."""

import asyncio
from types import SimpleNamespace

import pytest
from small import TOP

from coupled_vae.run import slurm
from coupled_vae.runtime.errors import UserError


class Executor:
    """The part of the plugin's executor that is used."""

    def __init__(self, array_jobs=()):
        self.array_jobs = array_jobs
        self.done, self.failed = [], {}

    def report_job_success(self, job):
        self.done.append(job.external_jobid)

    def report_job_error(self, job, msg, aux_logs):
        self.failed[job.external_jobid] = msg


def job(number, *output):
    snakemakes = SimpleNamespace(output=output)
    log = {"slurm_logfile": f"{number}.log"}
    return SimpleNamespace(external_jobid=str(number), aux=log, job=snakemakes)


@pytest.fixture
def executor():
    return Executor()


def looks(executor, monkeypatch, *answers, jobs=("1",), output=()):
    """Numbers of the jobs still active after each of SLURM's answers (None: there was none)."""
    watch = slurm.Watch(executor, "run")
    active = [job(number, *output) for number in jobs]
    seen = []
    for answer in answers:

        async def ask(answer=answer):
            return answer

        async def check(active=active):
            return [one async for one in executor.check_active_jobs(active)]

        monkeypatch.setattr(watch, "_ask", ask)
        active = asyncio.run(check())
        seen.append([one.external_jobid for one in active])
    return seen


def test_states(executor, monkeypatch):
    answer = {
        "1": ("COMPLETED", "None"),
        "2": ("RUNNING", "None"),
        "3": ("PENDING", "Resources"),
        "4": ("TIMEOUT", "TimeLimit"),
        "5": ("COMPLETING", "None"),
    }
    seen = looks(executor, monkeypatch, answer, jobs="12345")
    assert seen == [["2", "3", "5"]]
    assert executor.done == ["1"]
    assert executor.failed == {"4": "SLURM ended it: TIMEOUT\n"}


def test_however_often_a_query_fails_no_job_is_forgotten(executor, monkeypatch):
    seen = looks(executor, monkeypatch, *[None] * 20, {"1": ("COMPLETED", "None")})
    assert seen == [["1"]] * 20 + [[]]
    assert executor.done == ["1"]


def test_a_job_that_slurm_forgot_is_judged_by_its_files(executor, monkeypatch):
    seen = looks(executor, monkeypatch, {}, None, {}, {})
    assert seen == [["1"], ["1"], ["1"], []]
    assert executor.done == ["1"]
    looks(executor, monkeypatch, {}, {}, {}, jobs="2", output=[__file__, "not-there.pt"])
    assert "it is forgotten, and its files are not there" in executor.failed["2"]


def test_an_outage_is_told_once(executor, monkeypatch, capsys):
    running = {"1": ("RUNNING", "None")}
    looks(executor, monkeypatch, None, None, None, running, running)
    told = capsys.readouterr().out.splitlines()
    assert told == ["SLURM gives no answer; it is asked again", "SLURM answers"]


def test_a_job_not_yet_in_the_queue_is_waited_for(executor, monkeypatch):
    running = {"1": ("RUNNING", "None")}
    assert looks(executor, monkeypatch, {}, {}, running, {}, {}, running) == [["1"]] * 6


def test_preempted_jobs_are_given_time_to_be_queued_again(executor, monkeypatch):
    gone, back = {"1": ("PREEMPTED", "None")}, {"1": ("PENDING", "BeginTime")}
    assert looks(executor, monkeypatch, gone, gone, back, gone, gone) == [["1"]] * 5
    assert looks(executor, monkeypatch, gone, gone, gone) == [["1"], ["1"], []]
    assert executor.failed == {"1": "SLURM ended it: PREEMPTED\n"}


def test_a_job_that_never_starts(executor, monkeypatch):
    monkeypatch.setattr(slurm.subprocess, "run", lambda *_, **__: None)
    never, waits = {"1": ("PENDING", "PartitionTimeLimit")}, {"1": ("PENDING", "Priority")}
    assert looks(executor, monkeypatch, never, never, waits, never) == [["1"]] * 4
    assert looks(executor, monkeypatch, never, never, never) == [["1"], ["1"], []]
    assert "never start it: PartitionTimeLimit" in executor.failed["1"]


def test_the_interval_is_the_users(executor, monkeypatch):
    monkeypatch.setenv(slurm.POLL_SECONDS, "3")
    looks(executor, monkeypatch, {"1": ("RUNNING", "None")})
    assert executor.next_seconds_between_status_checks == 3
    for text in ("soon", "0", "-1", "nan"):
        monkeypatch.setenv(slurm.POLL_SECONDS, text)
        with pytest.raises(UserError, match="is not a number of seconds above zero"):
            slurm.Watch(executor, "run")


def test_arrays_are_refused():
    with pytest.raises(UserError, match="slurm-array-jobs"):
        slurm.Watch(Executor(array_jobs={"all"}), "run")


def test_a_profile_has_no_arrays():
    text = (TOP / "profiles/slurm/config.yaml").read_text()
    assert not [line for line in text.splitlines() if line.startswith("slurm-array")]


def test_jobs_of_an_unreachable_queue(tmp_path, monkeypatch):
    note = tmp_path / "slurm-jobs"
    slurm.cancel(note)
    note.write_text("coupled-vae-x")
    down = SimpleNamespace(returncode=1, stderr="Unable to contact", stdout="")
    monkeypatch.setattr(slurm, "_asked", lambda _: down)
    with pytest.raises(UserError, match=r"Unable to contact.*delete .*slurm-jobs"):
        slurm.cancel(note)
    assert note.exists()


def test_jobs_that_do_not_stop(tmp_path, monkeypatch):
    note = tmp_path / "slurm-jobs"
    note.write_text("coupled-vae-x")
    stuck = SimpleNamespace(returncode=0, stderr="", stdout="7\n8\n")
    monkeypatch.setattr(slurm, "_asked", lambda _: stuck)
    monkeypatch.setattr(slurm, "STOPPING_SECONDS", 0)
    with pytest.raises(UserError, match="does not stop its jobs 7 8; see squeue"):
        slurm.cancel(note)
    assert note.exists()
    gone = SimpleNamespace(returncode=0, stderr="", stdout="")
    monkeypatch.setattr(slurm, "_asked", lambda _: gone)
    slurm.cancel(note)
    assert not note.exists()
