"""Artifacts on disk: written to a temporary name and renamed, read without pickle.

A reader never sees half a file, and a job that dies leaves either the whole artifact or none.
"""

import contextlib
import io
import json
import os
import secrets
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from coupled_vae.errors import UserError

Arrays = dict[str, np.ndarray[Any, Any]]


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; on success it becomes ``path``, else it is removed.

    Raises:
        UserError: The disk is full or the folder not writable.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
        # Created here and not by tempfile: the file gets the rights that the user's umask leaves.
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    except OSError as error:
        raise UserError(
            f"{path}: cannot be written: {error.strerror or error}; "
            "make room or mend the permissions and run again, finished jobs are kept"
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file atomically."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically, as UTF-8."""
    write_bytes(path, text.encode())


def write_json(path: Path, tree: object) -> None:
    """Write JSON atomically, with sorted keys and a final newline."""
    write_text(path, json.dumps(tree, indent=2, sort_keys=True) + "\n")


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Write a compressed ``.npz`` atomically; equal arrays give equal bytes."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    write_bytes(path, buffer.getvalue())


def read_arrays(path: Path, *required: str) -> Arrays:
    """Read an ``.npz`` written by ``write_arrays``.

    Raises:
        UserError: The file is missing, truncated, not an archive, or lacks a required array.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except FileNotFoundError:
        raise UserError(
            f"{path}: no such file; run the rule that makes it (make reproduce)"
        ) from None
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise UserError(
            f"{path}: damaged or not an .npz archive ({_first_line(error)}); delete it, run again"
        ) from error
    missing = [name for name in required if name not in arrays]
    if missing:
        raise UserError(
            f"{path}: lacks {', '.join(missing)}; has {', '.join(arrays)}; delete it and run again"
        )
    return arrays


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
