"""Failing, stopped and impossible runs are told in one line and leave no job behind."""

import signal
from pathlib import Path

import pytest
from cluster import Cluster
from runs import WEIGHTS, jobs, profile, running
from workflow_tree import Tree


def test_a_failing_job_is_told_with_its_log_and_the_others_finish(
    tree: Tree, on_cluster: dict[str, str], tmp_path: Path
) -> None:
    params = tree.params()
    params["experiments"]["paper"] |= {"datasets": ["mog"]}
    tree.set_params(params)
    loss = '"loss": reconstruction'
    fault = f"{loss} * (1 if self.config.penalty == 1 else float('inf'))"
    tree.edit("src/coupled_vae/science/models/wae.py", lambda text: text.replace(loss, fault))
    own = profile(tmp_path, lambda settings: settings.update(retries=1))
    done = tree.run(
        "python", "-m", "coupled_vae.run", "train", **on_cluster | {"SNAKEMAKE_PROFILE": own}
    )
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


def test_a_job_that_can_never_start_is_refused(
    long: Tree, cluster: Cluster, on_cluster: dict[str, str], tmp_path: Path
) -> None:
    def change(settings: dict) -> None:
        settings["set-resources"] = {"train_cell": {"runtime": 60 * 48}}
        settings["retries"] = 0

    own = profile(tmp_path, change)
    done = long.run(
        "python", "-m", "coupled_vae.run", WEIGHTS, **on_cluster | {"SNAKEMAKE_PROFILE": own}
    )
    assert done.returncode != 0
    assert "SLURM would never start it: PartitionTimeLimit" in done.stderr
    assert jobs(cluster, long) == []


def test_arrays_are_refused(tree: Tree, on_cluster: dict[str, str], tmp_path: Path) -> None:
    own = profile(tmp_path, lambda settings: settings.update({"slurm-array-jobs": "all"}))
    done = tree.run(
        "python", "-m", "coupled_vae.run", WEIGHTS, **on_cluster | {"SNAKEMAKE_PROFILE": own}
    )
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
    done = long.run(
        "python", "-m", "coupled_vae.run", WEIGHTS, **on_cluster | {"SNAKEMAKE_PROFILE": own}
    )
    assert done.returncode == 1
    (told,) = [line for line in done.stderr.splitlines() if line.startswith("failed: ")]
    assert "invalid partition specified: nowhere" in told
    assert "Traceback" not in done.stderr
