"""Strict reader of gzip-compressed IDX files, the format of MNIST.

An IDX file is two zero bytes, a byte for the type, a byte for the number of dimensions, the sizes
as big-endian 32-bit integers, then the entries (LeCun, Cortes, Burges, "The MNIST database").
"""

import math
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coupled_vae.errors import UserError
from coupled_vae.files import LIMIT, check_file

UNSIGNED_BYTE = 0x08
HINT = "put the original file there"
GZIP = 31  # zlib's code for a stream with the header and the checksums of gzip


def read(path: Path, dims: int) -> NDArray[np.uint8]:
    """The array of a gzip-compressed IDX file of unsigned bytes; read-only.

    Args:
        path: The file.
        dims: Number of dimensions it must have: 3 for images, 1 for labels.

    Returns:
        Entries in 0..255, in the shape that the file states.

    Raises:
        UserError: One line; the file cannot be read, is damaged, is of another type or number of
            dimensions, or holds fewer or more bytes than its sizes say.
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
    stream = zlib.decompressobj(wbits=GZIP)
    header = stream.decompress(content, 4 + 4 * dims)
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
        raise ValueError(f"sizes {_times(sizes)} hold nothing")
    # Memory follows what the stream holds, never what the header promises.
    expected = math.prod(sizes)
    body = stream.decompress(stream.unconsumed_tail, min(expected + 1, LIMIT))
    if len(body) != expected:
        held = "more" if len(body) > expected else f"{len(body)}"
        raise ValueError(f"sizes {_times(sizes)} are {expected} bytes, the file has {held}")
    if not stream.eof:
        raise ValueError("truncated, the checksum at its end is missing")
    if stream.unused_data:
        raise ValueError(f"{len(stream.unused_data)} bytes follow the end of its gzip stream")
    return np.frombuffer(body, np.uint8).reshape(sizes)


def _times(sizes: tuple[int, ...]) -> str:
    return " x ".join(map(str, sizes))
