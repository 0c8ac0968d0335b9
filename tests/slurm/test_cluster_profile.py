"""The profile for any scheduler, by the commands of a real SLURM."""

import os
import shutil
import signal
from importlib.util import find_spec
from pathlib import Path

import pytest
from cluster import Cluster, wait_for
from runs import WEIGHTS, finished, running
from workflow_tree import Tree

pytestmark = pytest.mark.skipif(
    not find_spec("snakemake_executor_plugin_cluster_generic"),
    reason="needs the plugin cluster-generic; `make slurm-test` installs it",
)
STATE = ".snakemake/cluster"


@pytest.fixture(scope="module")
def through_profile(on_cluster: dict[str, str]) -> dict[str, str]:
    often = {"COUPLED_VAE_SNAKEMAKE": "--seconds-between-status-checks 1"}
    return on_cluster | often | {"SNAKEMAKE_PROFILE": "cluster"}


@pytest.fixture
def tree(base: Tree, tmp_path: Path) -> Tree:
    """Three cells, not run yet, in a folder with a space in its name."""
    shutil.copytree(base.path, tmp_path / "my tree")
    return Tree(tmp_path / "my tree")


def queued(cluster: Cluster) -> set[str]:
    """Jobs of this profile in the queue: the plugin's have other names."""
    shown = cluster.command("squeue", "--noheader", "--format=%i %j").splitlines()
    return {line.split()[0] for line in shown if line.split()[1] == "coupled-vae-train_cell"}


def known(tree: Tree) -> list[str]:
    return [file.stem for file in (tree.path / STATE).glob("*.job")]


def test_the_paper_has_the_bytes_of_a_local_run(
    base: Tree, tree: Tree, through_profile: dict[str, str], tmp_path: Path
) -> None:
    params = tree.params()
    own = {"datasets": ["mog"], "models": ["vae"]}
    params["experiments"]["paper"] |= own
    params["experiments"]["studies"] = {}
    tree.set_params(params)
    tree.ok("python", "-m", "coupled_vae.run", "paper", **through_profile)
    assert "cluster" not in {file.name for file in (tree.path / ".snakemake").iterdir()}
    logs = list((tree.path / "logs/cluster").glob("*.log"))
    assert len(logs) == len(["train", "draw", "evaluate"])
    other = Tree(tmp_path / "local")
    shutil.copytree(base.path, other.path)
    other.set_params(params)
    other.ok("python", "-m", "coupled_vae.run", "paper")
    patterns = ("results/runs/**/*.pt", "results/runs/**/*.npz", "results/evaluations/**/*.csv")
    patterns += ("results/metrics.csv", "results/tables/*", "results/figures/*")
    here, there = other.bytes_of(*patterns), tree.bytes_of(*patterns)
    assert len(here) > 10
    assert there == here


def test_a_cancelled_job_is_noticed_and_run_again(
    long: Tree, cluster: Cluster, through_profile: dict[str, str]
) -> None:
    with running(long, through_profile) as run:
        (old,) = known(long)
        cluster.command("scancel", old)
        assert run.stdout is not None
        said = next(line for line in run.stdout if "it is run again" in line)
        wait_for(lambda: len(known(long)) == 2, 60, "the second submission")
        run.send_signal(signal.SIGTERM)
        finished(run, 130)
    assert "mog/wae/0: error: the cluster ended it: cancelled" in said


def test_after_a_killed_run_its_jobs_are_cancelled_first(
    long: Tree, cluster: Cluster, through_profile: dict[str, str]
) -> None:
    with running(long, through_profile) as run:
        (old,) = known(long)
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        assert old in queued(cluster)
        long.ok("python", "-m", "coupled_vae.run", "data", **through_profile)
        assert old not in queued(cluster)


def test_a_stopped_run_leaves_no_job(
    long: Tree, cluster: Cluster, through_profile: dict[str, str]
) -> None:
    with running(long, through_profile) as run:
        (job,) = known(long)
        run.send_signal(signal.SIGTERM)
        finished(run, 130)
        assert job not in queued(cluster)


def test_a_job_that_fails_is_told_with_its_error(
    tree: Tree, through_profile: dict[str, str]
) -> None:
    env = through_profile | {"COUPLED_VAE_CHECKPOINT_SECONDS": "soon"}
    env["COUPLED_VAE_SNAKEMAKE"] += " --retries 0"
    done = tree.run("python", "-m", "coupled_vae.run", WEIGHTS, **env)
    assert done.returncode != 0
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("failed: ")]
    assert "COUPLED_VAE_CHECKPOINT_SECONDS='soon' is not a number" in line
    assert "Traceback" not in done.stderr
