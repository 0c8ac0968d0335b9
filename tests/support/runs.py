"""A cluster of one's own, and runs on it that tests can catch at work."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
import yaml
from cluster import Cluster, wait_for
from workflow_tree import BIN, TOP, Tree, environment

CHECKPOINT = "results/checkpoints/mog/wae/0"
WEIGHTS = "results/runs/mog/wae/0/weights.pt"
STEPS = 16000  # at least twenty seconds: a line of progress comes after ten


@contextlib.contextmanager
def private_cluster() -> Iterator[Cluster]:
    """A cluster that is there as long as the block."""
    # Not pytest's own folder: every user of a cluster has to reach munge's socket.
    with tempfile.TemporaryDirectory(prefix="coupled-vae-cluster-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        cluster = Cluster(folder)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()


def submitting(cluster: Cluster) -> dict[str, str]:
    """Environment of a run whose jobs go to the cluster, with its queue looked at often."""
    own = cluster.environment
    path = os.pathsep.join([str(BIN), own["PATH"]])
    poll = {"SNAKEMAKE_PROFILE": "slurm", "COUPLED_VAE_POLL_SECONDS": "0.5"}
    return own | poll | {"PATH": path}


def one_long_cell(base: Tree, folder: Path) -> Tree:
    """A cell that has so much to do that it can be caught at it."""
    shutil.copytree(base.path, folder)
    tree = Tree(folder)
    params = tree.params()
    params["models"]["wae"]["args"]["num_steps"] = STEPS
    params["experiments"]["paper"] |= {"models": ["wae"], "datasets": ["mog"]}
    tree.set_params(params)
    return tree


def _hear() -> None:
    """Hear all signals, whatever the tests' own caller ignores."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@contextlib.contextmanager
def running(tree: Tree, env: dict[str, str], *words: str) -> Iterator[subprocess.Popen[str]]:
    """A run in the background, from the moment that its cell has written a checkpoint."""
    env = environment(COUPLED_VAE_CHECKPOINT_SECONDS="0.5", **env)
    command = [sys.executable, "-m", "coupled_vae.run", *(words or (WEIGHTS,))]
    run = subprocess.Popen(
        command,
        cwd=tree.path,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=_hear,
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


def profile(folder: Path, change: Callable[[dict], None]) -> str:
    """A profile of the user's own."""
    settings = yaml.safe_load((TOP / "profiles/slurm/config.yaml").read_text())
    change(settings)
    (folder / "mine").mkdir()
    (folder / "mine" / "config.yaml").write_text(yaml.safe_dump(settings))
    return str(folder / "mine")
