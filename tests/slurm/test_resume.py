"""Jobs that SLURM or a user ends, lost nodes, a controller that is away: nothing is lost."""

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster import Cluster
from runs import STEPS, WEIGHTS, finished, iteration, jobs, one_long_cell, running
from workflow_tree import Tree


@pytest.fixture(scope="module")
def undisturbed(base: Tree, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Weights of that cell, trained here."""
    tree = one_long_cell(base, tmp_path_factory.mktemp("undisturbed") / "tree")
    tree.ok("python", "-m", "coupled_vae.run", WEIGHTS)
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


def test_after_a_killed_run_its_jobs_are_cancelled_first(
    long: Tree, cluster: Cluster, on_cluster: dict[str, str], undisturbed: bytes
) -> None:
    with running(long, on_cluster) as run:
        (old,) = jobs(cluster, long, "--states=RUNNING")
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        assert old in jobs(cluster, long)
        long.ok("python", "-m", "coupled_vae.run", WEIGHTS, **on_cluster)
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


def test_a_job_over_its_time_resumes(
    over_its_time: tuple[Tree, subprocess.Popen[str], int], undisturbed: bytes
) -> None:
    tree, run, before = over_its_time
    said = finished(run)
    assert "mog/wae/0: SLURM ended it: TIMEOUT; it is run again" in said
    resumed(tree, before, undisturbed)
