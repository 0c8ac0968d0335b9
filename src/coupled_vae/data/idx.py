"""Strict reader of IDX files, the format of MNIST, gzip-compressed or plain.

An IDX file is two zero bytes, a byte for the type, a byte for the number of dimensions, the sizes
as big-endian 32-bit integers, then the entries (LeCun, Cortes, Burges, "The MNIST database").
"""

import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import LIMIT, check_file

UNSIGNED_BYTE = 0x08
HINT = "put the original file there"
GZIP = 31  # wbits of zlib for a stream with gzip header and checksum
GZIP_MAGIC = b"\x1f\x8b"  # an IDX file itself starts with two zero bytes


def read(path: Path, dims: int) -> NDArray[np.uint8]:
    """The array of an IDX file of unsigned bytes; read-only.

    Args:
        path: The file; its content and not its name decides whether it is compressed.
        dims: Required number of dimensions: 3 for images, 1 for labels.

    Returns:
        Entries in 0..255, in the shape of the file's header.

    Raises:
        UserError: One line; the file cannot be read, is damaged, has another type or number of
            dimensions, or its number of bytes is not that of its header.
    """
    if path.exists():
        check_file(path, HINT)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}; {HINT}") from error
    try:
        return _parse(content, dims)
    except (ValueError, zlib.error) as error:
        raise UserError(f"{path}: {error}; {HINT}") from error


def _parse(content: bytes, dims: int) -> NDArray[np.uint8]:
    if content[:2] != GZIP_MAGIC:
        sizes = _sizes(content[: 4 + 4 * dims], dims)
        return _array(content[4 + 4 * dims :], sizes)
    stream = zlib.decompressobj(wbits=GZIP)
    sizes = _sizes(stream.decompress(content, 4 + 4 * dims), dims)
    # Memory use follows the size of the content, never the size in the header.
    limit = min(math.prod(sizes) + 1, LIMIT)
    array = _array(stream.decompress(stream.unconsumed_tail, limit), sizes)
    if not stream.eof:
        raise ValueError("truncated, the checksum at its end is missing")
    if stream.unused_data:
        raise ValueError(f"{len(stream.unused_data)} bytes follow the end of its gzip stream")
    return array


def _sizes(header: bytes, dims: int) -> tuple[int, ...]:
    if len(header) < 4:
        raise ValueError(f"{len(header)} bytes are no IDX file")
    zeros, kind, stated = struct.unpack(">HBB", header[:4])
    if zeros != 0 or kind != UNSIGNED_BYTE or stated != dims:
        raise ValueError(
            f"magic number {header[:4].hex()} instead of 000008{dims:02x}"
            f" (unsigned bytes, {dims} dimensions)"
        )
    if len(header) < 4 + 4 * dims:
        raise ValueError(f"ends within its header, after {len(header)} bytes")
    sizes = struct.unpack(f">{dims}I", header[4:])
    if min(sizes) < 1:
        raise ValueError(f"sizes {_times(sizes)} leave no entry")
    return sizes


def _array(body: bytes, sizes: tuple[int, ...]) -> NDArray[np.uint8]:
    expected = math.prod(sizes)
    if len(body) != expected:
        held = "more" if len(body) > expected else f"{len(body)}"
        raise ValueError(f"sizes {_times(sizes)} are {expected} bytes, the file has {held}")
    return np.frombuffer(body, np.uint8).reshape(sizes)


def _times(sizes: tuple[int, ...]) -> str:
    return " x ".join(map(str, sizes))
