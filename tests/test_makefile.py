"""The environment: made once, by what it is made of, and anew where it does not work."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
# Makes environments like venv and installs like pip, without either.
FAKE = """#!/bin/bash
echo "$*" >> "$CALLS"
case "$*" in
  "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && touch "$3/pyvenv.cfg" ;;
  *"-r requirements.lock") [ -z "$OFFLINE" ] ;;
  *ensurepip*) [ -z "$NO_VENV" ] ;;
esac
"""


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder, self.calls = folder, folder.parent / "calls"
        folder.mkdir()
        for name in ("Makefile", "pyproject.toml", "requirements.lock"):
            shutil.copy(TOP / name, folder / name)
        self.python = folder.parent / "python"
        self.python.write_text(FAKE)
        self.python.chmod(0o755)

    def make(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        own = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
        own |= {"CALLS": str(self.calls), **env}
        command = ["make", "environment", f"PYTHON={self.python}", *words]
        return subprocess.run(command, cwd=self.folder, env=own, capture_output=True, text=True)

    def installs(self, *words: str, **env: str) -> int:
        """How often pip was called to install the lock."""
        self.calls.write_text("")
        done = self.make(*words, **env)
        assert done.returncode == 0, done.stderr
        return self.calls.read_text().count("-r requirements.lock")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


def test_it_is_made_once_and_again_where_what_it_is_made_of_changed(project):
    assert project.installs() == 1
    assert project.installs() == 0
    os.utime(project.folder / "pyproject.toml")
    os.utime(project.folder / "requirements.lock")
    assert project.installs(OFFLINE="1") == 0
    with (project.folder / "requirements.lock").open("a") as lock:
        lock.write("another==1\n")
    assert project.installs() == 1
    text = (project.folder / "pyproject.toml").read_text()
    (project.folder / "pyproject.toml").write_text(
        text.replace('    "numpy', '    "more",\n    "numpy')
    )
    assert project.installs() == 1
    assert project.installs() == 0


def test_a_moved_project_keeps_it(project, tmp_path):
    assert project.installs() == 1
    project.folder = project.folder.rename(tmp_path / "renamed")
    assert project.installs(OFFLINE="1") == 0


def test_one_whose_python_is_gone_is_made_anew(project):
    assert project.installs() == 1
    (project.folder / ".venv/bin/python").unlink()
    assert project.installs() == 1
    assert "-m venv" in project.calls.read_text()
    (project.folder / ".venv/bin/python").unlink()
    (project.folder / ".venv/bin/python").symlink_to("/nowhere/python3")
    assert project.installs() == 1


def test_a_link_to_a_folder_is_used_and_one_to_nothing_is_one_line(project, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (project.folder / ".venv").symlink_to(tmp_path / "elsewhere")
    assert project.installs() == 1
    assert (tmp_path / "elsewhere/ready").exists()
    assert project.installs() == 0
    shutil.rmtree(tmp_path / "elsewhere")
    assert "is a link to no folder; delete it" in refused(project)


def refused(project: Project, *words: str, **env: str) -> str:
    done = project.make(*words, **env)
    assert done.returncode != 0
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make: ")]
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_no_python_and_no_venv_are_one_line(project):
    assert "there is no nowhere" in refused(project, "PYTHON=nowhere")
    assert "apt install python3-venv" in refused(project, NO_VENV="1")


def test_an_install_that_failed_leaves_no_stamp(project):
    assert project.make(OFFLINE="1").returncode != 0
    assert not (project.folder / ".venv/ready").exists()
    assert project.installs() == 1
