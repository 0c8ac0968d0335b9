"""A copy of the working tree on tiny settings, run once; each test gets its own copy."""

import shutil
import subprocess
from pathlib import Path

import pytest
from workflow_tree import SMALL, TOP, Tree, commit


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The finished run, committed and pushed; read-only for tests."""
    folder = tmp_path_factory.mktemp("done")
    origin = Tree(folder / "origin")
    origin.path.mkdir()
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    for name in listed:
        if name and not name.startswith(("results/", "dvc.lock")) and (TOP / name).is_file():
            (origin.path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, origin.path / name)
    origin.ok("python", "workflow/smoke.py", "params.yaml", "params.yaml")
    tree = origin.params()
    candidates = SMALL["candidates"]
    tree["experiments"]["paper"] |= {k: v for k, v in SMALL.items() if k != "candidates"}
    for search in tree["experiments"]["search"]["datasets"].values():
        search["candidates"] = candidates
        search["base"] = {name: search["base"][name] for name in candidates}
    origin.set_params(tree)
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
