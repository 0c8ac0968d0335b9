"""Finished steps of cells that a chunk has computed, kept until each cell's own job asks for them.

A step is named by its command and by the bytes of the files that it reads, so that what is taken is
what the command would have computed.
"""

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from coupled_vae.errors import UserError

STASH = "COUPLED_VAE_STASH"
LONGEST = 255  # of a file's name; a longer word is JSON


def out(command: list[str]) -> Path:
    """Where a step writes: a file, or a folder of files, which has no suffix."""
    return Path(command[command.index("--out") + 1])


def key(command: list[str], where: Mapping[str, Path]) -> str:
    """Name of a step; ``where`` says in which place files stand that another step has made."""
    told = hashlib.sha256()
    for word in command:
        told.update(word.encode() + b"\0")
        name = word.partition("=")[2] if word.startswith("--") else word
        file = where.get(name, Path(name))
        if name and len(name) <= LONGEST and name != str(out(command)) and file.is_file():
            told.update(hashlib.sha256(file.read_bytes()).digest())
    return told.hexdigest()[:32]


def take(command: list[str]) -> bool:
    """Copy what a step wrote to its place; False where no chunks are used.

    Raises:
        UserError: The step failed in its chunk, or the chunk did not come to it.
    """
    root = os.environ.get(STASH)
    if not root:
        return False
    folder = Path(root) / key(command, {})
    if not folder.is_dir():
        failed = folder.with_suffix(".error")
        raise UserError(
            failed.read_text(encoding="utf-8")
            if failed.exists()
            else "its chunk did not come to it; see above and logs/chunks, then run again"
        )
    target = out(command)
    for file in sorted(folder.iterdir()):
        _copy(file, target if target.suffix else target / file.name)
    return True


def _copy(source: Path, target: Path) -> None:
    """Copy a whole file atomically (without numpy, which takes longer to import)."""
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, part)
        part.replace(target)
    except OSError as error:
        raise UserError(f"{target}: cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)


def clear(root: Path) -> None:
    """Forget all steps."""
    shutil.rmtree(root, ignore_errors=True)
