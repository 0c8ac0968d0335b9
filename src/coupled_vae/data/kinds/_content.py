"""What is taken of a user's file: the data, and what stands beside them.

A further format needs one more entry in ``_READERS``.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from coupled_vae.config.section import Section
from coupled_vae.data import contract
from coupled_vae.data.kinds._arrays import read_array
from coupled_vae.runtime.errors import UserError

Array = NDArray[Any]
Text = Annotated[str, Field(min_length=1)]


class Source(Section):
    """Where the data are; see ``kinds.file.Config`` for the meaning of the keys."""

    path: Text
    array: Text | None = None
    columns: Annotated[list[Text], Field(min_length=1)] | None = None
    label: Text | None = None
    centres: Text | None = None


@dataclass(frozen=True, kw_only=True)
class Content:
    """The content of a file: data of any shape and type, and what it has beside them.

    Attributes:
        data: Points, or images of any layout.
        label: Classes of any type, one for each datum; None if there are none.
        centres: Component means of a mixture; None if they are not known.
        notes: What was converted or left out.
    """

    data: Array
    label: Array | None = None
    centres: Array | None = None
    notes: contract.Notes = field(default_factory=list)


def files(source: Source) -> list[Path]:
    """The files that the data are read from; of a folder all its images, sorted.

    Raises:
        UserError: An image in the folder has a name that cannot be written down.
    """
    path = _path(source.path)
    if os.path.isdir(path):  # Path.is_dir would raise for a name that is too long
        from coupled_vae.data.kinds import _image_folder as folders  # by Pillow

        return [image.path for image in folders.listed(path).images] or [path]
    return [path, *_beside(source).values()]


def paths(source: Source) -> list[str]:
    """Names of the keys that are paths."""
    return ["path", *_beside(source)]


def read(source: Source) -> Content:
    """Read all that the source names.

    Raises:
        UserError: One line: a file is missing, damaged, of another format, or lacks what is named.
    """
    path = _path(source.path)
    if os.path.isdir(path):
        return _read_folder(source, path)
    reader = _READERS.get(path.suffix.lower())
    choices = f"choices are {', '.join(_READERS)} and a folder of images"
    for file in files(source):
        _require_file(file)
    if reader is None:
        raise UserError(f"{path}: cannot be read by its name; {choices}")
    return reader(source, path)


def _path(name: str) -> Path:
    return Path(os.path.expanduser(name))  # ~ of an unknown user stays


def _beside(source: Source) -> dict[str, Path]:
    """The further files that a source names, by their keys."""
    suffix = _path(source.path).suffix.lower()
    keys = {".npy": ("label", "centres"), ".npz": ()}.get(suffix, ("centres",))
    named = {key: getattr(source, key) for key in keys}
    return {key: _path(name) for key, name in named.items() if name is not None}


def _require_file(file: Path) -> None:
    if os.path.isfile(file):
        return
    shown = contract.short(str(file), 200)
    if os.path.exists(file):
        raise UserError(f"{shown}: no regular file; give a file or a folder of images")
    raise UserError(
        f"{shown}: no such file; put it there, or mend the dataset's args in params.yaml "
        f"(a path is from {Path.cwd()})"
    )


def _read_arrays(source: Source, path: Path) -> Content:
    if source.columns:
        raise UserError(f"{path}: columns {source.columns} are of tables; leave them out")
    beside = _beside(source)
    named = {key: getattr(source, key) for key in ("label", "centres")}
    named = {key: name for key, name in named.items() if name is not None}
    inside = {key: name for key, name in named.items() if key not in beside}
    data, notes = read_array(path, source.array, inside)
    parts = {key: read_array(path, name, {})[0] for key, name in inside.items()}
    parts |= {key: read_array(file, None, {})[0] for key, file in beside.items()}
    return Content(data=data, notes=notes, **parts)


def _read_table(source: Source, path: Path) -> Content:
    from coupled_vae.data.kinds._tables import read_table  # by pandas, which only tables need

    if source.array is not None:
        raise UserError(f"{path}: array {source.array!r} is of an .npz; leave it out")
    table = read_table(path, source.columns, source.label)
    centres = None
    if file := _beside(source).get("centres"):
        if file.suffix.lower() not in TABLES:
            raise UserError(f"{file}: centres of a table are a table; choices are {CHOICES}")
        centres = read_table(file, table.names, None).values
    return Content(data=table.values, label=table.label, centres=centres, notes=table.notes)


def _read_folder(source: Source, path: Path) -> Content:
    from coupled_vae.data.kinds import _image_folder as folders  # by Pillow

    for key in ("array", "columns", "label", "centres"):
        if (value := getattr(source, key)) is not None:
            raise UserError(
                f"{path}: {key} {value!r} is not of a folder of images, whose classes are its "
                "sub-folders; leave it out"
            )
    images = folders.read(path)
    label = None if images.label is None else np.array(images.label)
    return Content(data=images.data, label=label, notes=images.notes)


TABLES = (".csv", ".tsv", ".parquet")
CHOICES = ", ".join(TABLES)
_READERS: dict[str, Callable[[Source, Path], Content]] = {
    ".npy": _read_arrays,
    ".npz": _read_arrays,
    **dict.fromkeys(TABLES, _read_table),
}
