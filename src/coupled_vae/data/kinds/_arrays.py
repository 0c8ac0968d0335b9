"""Read the arrays of a user's ``.npy`` or ``.npz`` file, without running code from it.

The first bytes of a file decide its format, since files often have the suffix of the other format.
"""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coupled_vae.data.contract import Notes, short
from coupled_vae.runtime.errors import UserError

Array = NDArray[Any]
Names = Mapping[str, str]

NPY, NPZ = b"\x93NUMPY", b"PK"
MOST_BYTES = 2**30  # bytes of one array: all models keep all data in memory
SPARSE = {"data", "shape", "format"}  # names in every file of scipy.sparse.save_npz


def read_array(path: Path, name: str | None, besides: Names) -> tuple[Array, Notes]:
    """One array.

    Args:
        path: The file.
        name: Name of the array in an ``.npz``; null takes the only one.
        besides: Names of the arrays in the ``.npz`` that are not the data, by their keys.

    Raises:
        UserError: The file is damaged, no array, too large, or without a name it has no array or
            several.
    """
    magic = _magic(path)
    if magic.startswith(NPZ):
        notes = [] if path.suffix.lower() == ".npz" else ["an .npz archive by its content"]
        return _member(path, name, besides), notes
    if not magic.startswith(NPY):
        format_ = path.suffix if path.suffix.lower() == ".npz" else ".npy"
        raise UserError(
            f"{path}: begins with {magic!r}, so it is no {format_} file; pickles are not "
            "read, store it by numpy.save"
        )
    if name is not None:
        raise UserError(f"{path}: one array without a name, but array is {name!r}; leave it out")
    notes = [] if path.suffix.lower() == ".npy" else ["an .npy file by its content"]
    return _single(path), notes


def _magic(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            magic = file.read(len(NPY))
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not magic:
        raise UserError(f"{path}: the file is empty; store an array in it")
    return magic


def _single(path: Path) -> Array:
    try:
        # A memory map, because reading would allocate the size that the header states.
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # numpy raises many types for a damaged file
        raise _damaged(path, error) from error
    require_size(str(path), array.nbytes)
    return np.array(array)


def _member(path: Path, name: str | None, besides: Names) -> Array:
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {i.filename.removesuffix(".npy"): i.file_size for i in archive.infolist()}
        name = _choose(path, name, besides, [*sizes])
        require_size(f"{path}: {name}", sizes[name])
        with np.load(path, allow_pickle=False) as arrays:
            array: object = arrays[name]
    except UserError:
        raise
    except Exception as error:  # so does zipfile, for wrong sizes, types, passwords
        raise _damaged(path, error) from error
    if not isinstance(array, np.ndarray):
        raise UserError(f"{path}: {name} is no array; store it by numpy.savez")
    return array


def _choose(path: Path, name: str | None, besides: Names, names: list[str]) -> str:
    shown = ", ".join(short(own) for own in names) or "none"
    if name is None and {*names} >= SPARSE:
        raise UserError(f"{path}: holds a sparse matrix; store x.toarray() by numpy.savez")
    for key, wanted in {"array": name, **besides}.items():
        if wanted is not None and wanted not in names:
            raise UserError(f"{path}: {key} {wanted!r} is none of its arrays; choices are {shown}")
    rest = [own for own in names if own not in besides.values()]
    if name is None and len(rest) != 1:
        raise UserError(f"{path}: say which array, by the key array; choices are {shown}")
    return rest[0] if name is None else name


def require_size(source: str, size: int) -> None:
    """Raise a ``UserError`` if so many bytes do not fit into memory beside the models."""
    if size > MOST_BYTES:
        raise UserError(
            f"{source}: {size / 2**30:.1f} GiB, and at most {MOST_BYTES / 2**30:.0f} are read, "
            "because models hold all data in memory; store fewer rows"
        )


def _damaged(path: Path, error: Exception) -> UserError:
    reason = (str(error) or type(error).__name__).splitlines()[0]
    if "pickle" in reason or "Python objects" in reason:
        return UserError(
            f"{path}: object array, a pickle, which is never loaded; store plain numbers, as of "
            "x.astype(float)"
        )
    return UserError(f"{path}: damaged or no array file ({reason[:160]}); store the array anew")
