"""Unpack the results of an archive of ``make archive``, each file checked by its SHA-256."""

import os
import re
import shutil
import stat
import zipfile
import zlib
from hashlib import sha256
from pathlib import Path, PurePosixPath

from coupled_vae.run.archive import MANIFEST
from coupled_vae.runtime.errors import UserError, one_line
from coupled_vae.runtime.files import ENCRYPTED, TEXT_LIMIT, first_line

LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
AGAIN = "fetch it again; nothing was changed"


def unpacked(archive: Path, scratch: Path, source: str) -> Path:
    """Unpack the results of an archive, all of whose files have their checksums.

    Raises:
        UserError: It is truncated, was changed, or cannot be written to the disk.
    """
    name = one_line(source)
    try:
        with zipfile.ZipFile(archive) as members:
            digests = _manifest(members)
            _check_names(members, digests)
            _check_space(members, scratch)
            for member in members.infolist():
                if member.filename != MANIFEST and not member.is_dir():
                    _unpack(members, member, digests[member.filename], scratch)
    except (ValueError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        reason = first_line(error)
        raise UserError(f"{name}: damaged or no archive of results ({reason}); {AGAIN}") from None
    except OSError as error:
        reason = error.strerror or first_line(error)
        raise UserError(f"{name}: cannot be unpacked: {reason}; nothing was changed") from None
    return scratch


def _manifest(members: zipfile.ZipFile) -> dict[str, str]:
    """SHA-256 of each file, as the archive's manifest says.

    Raises:
        ValueError: There is none, or it cannot be read.
    """
    if MANIFEST not in members.namelist():
        raise ValueError(f"it has no {MANIFEST}")
    if members.getinfo(MANIFEST).file_size > TEXT_LIMIT:
        raise ValueError(f"{MANIFEST} is too long")
    lines = members.read(MANIFEST).decode("utf-8").splitlines()
    found = [LINE.fullmatch(line) for line in lines]
    if not lines or not all(found):
        raise ValueError(f"{MANIFEST} is not a list of sums")
    return {match[2]: match[1] for match in found if match}


def _check_names(members: zipfile.ZipFile, digests: dict[str, str]) -> None:
    """Refuse names that lead out of the folder, links, and files that the manifest does not list.

    Raises:
        ValueError: There is one.
    """
    listed = [MANIFEST, *digests]
    names = [member.filename for member in members.infolist() if not member.is_dir()]
    for member in members.infolist():
        name, parts = member.filename, PurePosixPath(member.filename).parts
        kind = stat.S_IFMT(member.external_attr >> 16)
        if name.startswith("/") or ".." in parts or "\\" in name or ":" in parts[0]:
            raise ValueError(f"{name!r} leads out of the folder")
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or member.flag_bits & ENCRYPTED:
            raise ValueError(f"{name!r} is a link or encrypted")
    if sorted(names) != sorted(listed):
        other = next(iter({*names} ^ {*listed}), "a name that stands twice")
        raise ValueError(f"its files are not those of {MANIFEST}: {other}")


def _check_space(members: zipfile.ZipFile, scratch: Path) -> None:
    size = sum(member.file_size for member in members.infolist())
    free = shutil.disk_usage(scratch).free
    if size > free:
        raise OSError(0, f"{size / 1e6:.0f} MB are needed and {free / 1e6:.0f} MB are free")


def _unpack(members: zipfile.ZipFile, info: zipfile.ZipInfo, digest: str, scratch: Path) -> None:
    """Check a file's sum, and write it if it is one of the results.

    Raises:
        ValueError: It has another sum.
    """
    target = Path(os.devnull)
    if info.filename.startswith("results/"):
        target = scratch / info.filename
        target.parent.mkdir(parents=True, exist_ok=True)
    found = sha256()
    with members.open(info) as member, target.open("wb") as written:
        while block := member.read(2**20):
            found.update(block)
            written.write(block)
    if found.hexdigest() != digest:
        raise ValueError(f"{info.filename} has another sha256 than {MANIFEST} says")
