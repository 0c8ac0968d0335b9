"""What DVC needs of a folder before it may start: said, or made so, before anything is changed.

As a program it starts DVC in the project's folder: ``python -m coupled_vae.run.dvc_ready pull``.
"""

import fcntl
import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import psutil
from configobj import ConfigObj, ConfigObjError

from coupled_vae.run import guard, surroundings
from coupled_vae.runtime.errors import UserError, exit_status
from coupled_vae.runtime.files import write_text
from coupled_vae.runtime.project import TOP, use_checkout

RESULTS = Path("results")
LOCAL = Path(".dvc/config.local")  # which git does not have
WITHOUT_DVC = "run without DVC: python -m coupled_vae.run paper"
RWLOCK = Path(".dvc/tmp/rwlock")
CLOCK_SECONDS = 1  # by which a file's time and a process's may differ


def prepare() -> None:
    """Make DVC ready in the present folder, whose lock this run holds.

    Raises:
        UserError: It cannot work here; one line says why, and what to do.
    """
    check_results()
    check_locks()
    tell_whether_there_is_git()
    clear_stale_locks()


def check_results() -> None:
    """DVC follows links inside ``results``, but refuses what it tracks below a link.

    Raises:
        UserError: ``results`` is a link or a file.
    """
    if RESULTS.is_symlink():
        raise UserError(
            f"results is a link to {RESULTS.readlink()}, which DVC refuses; make it a folder and "
            f"link results/data or results/runs in it, which works, or {WITHOUT_DVC}"
        )
    if RESULTS.exists() and not RESULTS.is_dir():
        raise UserError("results is a file; move it away, results are a folder")


def check_locks() -> None:
    """DVC locks files by flock whatever its settings, and some file systems have no locks.

    Raises:
        UserError: The file system of this folder has none.
    """
    try:
        RWLOCK.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=RWLOCK.parent) as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        flaw = f"{RWLOCK.parent}: DVC cannot write there ({error.strerror}); mend the folder, or"
        if error.errno in guard.NO_LOCKS:
            where = f"DVC cannot work in {Path.cwd()}, whose file system has no locks"
            flaw = f"{where} ({error.strerror});"
        raise UserError(f"{flaw} {WITHOUT_DVC}") from None


def tell_whether_there_is_git() -> None:
    """Let DVC work in an unpacked archive, where there is no git repository.

    Only ``no_scm`` of DVC's local settings is set, or taken out again; others stay.

    Raises:
        UserError: The local settings cannot be read.
    """
    text = LOCAL.read_text(encoding="utf-8") if LOCAL.exists() else ""
    try:
        settings = ConfigObj(text.splitlines(), interpolation=False)
    except ConfigObjError as error:
        raise UserError(f"{LOCAL}: DVC's settings cannot be read: {error}; mend the file") from None
    core = settings.setdefault("core", {})
    before = core.pop("no_scm", None)
    if not _has_git(Path.cwd()):
        core["no_scm"] = "true"
    if core.get("no_scm") == before:
        return
    if any(settings.values()):
        write_text(LOCAL, "\n".join(settings.write()) + "\n")
    else:
        LOCAL.unlink()


def _has_git(folder: Path) -> bool:
    """Whether a folder is a repository of its own, or a part of one that has its ``dvc.yaml``.

    An archive that is unpacked inside another repository is not in git, and may be ignored there.
    """
    own = folder / ".git"
    if own.is_file():  # as in a worktree, which may have been copied away from its repository
        own = folder / own.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
    if os.path.lexists(folder / ".git"):
        return (own / "HEAD").is_file()
    command = ["git", "ls-files", "--error-unmatch", "dvc.yaml"]
    try:
        return subprocess.run(command, cwd=folder, capture_output=True).returncode == 0
    except OSError:  # no git on this machine
        return False


def clear_stale_locks() -> None:
    """Take out of DVC's lock what no DVC holds: a killed one's number may be another process's."""
    try:
        tree = json.loads(RWLOCK.read_text(encoding="utf-8"))
        written = RWLOCK.stat().st_mtime
        readers = {
            path: [info for info in infos if _is_dvc(info["pid"], written)]
            for path, infos in tree["read"].items()
        }
        writers = {
            path: info
            for path, info in tree["write"].items()
            if not info or _is_dvc(info["pid"], written)
        }
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        with suppress(OSError):  # damaged: DVC would refuse to start
            RWLOCK.unlink()
        return
    kept = {"read": {path: infos for path, infos in readers.items() if infos}, "write": writers}
    if kept != tree:
        write_text(RWLOCK, json.dumps(kept))


def _is_dvc(pid: int, written: float) -> bool:
    """Whether a process is a DVC that was at work when the lock was written.

    One that may not be looked at counts as such.
    """
    try:
        process = psutil.Process(pid)
        if process.create_time() > written + CLOCK_SECONDS:
            return False  # it started after the lock was written: the number was used again
        return any(Path(word).name == "dvc" for word in process.cmdline())
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True


def main(argv: list[str]) -> int:
    """Start DVC; does not return unless DVC cannot start."""

    def action() -> int:
        surroundings.prepare(TOP)
        os.chdir(TOP)
        check_locks()
        tell_whether_there_is_git()
        os.execv(sys.executable, [sys.executable, "-m", "dvc", *argv])

    return exit_status(action)


if __name__ == "__main__":
    use_checkout()
    sys.exit(main(sys.argv[1:]))
