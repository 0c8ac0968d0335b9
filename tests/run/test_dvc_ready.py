"""What DVC needs of a folder: said or mended before anything is changed."""

import errno
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small import TOP

from coupled_vae.run import dvc_ready
from coupled_vae.runtime.errors import UserError


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".dvc" / "tmp").mkdir(parents=True)


@pytest.mark.parametrize("target", ["scratch", "nowhere", "results"])
def test_results_as_a_link_is_refused_and_nothing_touched(tmp_path, target):
    (tmp_path / "scratch").mkdir()
    (tmp_path / "scratch" / "kept.csv").write_text("kept")
    Path("results").symlink_to(target)
    with pytest.raises(UserError, match="link results/data or results/runs") as error:
        dvc_ready.prepare()
    assert len(str(error.value).splitlines()) == 1
    assert (tmp_path / "scratch" / "kept.csv").read_text() == "kept"
    assert Path("results").is_symlink()


def test_results_as_a_file_is_refused_and_links_inside_are_not(tmp_path):
    Path("results").write_text("")
    with pytest.raises(UserError, match="results is a file"):
        dvc_ready.prepare()
    Path("results").unlink()
    (tmp_path / "scratch").mkdir()
    Path("results").mkdir()
    Path("results/runs").symlink_to(tmp_path / "scratch")
    dvc_ready.prepare()


def status() -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dvc", "status"]
    return subprocess.run(command, capture_output=True, text=True)


def test_an_unpacked_archive_works_and_a_repository_is_left_alone():
    Path(".dvc/config").write_text("[core]\n    analytics = false\n")
    Path("dvc.yaml").write_text("stages: {}\n")
    assert "not a git repository" in status().stderr
    dvc_ready.prepare()
    assert status().returncode == 0
    subprocess.run(["git", "init", "--quiet"], check=True)
    dvc_ready.prepare()
    assert not dvc_ready.LOCAL.exists()
    dvc_ready.LOCAL.write_text("[cache]\n    dir = /somewhere\n")
    dvc_ready.prepare()
    assert "somewhere" in dvc_ready.LOCAL.read_text()


def test_a_lock_of_a_process_that_is_no_dvc_is_cleared():
    dvc = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", "dvc", "repro"])
    give_up = time.monotonic() + 10
    while not dvc_ready._is_dvc(dvc.pid, time.time()) and time.monotonic() < give_up:
        time.sleep(0.02)  # until it has become another program
    other, gone = os.getpid(), 2**22 - 3
    infos = [{"pid": pid, "cmd": "dvc repro"} for pid in (dvc.pid, other, gone)]
    write = {f"/{k}": info for k, info in enumerate(infos)}
    dvc_ready.RWLOCK.write_text(
        json.dumps({"read": {"/a": infos, "/b": infos[1:]}, "write": write})
    )
    try:
        dvc_ready.prepare()
    finally:
        dvc.kill()
        dvc.wait()
    assert json.loads(dvc_ready.RWLOCK.read_text()) == {
        "read": {"/a": infos[:1]},
        "write": {"/0": infos[0]},
    }


@pytest.mark.parametrize("text", ["", "{", "[]", '{"read": 3}', '{"read": {}, "write": {"a": []}}'])
def test_a_damaged_lock_is_no_lock(text):
    dvc_ready.RWLOCK.write_text(text)
    dvc_ready.prepare()
    left = dvc_ready.RWLOCK.read_text() if dvc_ready.RWLOCK.exists() else ""
    assert left in ("", text)


@pytest.mark.parametrize(
    "settings",
    [
        "[cache]\n    dir = /somewhere\n",
        "[core]\n    remote = here\n['remote \"here\"']\n    url = /somewhere",
        "[cache]\n    dir = /somewhere\n[core]",
        "[core]\n    no_scm = false\n    remote = here\n",
    ],
)
def test_local_settings_of_the_users_stay(settings):
    Path(".dvc/config").write_text("[core]\n    analytics = false\n")
    Path("dvc.yaml").write_text("stages: {}\n")
    dvc_ready.LOCAL.write_text(settings)
    dvc_ready.prepare()
    text = dvc_ready.LOCAL.read_text()
    assert status().returncode == 0
    dvc_ready.prepare()
    assert dvc_ready.LOCAL.read_text() == text
    assert text.count("[core]") == 1
    git("init", "--quiet")
    dvc_ready.prepare()
    told = dvc_ready.LOCAL.read_text()
    assert "no_scm" not in told
    assert all(line in told for line in settings.split("\n") if "no_scm" not in line)


def test_local_settings_that_cannot_be_read_are_named():
    dvc_ready.LOCAL.write_text("[core\n")
    with pytest.raises(UserError, match=r"config\.local: .* mend the file") as error:
        dvc_ready.prepare()
    assert len(str(error.value).splitlines()) == 1
    assert dvc_ready.LOCAL.read_text() == "[core\n"


def git(*words: str) -> None:
    subprocess.run(["git", *words], check=True)


def test_an_archive_inside_another_repository_is_in_no_git(tmp_path, monkeypatch):
    git("init", "--quiet")
    (tmp_path / ".gitignore").write_text("*\n")
    (tmp_path / "unpacked/.dvc").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "unpacked")
    Path("dvc.yaml").write_text("stages: {}\n")
    dvc_ready.prepare()
    assert "no_scm = true" in dvc_ready.LOCAL.read_text()
    assert status().returncode == 0
    git("add", "--force", "dvc.yaml")
    dvc_ready.prepare()
    assert not dvc_ready.LOCAL.exists()


@pytest.mark.parametrize("kind", ["copied worktree", "emptied"])
def test_a_git_that_leads_nowhere_is_none(kind):
    if kind == "emptied":
        Path(".git").mkdir()
    else:
        Path(".git").write_text("gitdir: /nowhere/.git/worktrees/here\n")
    Path("dvc.yaml").write_text("stages: {}\n")
    dvc_ready.prepare()
    assert status().returncode == 0


def test_a_machine_without_git(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    Path("dvc.yaml").write_text("stages: {}\n")
    dvc_ready.prepare()
    assert "no_scm = true" in dvc_ready.LOCAL.read_text()


def test_the_projects_own_archive(tmp_path):
    """As unpacked: DVC plans all stages, before anything of a run has been there."""
    for name in ("dvc.yaml", "experiments/dvc.yaml", "params.yaml", ".dvc/config", ".dvcignore"):
        if (TOP / name).exists():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            shutil.copy(TOP / name, tmp_path / name)
    for name in ("src", "workflow"):
        shutil.copytree(TOP / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "coupled_vae.run.dvc_ready", "repro", "--dry", "plan"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "plan" in done.stdout


def test_a_lock_of_a_number_that_another_dvc_has_now_is_cleared():
    dvc = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", "dvc", "repro"])
    give_up = time.monotonic() + 10
    while not dvc_ready._is_dvc(dvc.pid, time.time()) and time.monotonic() < give_up:
        time.sleep(0.02)
    info = {"pid": dvc.pid, "cmd": "dvc repro"}
    dvc_ready.RWLOCK.write_text(json.dumps({"read": {"/a": [info]}, "write": {"/b": info}}))
    an_hour_ago = time.time() - 3600
    os.utime(dvc_ready.RWLOCK, (an_hour_ago, an_hour_ago))
    try:
        dvc_ready.prepare()
    finally:
        dvc.kill()
        dvc.wait()
    assert json.loads(dvc_ready.RWLOCK.read_text()) == {"read": {}, "write": {}}


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_no_place_for_dvc(monkeypatch, number):
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(dvc_ready.fcntl, "flock", refuse)
    with pytest.raises(UserError, match=r"no locks.*python -m coupled_vae\.run paper") as error:
        dvc_ready.prepare()
    assert len(str(error.value).splitlines()) == 1
