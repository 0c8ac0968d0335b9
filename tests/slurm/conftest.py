"""A cluster for all tests, and a small tree that runs on it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster import Cluster, missing
from runs import one_long_cell, private_cluster, submitting
from workflow_tree import Tree, small_tree


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    if names := missing():
        pytest.skip(f"not installed: {', '.join(names)}; `make slurm-test` installs SLURM")
    with private_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def on_cluster(cluster: Cluster) -> dict[str, str]:
    """Environment of a run whose jobs go to the cluster."""
    return submitting(cluster)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Three cells, not run yet; read-only for tests."""
    tree = small_tree(tmp_path_factory.mktemp("base") / "tree")
    params = tree.params()
    params["experiments"]["paper"]["models"] = ["vae", "wae", "wae_two"]
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
