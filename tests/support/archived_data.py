"""A project whose datasets are made, in git, and an archive of it: no training, so seconds."""

import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from small import small_params

from coupled_vae.plan.provenance import execute
from coupled_vae.plan.steps import Plan
from coupled_vae.run import guard

NAMES = ("digits", "mog")
FILES = sorted(f"results/data/{name}.{end}" for name in NAMES for end in ("npz", "provenance.json"))


def git(*words: str) -> str:
    done = subprocess.run(["git", *words], check=True, capture_output=True, text=True)
    return done.stdout


def project(folder: Path) -> Path:
    """A new folder with small parameters; no git repository yet."""
    params = small_params()
    tree = params.model_dump(mode="json")
    folder.mkdir(parents=True)
    (folder / "params.yaml").write_text(yaml.safe_dump(tree, sort_keys=False))
    (folder / "Snakefile").write_text("# the workflow\n")
    (folder / ".gitignore").write_text("results/\n.snakemake/\narchive/\n.dvc/\n")
    return folder


def committed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go to a new project in git whose datasets are made; MNIST is on no machine of these tests."""
    monkeypatch.chdir(project(folder))
    monkeypatch.setattr(guard, "_check_args", lambda path: None)
    monkeypatch.setattr(guard, "left_out", lambda params: ["mnist", "mnist_full"])
    monkeypatch.delenv(guard.TOKEN, raising=False)
    git("init", "--quiet")
    git("add", "--all")
    who = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    git(*who, "commit", "--quiet", "--message", "test")
    make_data()


def make_data() -> None:
    """Make the datasets in the present folder, with their records."""
    plan = Plan(small_params())
    for name in NAMES:
        execute(plan.job("data", dataset=name))
    for name in plan.with_held_out(NAMES):
        execute(plan.job("held_out", dataset=name))


def results() -> dict[str, bytes]:
    """All files of results in the present folder."""
    found = (path for path in sorted(Path("results").rglob("*")) if path.is_file())
    return {str(path): path.read_bytes() for path in found}


def edited(archive: Path, edit: Callable[[dict[str, bytes]], None], target: Path) -> Path:
    """A copy of an archive whose members ``edit`` has changed."""
    with zipfile.ZipFile(archive) as old:
        members = {name: old.read(name) for name in old.namelist()}
    edit(members)
    with zipfile.ZipFile(target, "w") as new:
        for name, content in members.items():
            new.writestr(name, content)
    return target


def empty_results() -> None:
    shutil.rmtree("results")
