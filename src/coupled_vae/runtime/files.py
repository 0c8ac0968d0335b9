"""Files of results: written to a temporary name and renamed, read without pickle.

A reader never sees a partial file, and a job that is killed leaves the whole file or none.
"""

import contextlib
import io
import json
import math
import os
import secrets
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from coupled_vae.runtime.errors import UserError

Arrays = dict[str, np.ndarray[Any, Any]]

AGAIN = "delete it and run again"
LIMIT = 4 * 2**30  # bytes of an archive's content: ten times the largest result
TEXT_LIMIT = 2**28  # bytes of a text file
LONGEST = 160  # characters of another library's error text
ENCRYPTED = 0x1  # flag of a zip member
COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


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
        # Not tempfile, which ignores the user's umask and would make the file private.
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
    """Write JSON atomically, with sorted keys and a final newline; all numbers must be finite."""
    write_text(path, json.dumps(tree, indent=2, sort_keys=True, allow_nan=False) + "\n")


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Write a compressed ``.npz`` atomically; equal arrays give equal bytes."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    write_bytes(path, buffer.getvalue())


def read_arrays(path: Path, *required: str) -> Arrays:
    """Read an ``.npz`` written by ``write_arrays``.

    The sizes in the headers are checked against the archive's content before memory is allocated.

    Raises:
        UserError: The file is missing, damaged, not an archive of plain arrays, or lacks a required
            array.
    """
    check_file(path)
    try:
        with zipfile.ZipFile(path) as archive:
            check_members(archive)
            names = archive.namelist()
            arrays = {name.removesuffix(".npy"): _read_array(archive, name) for name in names}
    except Exception as error:  # zipfile, zlib and numpy raise many types for damage
        raise UserError(
            f"{path}: damaged or not an .npz archive ({first_line(error)}); {AGAIN}"
        ) from error
    missing = [name for name in required if name not in arrays]
    if missing:
        raise UserError(
            f"{path}: lacks {', '.join(missing)}; has {', '.join(arrays) or 'nothing'}; {AGAIN}"
        )
    return arrays


def _read_array(archive: zipfile.ZipFile, name: str) -> np.ndarray[Any, Any]:
    if not name.endswith(".npy"):
        raise ValueError(f"{name!r} is not an array")
    with archive.open(name) as member:
        version = np.lib.format.read_magic(member)
        if version not in HEADERS:
            raise ValueError(f"{name!r} has format {version}")
        shape, _, dtype = HEADERS[version](member)
        if dtype.hasobject:
            raise ValueError(f"{name!r} holds Python objects")
        if member.tell() + math.prod(shape) * dtype.itemsize != archive.getinfo(name).file_size:
            raise ValueError(f"{name!r} has not the size of shape {shape}")
    with archive.open(name) as member:
        return np.lib.format.read_array(member, allow_pickle=False)


def check_members(archive: zipfile.ZipFile) -> None:
    """Refuse an archive that this project cannot have written, before anything is unpacked.

    Raises:
        ValueError: The archive is empty, encrypted, too large, of another compression, or has two
            members of one name.
    """
    members = archive.infolist()
    if not members:
        raise ValueError("nothing is in it")
    if any(member.flag_bits & ENCRYPTED for member in members):
        raise ValueError("encrypted")
    if any(member.compress_type not in COMPRESSIONS for member in members):
        raise ValueError("compressed in another way")
    if len({member.filename for member in members}) < len(members):
        raise ValueError("a name stands twice")
    size = sum(member.file_size for member in members)
    if size > LIMIT:
        raise ValueError(f"{size} bytes unpacked, at most {LIMIT} are read")


def check_file(path: Path, hint: str = AGAIN) -> None:
    """Refuse what is not a plain file, since reading a pipe could wait forever.

    Raises:
        UserError: The file does not exist, or is a folder, a pipe, or the like.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise UserError(
            f"{path}: no such file; run the rule that makes it (make reproduce)"
        ) from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read: {first_line(error)}") from None
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "not a plain file"
        raise UserError(f"{path}: damaged: it is {kind}; {hint}")


def read_text(path: Path) -> str:
    """Read a whole text file in UTF-8.

    Raises:
        UserError: The file is missing, not a plain file, too large, or not text.
    """
    check_file(path)
    try:
        if path.stat().st_size > TEXT_LIMIT:
            raise ValueError(f"more than {TEXT_LIMIT} bytes")
        return path.read_bytes().decode("utf-8")
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: damaged ({first_line(error)}); {AGAIN}") from None


def read_json(path: Path) -> Any:  # noqa: ANN401
    """Read a JSON file; nan and infinities, which are not JSON, are refused.

    Raises:
        UserError: The file is missing or damaged.
    """
    text = read_text(path)
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: damaged ({first_line(error)}); {AGAIN}") from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def first_line(error: BaseException) -> str:
    """The first line of an error's text, shortened and printable: it may contain damaged bytes."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    line = "".join(c if c.isprintable() else "?" for c in lines[0]) if lines else ""
    return (line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}...") or type(error).__name__
