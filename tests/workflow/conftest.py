"""A copy of the working tree on tiny settings, run once; each test gets its own copy."""

import shutil
from pathlib import Path

import pytest
from filelock import FileLock
from workflow_tree import Tree, commit, small_tree


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Tree:
    """The finished run, committed and pushed; read-only for tests, made by one worker for all."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "done"
    with FileLock(f"{folder}.lock"):
        return Tree(folder / "origin") if folder.exists() else _finished_run(folder)


def _finished_run(folder: Path) -> Tree:
    origin = small_tree(folder / "origin")
    origin.ok("git", "init", "--quiet")
    origin.ok("git", "config", "user.name", "test")
    origin.ok("git", "config", "user.email", "test@example.org")
    origin.ok("dvc", "remote", "add", "--quiet", "--default", "here", str(folder / "remote"))
    commit(origin)
    origin.reproduce("paper")
    origin.reproduce("search")
    origin.reproduce("studies", "explanations", "grids", "scaling")
    commit(origin)
    origin.ok("dvc", "push", "--quiet")
    return origin


@pytest.fixture
def tree(done: Tree, tmp_path: Path) -> Tree:
    """A copy of the finished run, to be changed."""
    shutil.copytree(done.path, tmp_path / "tree", symlinks=True)
    return Tree(tmp_path / "tree")
