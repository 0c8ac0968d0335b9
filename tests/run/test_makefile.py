"""The environment: made once, by what it is made of, and anew where it does not work."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from small import TOP

SITE = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
# This Python, but that its environments have a pip that only pretends, which CALLS lists.
FAKE = f"""#!/bin/bash
echo "$*" >> "$CALLS"
case "$*" in
  "-m venv"*)
    [ -z "$NO_SPACE" ] || {{ echo "Error: [Errno 28] No space left on device" >&2; exit 1; }}
    "{sys.executable}" -m venv --without-pip "${{@:3}}" || exit
    place="${{@: -1}}"
    rm "$place"/bin/python* && cp "$0" "$place/bin/python" && touch "$place/bin/pip-is-here" ;;
  "-m pip"*)
    [ -z "$OFFLINE" ] || {{
      echo "WARNING: Retrying: NewConnectionError('Failed to establish a new connection')" >&2
      echo "ERROR: No matching distribution found for alpha" >&2; exit 1; }}
    site="$(dirname "$0")/../{SITE}"
    case "$*" in
      *--editable*) names="coupled_vae-0.1.0" ;;
      *) names=$(sed -n 's/-/_/g; s/==/-/p' "${{@: -1}}") ;;
    esac
    for name in $names; do
      mkdir -p "$site/$name.dist-info" || exit
      [ -n "$INTERRUPTED" ] || touch "$site/$name.dist-info/INSTALLER"
    done
    [ -z "$INTERRUPTED" ] || kill -"$INTERRUPTED" $$ ;;
  *"import sys, pip"* | *"import pip"*) [ -e "$(dirname "$0")/pip-is-here" ] ;;
  "-m coupled_vae."*) exec "{sys.executable}" -c "import runpy, sys; sys.executable = '$0'; \
    del sys.argv[:2]; runpy.run_module(sys.argv[0], run_name='__main__')" "$@" ;;
  *) exec "{sys.executable}" "$@" ;;
esac
"""


# All of the package that the environment is made with: none of it needs an installation.
NEEDED = (
    *("__init__.py", "run/__init__.py", "run/environment.py", "run/surroundings.py"),
    *("runtime/__init__.py", "runtime/errors.py", "runtime/project.py"),
)


class Project:
    """A copy of what makes the environment, with a lock of two packages."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.calls = folder, folder.parent / "calls"
        self.calls.touch()
        folder.mkdir()
        for name in ("Makefile", "pyproject.toml", ".gitignore"):
            shutil.copy(TOP / name, folder / name)
        for name in NEEDED:
            (folder / "src/coupled_vae" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TOP / "src/coupled_vae" / name, folder / "src/coupled_vae" / name)
        (folder / "requirements.lock").write_text("alpha==1.0\nbe-ta==2.0\n")
        (folder / "requirements-slurm.lock").write_text("gamma==3.0\n")
        (folder / "requirements-cluster-generic.lock").write_text("delta==4.0\n")
        self.python = folder.parent / "python"
        self.python.write_text(FAKE)
        self.python.chmod(0o755)

    def make(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        own = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
        own |= {"CALLS": str(self.calls), "PIP_NO_INDEX": "1", **env}
        words = words if words and "=" not in words[0] else ("environment", *words)
        command = ["make", f"PYTHON={self.python}", *words]
        return subprocess.run(command, cwd=self.folder, env=own, capture_output=True, text=True)

    def made(self, *words: str, **env: str) -> list[str]:
        """Bring the environment up to date; what was called for it, in short."""
        self.calls.write_text("")
        done = self.make(*words, **env)
        assert done.returncode == 0, done.stderr
        called = self.calls.read_text().splitlines()
        kinds = {"-m venv": "venv", "requirements.lock": "lock", "--editable": "project"}
        kinds |= {"requirements-slurm.lock": "slurm"}
        kinds |= {"requirements-cluster-generic.lock": "cluster-generic"}
        return [kind for line in called for word, kind in kinds.items() if _calls(word, line)]

    def refused(self, *words: str, **env: str) -> str:
        """The one line with which it ends."""
        done = self.make(*words, **env)
        assert done.returncode != 0
        lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        others = ("error: ", "make: ", "installing ", ".venv does not work")
        assert all(line.startswith(others) for line in done.stderr.splitlines()), done.stderr
        assert len(lines) == 1, done.stderr
        return lines[0]


def _calls(word: str, line: str) -> bool:
    return line.startswith(word) or (line.startswith("-m pip") and word in line.split())


ALL = ["venv", "lock", "project"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "my project")


def test_content_decides_and_not_dates(project):
    assert project.made() == ALL
    assert project.made(OFFLINE="1") == []
    for name in ("pyproject.toml", "requirements.lock"):
        os.utime(project.folder / name)
    assert project.made(OFFLINE="1") == []
    pyproject = project.folder / "pyproject.toml"
    text = pyproject.read_text()
    pyproject.write_text(text.replace("line-length = 100", "width = 90"))
    assert project.made(OFFLINE="1") == []
    pyproject.write_text(text.replace('    "numpy', '    "more",\n    "numpy'))
    assert project.made() == ["project"]
    with (project.folder / "requirements.lock").open("a") as lock:
        lock.write("another==1\n")
    assert project.made() == ["lock", "project"]
    assert project.made(OFFLINE="1") == []


def test_the_stamp_says_what_was_installed_and_where(project):
    project.made()
    stamp = json.loads((project.folder / ".venv/ready").read_text())
    assert stamp["environment"] == str(project.folder / ".venv")
    assert stamp["python"] == ".".join(map(str, sys.version_info[:3]))
    assert {"requirements.lock", "project"} <= stamp.keys()


@pytest.mark.parametrize("stamp", ["", "12345-678\n", "[]", "{", None])
def test_an_environment_that_has_all_is_kept_whatever_its_stamp_says(project, stamp):
    project.made()
    ready = project.folder / ".venv/ready"
    ready.unlink() if stamp is None else ready.write_text(stamp)
    assert project.made(OFFLINE="1") == []
    assert "environment" in json.loads(ready.read_text())


@pytest.mark.parametrize("move", [Path.rename, shutil.copytree])
def test_a_moved_project_keeps_it_and_its_scripts_work(project, tmp_path, move):
    project.made()
    old, new = project.folder, tmp_path / "renamed"
    script, link = ".venv/bin/tool", f".venv/{SITE}/__editable__.coupled_vae.pth"
    (old / script).write_text(f"#!{old}/.venv/bin/python\n")
    (old / link).write_text(f"{old}/src\n")
    move(old, new)
    project.folder = new
    assert project.made(OFFLINE="1") == []
    assert (new / script).read_text() == f"#!{new}/.venv/bin/python\n"
    assert (new / link).read_text() == f"{new}/src\n"


@pytest.mark.parametrize("how", ["gone", "link", "fails", "library", "pip"])
def test_one_that_does_not_work_is_made_anew(project, how):
    project.made()
    python = project.folder / ".venv/bin/python"
    if how in ("gone", "link", "fails"):
        python.unlink()
    if how == "link":
        python.symlink_to("/nowhere/python3")
    if how == "fails":
        python.write_text("#!/bin/sh\nexit 1\n")
        python.chmod(0o755)
    if how in ("library", "pip"):
        (python.parent / "pip-is-here").unlink()
        shutil.rmtree(project.folder / ".venv" / SITE / "alpha-1.0.dist-info")
    if how == "library":  # as after an update of the system's Python
        shutil.rmtree(project.folder / ".venv/lib")
    assert project.made() == ALL
    assert project.made(OFFLINE="1") == []


def test_a_working_one_needs_neither_python_nor_pip(project):
    project.made()
    assert project.made("PYTHON=nowhere", OFFLINE="1") == []
    (project.folder / ".venv/bin/pip-is-here").unlink()  # as uv makes them
    assert project.made(OFFLINE="1") == []


@pytest.mark.parametrize("package", ["alpha-1.0", "be_ta-2.0"])
def test_what_was_taken_out_is_installed_again(project, package):
    project.made()
    site = project.folder / ".venv" / SITE
    (site / f"{package}.dist-info").rename(site / f"{package[:-1]}9.dist-info")
    assert project.made() == ["lock", "project"]


def test_a_link_to_a_folder_is_used_and_stays(project, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (project.folder / ".venv").symlink_to(tmp_path / "elsewhere")
    assert project.made() == ALL
    assert project.made(OFFLINE="1") == []
    assert project.make("clean").returncode == 0
    assert (tmp_path / "elsewhere/ready").exists()
    assert not (project.folder / ".venv").is_symlink()


def test_what_is_no_environment_is_neither_used_nor_deleted(project, tmp_path):
    (project.folder / ".venv").symlink_to(tmp_path / "gone")
    assert "which is gone; delete the link" in project.refused()
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers/draft").touch()
    assert "is no environment" in project.refused(f"VENV={tmp_path / 'papers'}")
    assert project.make("clean", f"VENV={tmp_path / 'papers'}").returncode == 0
    assert (tmp_path / "papers/draft").exists()
    (tmp_path / "file").touch()
    assert "is a file" in project.refused(f"VENV={tmp_path / 'file'}")
    assert "was not made" in project.refused("VENV=/dev/null/x")


def test_git_sees_none_wherever_it_stands(project, tmp_path):
    subprocess.run(["git", "init", "--quiet"], cwd=project.folder, check=True)
    (tmp_path / "elsewhere").mkdir()
    (project.folder / ".venv").symlink_to(tmp_path / "elsewhere")
    project.made("VENV=other")
    status = subprocess.run(
        ["git", "status", "--short", "--untracked-files=all"],
        cwd=project.folder,
        capture_output=True,
        text=True,
    )
    assert "src/coupled_vae/run/environment.py" in status.stdout
    assert ".venv" not in status.stdout
    assert "other" not in status.stdout


def test_no_python_an_old_one_and_one_without_venv_are_one_line(project, tmp_path):
    assert "there is no nowhere; install Python 3.11" in project.refused("PYTHON=nowhere")
    old = tmp_path / "sitecustomize.py"
    old.write_text("import sys; sys.version_info = (3, 9, 2); sys.version = '3.9.2 (old)'\n")
    hidden = tmp_path / "hidden"
    (hidden).mkdir()
    (hidden / "sitecustomize.py").write_text(
        "import importlib.util as u; real = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'ensurepip' else real(name, *more)\n"
    )
    for folder, words in ((tmp_path, "3.11 or newer is needed, this is 3.9.2"), (hidden, "-venv")):
        python = tmp_path / "other"
        python.write_text(
            f'#!/bin/sh\nPYTHONPATH="{folder}:$PYTHONPATH" exec "{sys.executable}" "$@"\n'
        )
        python.chmod(0o755)
        assert words in project.refused(f"PYTHON={python}")


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"OFFLINE": "1"}, "requirements.lock was not installed: no package index can be reached"),
        ({"NO_SPACE": "1"}, ".venv was not made: the disk is full"),
        ({"INTERRUPTED": "9"}, "killed by signal 9"),
        ({"INTERRUPTED": "15"}, "killed by signal 15"),
    ],
)
def test_a_failed_install_is_one_line_leaves_no_stamp_and_is_done_again(project, env, words):
    assert words in project.refused(**env)
    assert not (project.folder / ".venv/ready").exists()
    assert "lock" in project.made()
    assert project.made(OFFLINE="1") == []
    # Nor does a stamp of before stay where a later install fails.
    (project.folder / "requirements.lock").write_text("alpha==1.1\n")
    if "NO_SPACE" not in env:
        project.refused(**env)
        assert not (project.folder / ".venv/ready").exists()


@pytest.mark.parametrize("executor", ["slurm", "cluster-generic"])
def test_the_plugin_is_installed_beside_the_rest_and_only_when_asked(project, executor):
    assert project.made() == ALL
    assert project.made(f"environment-{executor}") == [executor, "project"]
    assert project.made(f"environment-{executor}", OFFLINE="1") == []
    assert project.made(OFFLINE="1") == []


@pytest.mark.parametrize(
    ("line", "locks"),
    [
        ("executor: slurm", ["slurm"]),
        ("executor: cluster-generic  # any", ["cluster-generic"]),
        ("executor: kubernetes", []),  # no lock: the front door says what to install
        ("jobs: 1", []),
    ],
)
def test_a_profile_brings_the_plugin_of_its_executor(project, line, locks):
    (project.folder / "profiles/mine").mkdir(parents=True)
    (project.folder / "profiles/mine/config.yaml").write_text(f"{line}\n")
    said = project.make("--dry-run", "report", "PROFILE=mine").stdout
    found = [name for name in ("slurm", "cluster-generic") if f"requirements-{name}.lock" in said]
    assert found == locks


@pytest.mark.parametrize(("setuptools", "fetches"), [("65.5.0", True), ("84.2.1", False)])
def test_the_project_is_built_by_the_setuptools_at_hand_if_new_enough(project, setuptools, fetches):
    with (project.folder / "requirements.lock").open("a") as lock:
        lock.write(f"setuptools=={setuptools}\n")
    project.made()
    line = next(line for line in project.calls.read_text().splitlines() if "--editable" in line)
    assert ("--no-build-isolation" not in line) == fetches
