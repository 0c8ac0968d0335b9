"""A copy of the working tree on tiny settings, run once; each test gets its own copy."""

import shutil
from pathlib import Path

import pytest
from workflow_tree import Tree, commit, small_tree


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The finished run, committed and pushed; read-only for tests."""
    folder = tmp_path_factory.mktemp("done")
    origin = small_tree(folder / "origin")
    origin.ok("git", "init", "--quiet")
    origin.ok("git", "config", "user.name", "test")
    origin.ok("git", "config", "user.email", "test@example.org")
    origin.ok("dvc", "remote", "add", "--quiet", "--default", "here", str(folder / "remote"))
    commit(origin)
    origin.reproduce("paper")
    origin.reproduce("search")
    commit(origin)
    origin.ok("dvc", "push", "--quiet")
    return origin


@pytest.fixture
def tree(done: Tree, tmp_path: Path) -> Tree:
    """A copy of the finished run, to be changed."""
    shutil.copytree(done.path, tmp_path / "tree", symlinks=True)
    return Tree(tmp_path / "tree")
