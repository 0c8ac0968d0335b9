"""Original files under several spellings of their names, compressed or not.

Providers rename and repack the files; only the content matters. A file is accepted if it has the
SHA-256 of the published file, or if its uncompressed content has the SHA-256 of the original's.
"""

import gzip
import hashlib
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from coupled_vae.runtime.errors import UserError

GZIP_MAGIC = b"\x1f\x8b"
BLOCK = 2**20


@dataclass(frozen=True)
class Source:
    """The files of one dataset.

    Attributes:
        name: Name of the dataset and of the files' subfolder.
        files: SHA-256 of each file of the mirrors, by the file's name.
        mirrors: Addresses to which a file's name is appended; the first is tried first.
        contents: SHA-256 of a file's uncompressed content, by the same name. It allows other
            spellings and compressions of the file.
    """

    name: str
    files: Mapping[str, str]
    mirrors: tuple[str, ...]
    contents: Mapping[str, str] = field(default_factory=dict)

    def spellings(self, name: str) -> list[str]:
        """Accepted names of a file, the published one first."""
        if name not in self.contents:
            return [name]
        stem = name.removesuffix(".gz")
        stems = dict.fromkeys((stem, stem.replace("-idx", ".idx"), stem.replace(".idx", "-idx")))
        return list(dict.fromkeys([name, *(s + end for s in stems for end in (".gz", ""))]))


def places(top: Path, name: str) -> list[Path]:
    """Folders below ``top`` that may have the files of a source; torchvision uses ``MNIST/raw``.

    Raises:
        UserError: ``top`` cannot be listed.
    """
    named = [top, *_children(top, name)]
    return [place for folder in named for place in (folder, *_children(folder, "raw"))]


def find(place: Path, source: Source, name: str) -> Path | None:
    """The file in a folder, under any of its spellings in upper or lower case; None if absent.

    A folder or a broken link is returned only if no spelling is a file.
    """
    found: list[Path] = []
    for spelling in source.spellings(name):
        exact = place / spelling
        found += [exact] if os.path.lexists(exact) else _children(place, spelling)
    return next((path for path in found if path.is_file()), found[0] if found else None)


def check(path: Path, source: Source, name: str) -> None:
    """Refuse a file that does not hold the original's bytes.

    Raises:
        UserError: The file is damaged, a different file, unreadable, or no file.
    """
    mend = f"put {source.mirrors[0]}{name} in its place"
    if not path.is_file():
        raise UserError(f"{path}: a folder or a broken link, not a file; {mend}")
    wanted = {source.files[name], source.contents.get(name, "no sum of its content")}
    try:
        stat = path.stat()
        digest, content = _digests(path, stat.st_size, stat.st_mtime_ns, *wanted)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}; {mend}") from error
    if not {digest, content} & wanted:
        raise UserError(
            f"{path}: damaged or another file, its sha256 is {digest[:12]}... instead of "
            f"{source.files[name][:12]}...; {mend}"
        )


def sha256(path: Path) -> str:
    """Hex digest of a file.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@lru_cache
def _digests(path: Path, size: int, time: int, *wanted: str) -> tuple[str, str]:
    """Digest of a file, and of its uncompressed content if the file's digest is not the published.

    Unpacking takes thirty times as long as reading, so the result is cached; the key has the file's
    size and time.
    """
    digest = sha256(path)
    return digest, digest if digest in wanted else _content_sha256(path)


def _content_sha256(path: Path) -> str:
    """Digest of the uncompressed content of a gzip file; empty if it is damaged or no gzip file."""
    sha = hashlib.sha256()
    with path.open("rb") as file:
        if file.read(2) != GZIP_MAGIC:
            return ""
        file.seek(0)
        try:
            with gzip.open(file) as stream:
                while block := stream.read(BLOCK):
                    sha.update(block)
        except (gzip.BadGzipFile, EOFError, zlib.error):
            return ""
    return sha.hexdigest()


def _children(folder: Path, name: str) -> list[Path]:
    """Entries of a folder with a name, in upper or lower case; empty if the folder is missing."""
    try:
        return sorted(child for child in folder.iterdir() if child.name.lower() == name.lower())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise UserError(f"{folder}: cannot be read: {error.strerror or error}") from error
