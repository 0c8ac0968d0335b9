"""Put many files into place, all of them or none."""

import errno
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from coupled_vae.runtime.errors import UserError


def put(files: Mapping[Path, Path], backup: Path) -> None:
    """Move files to their places; if one cannot be moved, the tree is as it was before.

    Args:
        files: Of each place, the file that is moved to it.
        backup: An empty folder for the files that stand there now.

    Raises:
        UserError: A file cannot be moved, or the disk is full.
    """
    moved: list[tuple[Path, Path | None]] = []
    made: list[Path] = []
    place = next(iter(files), backup)
    try:
        for number, (place, file) in enumerate(files.items()):
            made += _make_folder(place.parent)
            old = backup / str(number) if os.path.lexists(place) else None
            moved.append((place, old))  # before it is moved: Ctrl-C may come between
            if old is not None:
                _move(place, old)
            _move(file, place)
    except BaseException as error:  # also Ctrl-C
        _undo(moved, made)
        if not isinstance(error, OSError):
            raise
        reason = error.strerror or str(error)
        raise UserError(f"{place}: cannot be written: {reason}; nothing was changed") from None


def _make_folder(folder: Path) -> list[Path]:
    """Make a folder; returns the folders that were made, the outermost first."""
    missing = [parent for parent in [folder, *folder.parents] if not parent.exists()][::-1]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _move(source: Path, target: Path) -> None:
    """Rename a file, or copy it where the target is on another file system."""
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with suppress(FileNotFoundError):
            target.unlink()
        shutil.move(source, target)


def _undo(moved: list[tuple[Path, Path | None]], made: list[Path]) -> None:
    for place, old in reversed(moved):
        with suppress(OSError):
            if old is not None:
                _move(old, place)
            else:
                place.unlink()
    for folder in reversed(made):
        with suppress(OSError):
            folder.rmdir()
