"""A cluster for all tests, and a small tree that runs on it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster import Cluster, missing
from runs import one_long_cell
from workflow_tree import BIN, Tree, small_tree

POLL = {"SNAKEMAKE_PROFILE": "slurm", "COUPLED_VAE_POLL_SECONDS": "0.5"}


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    if names := missing():
        pytest.skip(f"not installed: {', '.join(names)}; `make slurm-test` installs SLURM")
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


@pytest.fixture(scope="session")
def on_cluster(cluster: Cluster) -> dict[str, str]:
    """Environment of a run whose jobs go to the cluster."""
    own = cluster.environment
    return own | POLL | {"PATH": os.pathsep.join([str(BIN), own["PATH"]])}


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Three cells, not run yet; read-only for tests."""
    tree = small_tree(tmp_path_factory.mktemp("base") / "tree")
    params = tree.params()
    params["experiments"]["paper"]["beside"] = {"mog": ["wae_paper"]}
    params["experiments"]["explanations"] = None
    params["experiments"]["scaling"] = None
    tree.set_params(params)
    return tree


@pytest.fixture
def tree(base: Tree, tmp_path: Path) -> Tree:
    """Three cells, not run yet."""
    shutil.copytree(base.path, tmp_path / "tree")
    return Tree(tmp_path / "tree")


@pytest.fixture
def long(base: Tree, tmp_path: Path) -> Tree:
    return one_long_cell(base, tmp_path / "tree")
