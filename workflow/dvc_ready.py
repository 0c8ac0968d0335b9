"""What DVC needs of a folder before it may start: said, or made so, before anything is changed."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from coupled_vae.errors import UserError
from coupled_vae.files import write_text

RESULTS = Path("results")
LOCAL = Path(".dvc/config.local")  # which git does not have
NO_SCM = "# Written by a run: this folder is no git repository.\n[core]\n    no_scm = true\n"
RWLOCK = Path(".dvc/tmp/rwlock")


def prepare() -> None:
    """Make DVC ready in the present folder, whose lock this run holds.

    Raises:
        UserError: It cannot work here; one line says why, and what to do.
    """
    check_results()
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
            "link results/data or results/runs in it, which works, or run without DVC: python "
            "workflow/run.py paper"
        )
    if RESULTS.exists() and not RESULTS.is_dir():
        raise UserError("results is a file; move it away, results are a folder")


def tell_whether_there_is_git() -> None:
    """Let DVC work in an unpacked archive, where there is no git repository."""
    here = Path.cwd()
    has_git = any((folder / ".git").exists() for folder in (here, *here.parents))
    ours = LOCAL.exists() and LOCAL.read_text(encoding="utf-8") == NO_SCM
    if ours and has_git:
        LOCAL.unlink()
    elif not has_git and not LOCAL.exists():
        write_text(LOCAL, NO_SCM)


def clear_stale_locks() -> None:
    """Take out of DVC's lock what no DVC holds: a killed one's number may be another process's."""
    try:
        tree = json.loads(RWLOCK.read_text(encoding="utf-8"))
        kept = {mode: _held(mode, tree[mode]) for mode in ("read", "write")}
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        with suppress(OSError):  # damaged: DVC would refuse to start
            RWLOCK.unlink()
        return
    if kept != tree:
        write_text(RWLOCK, json.dumps(kept))


def _held(mode: str, entries: dict[str, Any]) -> dict[str, Any]:
    if mode == "write":
        return {path: info for path, info in entries.items() if not info or _is_dvc(info["pid"])}
    held = {
        path: [info for info in infos if _is_dvc(info["pid"])] for path, infos in entries.items()
    }
    return {path: infos for path, infos in held.items() if infos}


def _is_dvc(pid: int) -> bool:
    """Whether a process is there and a DVC; one that may not be looked at counts as such."""
    try:
        return any(Path(word).name == "dvc" for word in psutil.Process(pid).cmdline())
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True
