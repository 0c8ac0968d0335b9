"""What the machine must offer before anything starts: a folder to write in, caches, space.

Uses the standard library alone, because it also runs before anything is installed.
"""

import os
import sys
import tempfile
from pathlib import Path

from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.project import TOP

STATE = ".snakemake"  # in the folder of a run; git does not have it
PROBE_BYTES = 2**16  # a file system that is full still takes empty files


def prepare(folder: Path = TOP) -> None:
    """See to it that a run can write in its folder, its caches and the folder of temporary files.

    Folders of the user's that cannot be written to are replaced in ``os.environ`` by some below
    ``.snakemake``, with a line on standard error.

    Args:
        folder: The folder of the run.

    Raises:
        UserError: The folder itself, or every folder of temporary files, cannot be written to.
    """
    folder = folder.absolute()
    state = folder / STATE
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such folder")
    if reason := unwritable(state):
        raise cannot_write(folder, reason)
    _see_to_temporary_files(state / "tmp")
    _see_to_home(state / "home")


def cannot_write(folder: Path, reason: str | None) -> UserError:
    """The error for a folder in which a run cannot write."""
    return UserError(f"{folder}: cannot be written to ({reason}); run in a folder that can be")


def unwritable(folder: Path, *, create: bool = True) -> str:
    """Why nothing can be written in a folder; empty if it can be.

    It is tried: access rights say nothing of full, read-only and special file systems.

    Args:
        folder: The folder.
        create: Whether it is made if it does not exist.
    """
    try:
        if create:
            folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".probe-") as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _see_to_temporary_files(own: Path) -> None:
    told = os.environ.get("TMPDIR")
    # Programs started in another folder must find a relative one too.
    asked = [os.path.abspath(told)] if told else []
    reasons = []
    for place in [*asked, "/tmp", "/var/tmp", str(own)]:
        reason = unwritable(Path(place), create=place == str(own))
        if not reason:
            break
        reasons.append(f"{place} ({reason})")
    else:
        raise UserError(
            f"no temporary file can be written in {', '.join(reasons)}; make space, or set TMPDIR "
            "to a folder that can be written to"
        )
    if reasons:
        print(f"temporary files go to {place}, not to {reasons[0]}", file=sys.stderr)
    if told or reasons:
        os.environ["TMPDIR"] = place
    tempfile.tempdir = None  # Python remembers the one it chose


def _see_to_home(own: Path) -> None:
    home = _home()
    if not (home.is_absolute() and home.is_dir()):
        # A home that can only be read is kept: settings and keys are in it.
        print(f"HOME ({home}) is no folder; {own} takes its place", file=sys.stderr)
        own.mkdir(parents=True, exist_ok=True)
        home = own
    os.environ["HOME"] = str(home)
    moved = [name for name, place in _caches(home).items() if unwritable(place)]
    for name in moved:
        folder = own / name.lower()
        folder.mkdir(parents=True, exist_ok=True)
        os.environ[name] = str(folder)
    if moved:
        print(f"{', '.join(moved)}: cannot be written to; caches go to {own}", file=sys.stderr)


def _home() -> Path:
    if not os.environ.get("HOME"):
        os.environ.pop("HOME", None)  # set to nothing, it would mean the root
    return Path(os.path.expanduser("~"))  # the user may be in no list, as in containers


def _caches(home: Path) -> dict[str, Path]:
    """Where Snakemake, pip, matplotlib and DVC have caches, by the variable that says so."""
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    defaults = {
        "XDG_CACHE_HOME": cache,
        "PIP_CACHE_DIR": cache / "pip",
        "MPLCONFIGDIR": config / "matplotlib",
        "DVC_SITE_CACHE_DIR": Path("/var/tmp/dvc"),
    }
    return {name: Path(os.environ.get(name) or place) for name, place in defaults.items()}
