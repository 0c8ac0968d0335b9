"""The commands of profiles/cluster, with programs that answer as each scheduler's manual says."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from small import TOP

from coupled_vae.run import cluster
from coupled_vae.runtime.errors import UserError

COMMANDS = TOP / "profiles/cluster"
STATE = Path(".snakemake/cluster")
# Of each scheduler the job's number and what its programs print; queue: while the job is in it.
PROGRAMS = {
    "slurm": ("7", {"sbatch": "7;main", "squeue": "{queue}", "scancel": ""}),
    "pbs": ("7.head", {"qsub": "7.head", "qselect": "{queue}", "qdel": ""}),
    "lsf": (
        "7",
        {"bsub": "Job <7> is submitted to queue <long>.", "bjobs": "{queue}", "bkill": "killed"},
    ),
    "sge": ("7", {"qsub": "7", "qstat": "job-ID prior\n-----\n{queue} 0.5 x", "qdel": "deleted"}),
    "htcondor": (
        "7",
        {"condor_submit": "7.0 - 7.0", "condor_q": "{queue}", "condor_rm": "removed"},
    ),
}
ASKED = {
    "slurm": ["--cpus-per-task=2", "--mem=3000", "--time=61", "--gpus=1"],
    "pbs": ["select=1:ncpus=2:mem=3000mb:ngpus=1", "walltime=1:1:00"],
    "lsf": ["-n 2", "rusage[mem=3000MB]", "-W 61", "num=1"],
    "sge": ["-pe smp 2", "h_vmem=1500M", "h_rt=3660", "gpu=1"],
    "htcondor": ["request_cpus=2", "request_memory=3000MB", "MaxRuntime=3660", "request_gpus=1"],
}
JOB = {
    "rule": "train_cell",
    "log": ["logs/a b.log"],
    "threads": 2,
    "resources": {"mem_mb": 3000, "runtime": 61, "gpu": 1},
}
PROGRAM = """#!/bin/bash
echo "{name} $*" >>calls
[ ! -e away ] || exit 1
[ {name} != condor_submit ] || cat "${{@: -1}}" >>calls
{before}cat <<'END'
{answer}
END
"""


class Scheduler:
    """A folder with a job script, and a scheduler's programs on the path."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.number, self.answers = PROGRAMS[name]
        (folder / "bin").mkdir()
        (folder / "logs").mkdir()
        (folder / JOB["log"][0]).touch()
        self.put_in_queue(present=True)
        self.script = folder / "job script.sh"
        self.script.write_text(f"#!/bin/sh\n# properties = {json.dumps(JOB)}\nexit 3\n")

    def put_in_queue(self, *, present: bool) -> None:
        for program, answer in self.answers.items():
            before = "" if present or "{queue}" not in answer else self._empty()
            text = answer.replace("{queue}", self.number)
            file = self.folder / "bin" / program
            file.write_text(PROGRAM.format(name=program, before=before, answer=text))
            file.chmod(0o755)
        (self.folder / STATE / "queue").unlink(missing_ok=True)

    def _empty(self) -> str:
        return {
            "lsf": "echo No unfinished job found >&2; exit 255\n",
        }.get(self.name, "exit 0\n")

    def command(self, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(self.folder / "bin"), os.environ["PATH"]])
        env = os.environ | {"PATH": path, "COUPLED_VAE_SCHEDULER": self.name}
        command = [str(COMMANDS / name), *words]
        return subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True)

    def submit(self) -> str:
        done = self.command("submit.sh", str(self.script))
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def status(self) -> str:
        done = self.command("status.sh", self.number)
        assert done.returncode == 0
        assert done.stderr == ""
        (self.folder / STATE / "queue").unlink(missing_ok=True)  # the next one asks anew
        return done.stdout.strip()

    def run(self) -> None:
        """What a node would run."""
        (script,) = (self.folder / STATE).glob("*.sh")
        assert subprocess.run([script]).returncode == 3

    def log(self) -> str:
        return (self.folder / JOB["log"][0]).read_text()


@pytest.fixture(params=PROGRAMS)
def scheduler(request: pytest.FixtureRequest, tmp_path: Path) -> Scheduler:
    folder = tmp_path / "my project"
    folder.mkdir()
    return Scheduler(folder, request.param)


def test_a_job_asks_for_what_its_rule_says_and_is_running(scheduler):
    assert scheduler.submit() == scheduler.number
    calls = (scheduler.folder / "calls").read_text()
    assert [words for words in ASKED[scheduler.name] if words not in calls] == []
    assert scheduler.status() == "running"


def test_a_job_that_ends_says_how(scheduler):
    scheduler.submit()
    scheduler.run()
    assert scheduler.status() == "failed"
    assert scheduler.log().startswith("error: it ended with status 3, perhaps")
    (end,) = (scheduler.folder / STATE).glob("*.end")
    end.write_text("0\n")
    assert scheduler.status() == "success"


def test_the_error_of_a_job_itself_is_kept(scheduler):
    scheduler.submit()
    scheduler.run()
    (scheduler.folder / JOB["log"][0]).write_text("error: it diverged\n")
    assert scheduler.status() == "failed"
    assert scheduler.log() == "error: it diverged\n"


def test_a_job_that_the_queue_no_longer_has_is_lost_after_some_looks(scheduler):
    scheduler.submit()
    scheduler.put_in_queue(present=False)
    assert [scheduler.status() for _ in range(3)] == ["running", "running", "failed"]
    assert scheduler.log().startswith("error: the cluster ended it: cancelled")


def test_a_scheduler_that_is_away_is_asked_again(scheduler):
    scheduler.submit()
    (scheduler.folder / "away").touch()
    assert [scheduler.status() for _ in range(4)] == ["running"] * 4
    assert scheduler.command("submit.sh", str(scheduler.script)).returncode != 0


def test_what_a_run_left_is_cancelled(scheduler, monkeypatch):
    monkeypatch.setenv("COUPLED_VAE_SCHEDULER", scheduler.name)
    path = os.pathsep.join([str(scheduler.folder / "bin"), os.environ["PATH"]])
    monkeypatch.setenv("PATH", path)
    state = scheduler.folder / STATE
    cluster.cancel(state)  # nothing was left
    scheduler.submit()
    (scheduler.folder / "away").touch()
    with pytest.raises(UserError, match=r"in the queue: \w+ gives no answer; .*delete") as error:
        cluster.cancel(state)
    assert len(str(error.value).splitlines()) == 1
    (scheduler.folder / "away").unlink()
    scheduler.put_in_queue(present=False)
    cluster.cancel(state)
    assert not state.exists()


def test_ended_jobs_need_no_scheduler(scheduler):
    scheduler.submit()
    scheduler.run()
    (scheduler.folder / "away").touch()
    cluster.cancel(scheduler.folder / STATE)
    assert not (scheduler.folder / STATE).exists()


def test_cancelling(scheduler):
    scheduler.submit()
    assert scheduler.command("cancel.sh", scheduler.number).returncode == 0
    stop = [*PROGRAMS[scheduler.name][1]][-1]
    assert f"{stop} {scheduler.number}" in (scheduler.folder / "calls").read_text()


def test_an_unknown_scheduler_is_one_line(tmp_path):
    scheduler = Scheduler(tmp_path, "pbs")
    scheduler.name = "moab"
    done = scheduler.command("submit.sh", str(scheduler.script))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "choices are slurm, pbs, lsf, sge, htcondor" in done.stderr
