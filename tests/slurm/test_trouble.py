"""What clusters do to jobs, and what becomes of the run."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
import yaml
from cluster import Cluster, wait_for
from workflow_tree import TOP, Tree, environment

CHECKPOINT = "results/checkpoints/mog/wae/0"
WEIGHTS = "results/runs/mog/wae/0/weights.pt"
STEPS = 4000  # some twenty seconds


def one_long_cell(base: Tree, folder: Path) -> Tree:
    """A cell that has so much to do that it can be caught at it."""
    shutil.copytree(base.path, folder)
    tree = Tree(folder)
    params = tree.params()
    params["models"]["wae"]["args"]["num_steps"] = STEPS
    params["experiments"]["paper"] |= {"models": ["wae"], "beside": {}, "datasets": ["mog"]}
    tree.set_params(params)
    return tree


@pytest.fixture
def long(base: Tree, tmp_path: Path) -> Tree:
    return one_long_cell(base, tmp_path / "tree")


@pytest.fixture(scope="module")
def undisturbed(base: Tree, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Weights of that cell, trained here."""
    tree = one_long_cell(base, tmp_path_factory.mktemp("undisturbed") / "tree")
    tree.ok("python", "workflow/run.py", WEIGHTS)
    return (tree.path / WEIGHTS).read_bytes()


@pytest.fixture(scope="module")
def over_its_time(
    base: Tree,
    tmp_path_factory: pytest.TempPathFactory,
    cluster: Cluster,
    on_cluster: dict[str, str],
) -> Iterator[tuple[Tree, subprocess.Popen[str], int]]:
    """A run whose job stands still, and has been given a minute; the iteration it had reached.

    It begins before the other tests, because SLURM counts in minutes.
    """
    tree = one_long_cell(base, tmp_path_factory.mktemp("time") / "tree")
    with running(tree, on_cluster) as run:
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                trains = b"coupled_vae\0train" in (entry / "cmdline").read_bytes()
                if trains and (entry / "cwd").readlink() == tree.path:
                    os.kill(int(entry.name), signal.SIGSTOP)
        (job,) = jobs(cluster, tree, "--states=RUNNING")
        cluster.command("scontrol", "update", f"JobId={job}", "TimeLimit=1")
        yield tree, run, iteration(tree)


@contextlib.contextmanager
def running(tree: Tree, env: dict[str, str], *words: str) -> Iterator[subprocess.Popen[str]]:
    """A run in the background, from the moment that its cell has written a checkpoint."""
    env = environment(COUPLED_VAE_CHECKPOINT_SECONDS="0.5", **env)
    command = [sys.executable, "workflow/run.py", *(words or (WEIGHTS,))]
    run = subprocess.Popen(
        command,
        cwd=tree.path,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        found = (tree.path / CHECKPOINT).glob
        wait_for(lambda: run.poll() is not None or bool(list(found("[!.]*.pt"))), 120, "training")
        assert run.poll() is None, run.communicate()[0]
        yield run
    finally:
        run.kill()
        run.wait()


def iteration(tree: Tree) -> int:
    (file,) = (tree.path / CHECKPOINT).glob("[!.]*.pt")
    return int(torch.load(file, weights_only=True)["iteration"])


def jobs(cluster: Cluster, tree: Tree, *options: str, show: str = "%i") -> list[str]:
    """What SLURM has of a run's jobs."""
    name = (
        f"--name=coupled-vae-{json.loads((tree.path / '.snakemake/run.lock').read_text())['token']}"
    )
    return cluster.command("squeue", "--noheader", f"--format={show}", name, *options).split()


def finished(run: subprocess.Popen[str], status: int = 0) -> str:
    said = run.communicate(timeout=180)[0]
    assert run.returncode == status, said
    return said


@pytest.mark.usefixtures("over_its_time")
def test_a_cancelled_job_resumes(
    long: Tree, cluster: Cluster, on_cluster: dict[str, str], undisturbed: bytes
) -> None:
    with running(long, on_cluster) as run:
        before = iteration(long)
        (job,) = jobs(cluster, long, "--states=RUNNING")
        cluster.command("scancel", job)
        said = finished(run)
    assert "mog/wae/0: SLURM ended it: CANCELLED; it is run again" in said
    resumed(long, before, undisturbed)


def resumed(tree: Tree, before: int, undisturbed: bytes) -> None:
    """The second attempt began where the checkpoint was, or a later one, and came to the same."""
    log = (tree.path / "logs/results/train/mog/wae/0.log").read_text()
    first = re.search(r"(\d+) %", log)
    assert first
    assert int(first[1]) >= int(100 * before / STEPS)
    assert (tree.path / WEIGHTS).read_bytes() == undisturbed


def test_a_failing_job_is_told_with_its_log_and_the_others_finish(
    tree: Tree, on_cluster: dict[str, str], tmp_path: Path
) -> None:
    params = tree.params()
    params["models"]["wae"]["args"]["learning_rate"] = 1e30
    params["experiments"]["paper"] |= {"datasets": ["mog"]}
    tree.set_params(params)
    own = profile(tmp_path, lambda settings: settings.update(retries=1))
    done = tree.run("python", "workflow/run.py", "train", **on_cluster | {"SNAKEMAKE_PROFILE": own})
    assert done.returncode != 0
    told = [line for line in done.stderr.splitlines() if line.startswith("failed: ")]
    assert len(told) == 1
    assert "training stopped and nothing was written" in told[0]
    assert "logs/results/train/mog/wae/0.log" in told[0]
    assert not (tree.path / WEIGHTS).exists()
    assert len(tree.bytes_of("results/runs/mog/*/0/draws.npz")) == 2


@pytest.mark.parametrize(
    ("number", "words"),
    [(signal.SIGINT, ()), (signal.SIGTERM, ("--dvc", "train")), (signal.SIGHUP, ())],
)
def test_whoever_stops_the_run_its_jobs_are_cancelled(
    long: Tree, cluster: Cluster, on_cluster: dict[str, str], number: int, words: tuple[str, ...]
) -> None:
    if words:
        long.ok("git", "init", "--quiet")
    with running(long, on_cluster, *words) as run:
        run.send_signal(number)
        said = run.communicate(timeout=60)[0]
        assert run.returncode == 130, said
        assert jobs(cluster, long) == []
    assert "stopped; run again to resume" in said


def test_after_a_killed_run_its_jobs_are_cancelled_first(
    long: Tree, cluster: Cluster, on_cluster: dict[str, str], undisturbed: bytes
) -> None:
    with running(long, on_cluster) as run:
        (old,) = jobs(cluster, long, "--states=RUNNING")
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        assert old in jobs(cluster, long)
        long.ok("python", "workflow/run.py", WEIGHTS, **on_cluster)
    state = cluster.command("scontrol", "show", "job", old)
    assert "JobState=CANCELLED" in state
    assert (long.path / WEIGHTS).read_bytes() == undisturbed


def test_a_lost_node_does_not_lose_its_jobs(
    long: Tree, cluster: Cluster, on_cluster: dict[str, str], undisturbed: bytes
) -> None:
    with running(long, on_cluster) as run:
        (node,) = jobs(cluster, long, "--states=RUNNING", show="%N")
        cluster.kill(node)
        try:
            finished(run)
        finally:
            cluster.start_node(node)
    assert (long.path / WEIGHTS).read_bytes() == undisturbed


def test_a_controller_that_is_away_for_a_while(
    long: Tree, cluster: Cluster, on_cluster: dict[str, str], undisturbed: bytes
) -> None:
    """The plugin would forget its jobs after some failed queries, and wait for ever."""
    with running(long, on_cluster) as run:
        cluster.kill("slurmctld")
        time.sleep(12)  # longer than SLURM's own commands try
        assert run.poll() is None
        cluster.start_controller()
        assert "SLURM gives no answer; it is asked again" in finished(run)
    assert (long.path / WEIGHTS).read_bytes() == undisturbed


def profile(folder: Path, change: Callable[[dict], None]) -> str:
    """A profile of the user's own."""
    settings = yaml.safe_load((TOP / "profiles/slurm/config.yaml").read_text())
    change(settings)
    (folder / "mine").mkdir()
    (folder / "mine" / "config.yaml").write_text(yaml.safe_dump(settings))
    return str(folder / "mine")


def test_a_job_that_can_never_start_is_refused(
    long: Tree, cluster: Cluster, on_cluster: dict[str, str], tmp_path: Path
) -> None:
    def change(settings: dict) -> None:
        settings["set-resources"] = {"train_cell": {"runtime": 60 * 48}}
        settings["retries"] = 0

    own = profile(tmp_path, change)
    done = long.run("python", "workflow/run.py", WEIGHTS, **on_cluster | {"SNAKEMAKE_PROFILE": own})
    assert done.returncode != 0
    assert "SLURM would never start it: PartitionTimeLimit" in done.stderr
    assert jobs(cluster, long) == []


def test_a_job_over_its_time_resumes(
    over_its_time: tuple[Tree, subprocess.Popen[str], int], undisturbed: bytes
) -> None:
    tree, run, before = over_its_time
    said = finished(run)
    assert "mog/wae/0: SLURM ended it: TIMEOUT; it is run again" in said
    resumed(tree, before, undisturbed)


def test_arrays_are_refused(tree: Tree, on_cluster: dict[str, str], tmp_path: Path) -> None:
    own = profile(tmp_path, lambda settings: settings.update({"slurm-array-jobs": "all"}))
    done = tree.run("python", "workflow/run.py", WEIGHTS, **on_cluster | {"SNAKEMAKE_PROFILE": own})
    assert done.returncode != 0
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert errors[0].startswith("error: slurm-array-jobs: ")


def test_a_refused_submission_is_told_with_slurms_reason(
    long: Tree, on_cluster: dict[str, str], tmp_path: Path
) -> None:
    own = profile(
        tmp_path,
        lambda settings: settings.update(
            {"default-resources": {"slurm_partition": "nowhere"}, "retries": 1}
        ),
    )
    done = long.run("python", "workflow/run.py", WEIGHTS, **on_cluster | {"SNAKEMAKE_PROFILE": own})
    assert done.returncode == 1
    (told,) = [line for line in done.stderr.splitlines() if line.startswith("failed: ")]
    assert "invalid partition specified: nowhere" in told
    assert "Traceback" not in done.stderr
