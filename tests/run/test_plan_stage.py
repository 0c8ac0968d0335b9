"""DVC's stage ``plan``: always right, and ``dvc.lock`` changes only with what some job needs."""

import shutil
import subprocess
from pathlib import Path

from package_copy import TOP, small_copy
from workflow_tree import Tree

VAE = "src/coupled_vae/science/models/vae.py"


def test_the_lock_changes_with_the_jobs_alone(tmp_path: Path) -> None:
    tree = Tree(small_copy(tmp_path / "tree").path)
    shutil.copy(TOP / "dvc.yaml", tree.path)
    subprocess.run(["git", "init", "--quiet"], cwd=tree.path, check=True)
    tree.ok("dvc", "init", "--quiet")
    assert lock_after(tree) != b""
    plan, lock = (tree.path / "results/plan.yaml").read_text(), lock_after(tree)
    tree.edit(VAE, lambda text: text + "\n# a comment\n")
    assert lock_after(tree) == lock
    tree.edit(VAE, lambda text: text.replace("reconstruction + kl", "kl + reconstruction"))
    assert lock_after(tree) != lock
    now = (tree.path / "results/plan.yaml").read_text()
    changed = {line.partition(":")[0] for line in {*now.split("\n")} - {*plan.split("\n")}}
    assert changed == {"train", "evaluate", "paper", "first", "studies"}
    status = tree.ok("dvc", "status", "train")  # which has never run
    assert "results/plan.yaml" in status


def lock_after(tree: Tree) -> bytes:
    """``dvc.lock`` after plain ``dvc repro`` of the plan."""
    tree.ok("dvc", "repro", "--quiet", "plan")
    return (tree.path / "dvc.lock").read_bytes()
