"""Content codings of a request's body: what was compressed on its way is read as it was before.

Executors and gateways pass a compressed body on as a client sent it. No sockets here.
"""

from __future__ import annotations

import zlib

from charter.errors import BadMedia, BadPayload, TooLarge, shown

_GZIP = 16 + zlib.MAX_WBITS
_CODINGS = {b"identity": 0, b"gzip": _GZIP, b"x-gzip": _GZIP}
"""The window that zlib is told; 0 for a body that is not compressed.

RFC 9110 §8.4.1.3: “A recipient SHOULD consider "x-gzip" to be equivalent to "gzip".”
"""


def window(coding: bytes) -> int:
    """Return the window with which a body is inflated; 0 where it is not compressed.

    Args:
        coding: the value of the header `content-encoding`.

    Raises:
        BadMedia: it is one that is not read.
    """
    found = _CODINGS.get(coding.strip().lower())
    if found is None:
        got = shown(coding.decode("latin-1"))
        raise BadMedia(f"content-encoding: expected gzip or none, got {got}")
    return found


def inflate(body: bytes, window: int, max_bytes: int) -> bytes:
    """Return a body as it was before it was compressed; never more than the limit is made of it.

    Args:
        body: all of it, as it came.
        window: as `window` returns it, not 0.
        max_bytes: how large the result may be.

    Raises:
        TooLarge: it is larger.
        BadPayload: it is not compressed in this way, is cut off, or something follows it.
    """
    member = zlib.decompressobj(window)
    try:
        found = member.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise BadPayload(f"body: not gzip, as content-encoding says: {error}") from error
    if len(found) > max_bytes:
        raise TooLarge(
            f"body: expected at most {max_bytes} bytes when it is unpacked, got more; "
            f"the limit is --max-body-bytes"
        )
    if not member.eof:
        raise BadPayload("body: the gzip data are cut off")
    # RFC 1952 §2.2 allows a series of members. No client sends one, and a body of a million empty
    # ones would keep a thread busy for minutes.
    if member.unused_data:
        raise BadPayload(f"body: {len(member.unused_data)} bytes after the end of the gzip data")
    return found
