"""Pixels as a PNG, written without a library. Pure."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BITS = 8
# PNG (RFC 2083), “IHDR Image header”: greyscale, truecolour, truecolour with alpha.
_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}


def png(pixels: NDArray[Any]) -> bytes:
    """Return an image as the bytes of a PNG file.

    Args:
        pixels: shape `(height, width, channels)` with 1 (grey), 3 (RGB) or 4 (RGBA) channels, whole
            numbers from 0 to 255 of any dtype.
    """
    height, width, channels = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, _BITS, _COLOUR_TYPES[channels], 0, 0, 0)
    lines = pixels.astype(np.uint8).reshape(height, width * channels)
    # Each line starts with its filter; 0 is none.
    content = zlib.compress(np.pad(lines, ((0, 0), (1, 0))).tobytes())
    chunks = (b"IHDR", header), (b"IDAT", content), (b"IEND", b"")
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk: its length, kind, data and checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
