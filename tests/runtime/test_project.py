"""A command in a checkout runs that checkout's code, wherever the installation leads."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from small import TOP

COPY = "print('of the copy')\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Another checkout, whose modules say that they are its."""
    package = tmp_path / "src" / "coupled_vae"
    for name in ("__init__.py", "run/__init__.py", "runtime/__init__.py", "runtime/project.py"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(TOP / "src" / "coupled_vae" / name, package / name)
    for name in ("run/__main__.py", "run/prune.py"):
        (package / name).write_text(COPY)
    return tmp_path


@pytest.mark.parametrize("module", ["coupled_vae.run", "coupled_vae.run.prune"])
def test_the_present_checkout_is_used(checkout: Path, module: str) -> None:
    env = {**os.environ}
    env["PYTHONPATH"] = str(TOP / "src")  # as an installation would
    done = subprocess.run(
        [sys.executable, "-m", module, "a b"], cwd=checkout, env=env, capture_output=True, text=True
    )
    assert (done.stdout, done.returncode) == ("of the copy\n", 0), done.stderr


def test_elsewhere_the_installed_code_is_used(tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(TOP / "src")}
    command = [sys.executable, "-m", "coupled_vae.run", "--help"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert "TARGET" in done.stdout
