"""The smoke grid through SLURM: inside its jobs, on both nodes, with the bits of a local run."""

import re
import shutil
from pathlib import Path

import pytest
from cluster import NODES, Cluster
from workflow_tree import Tree

CELLS = 50


@pytest.fixture(scope="module")
def grid(base: Tree, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Five models, five seeds, two datasets."""
    folder = tmp_path_factory.mktemp("grid") / "tree"
    shutil.copytree(base.path, folder)
    tree = Tree(folder)
    params = tree.params()
    params["experiments"]["paper"] |= {
        "datasets": ["mog", "digits"],
        "models": ["vae", "vae_nf", "wae", "infovae", "cvae"],
        "seeds": [0, 1, 2, 3, 4],
    }
    tree.set_params(params)
    return tree


@pytest.fixture(scope="module")
def through_slurm(grid: Tree, on_cluster: dict[str, str]) -> Tree:
    """The grid after its run."""
    grid.ok("python", "-m", "coupled_vae.run", "paper", COUPLED_VAE_CHUNK="10", **on_cluster)
    return grid


def test_all_cells_ran(through_slurm: Tree) -> None:
    tree = through_slurm
    assert len(tree.bytes_of("results/evaluations/*/*/*.csv")) == CELLS
    assert (tree.path / "results/tables/table1.md").exists()
    assert tree.plan("paper") == set()


def test_inside_slurm_on_all_nodes(through_slurm: Tree, cluster: Cluster) -> None:
    """By SLURM's own log of jobs, and by the plugin's log of each."""
    tree = through_slurm
    jobs = re.findall(
        r"JobId=(\d+) .*Name=(coupled-vae-\w+) JobState=(\w+) .*NodeList=(\w+)",
        (cluster.folder / "log" / "jobs.txt").read_text(),
    )
    here = [job for job in jobs if list(tree.path.glob(f"logs/slurm/**/{job[0]}.log"))]
    assert len(here) == CELLS / 10
    assert {job[2] for job in here} == {"COMPLETED"}
    assert {job[3] for job in here} == set(NODES)


def test_bits_of_a_local_run(through_slurm: Tree, base: Tree, tmp_path: Path) -> None:
    """One cell at a time on this machine, of two models with three seeds."""
    tree = through_slurm
    shutil.copytree(base.path, tmp_path / "tree")
    local = Tree(tmp_path / "tree")
    params = tree.params()
    params["experiments"]["paper"] |= {"models": ["wae", "cvae"], "seeds": [0, 1, 4]}
    local.set_params(params)
    local.ok("python", "-m", "coupled_vae.run", "train", "evaluate")
    patterns = ["results/data/**/*.npz", "results/runs/*/*/*/weights.pt"]
    patterns += ["results/runs/*/*/*/history.csv", "results/runs/*/*/*/draws.npz"]
    here, there = local.bytes_of(*patterns), tree.bytes_of(*patterns)
    assert len(here) > 3 * 12
    assert {name: there[name] for name in here} == here
    for file in local.path.glob("results/evaluations/*/*/*.csv"):
        other = tree.path / file.relative_to(local.path)
        assert file.read_text() == other.read_text()
