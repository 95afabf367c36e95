"""What asyncio's transports do not tell or do of their sockets."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import socket
import struct
import sys
import termios

_LINGER_NOT = struct.pack("ii", 1, 0)


def unread_bytes(transport: asyncio.Transport) -> int:
    """Return how many bytes were written that the client's machine has not taken yet.

    Those in the kernel count too: it asks for more only when much of what it has is taken.
    """
    waiting = 0
    with contextlib.suppress(OSError):  # it is closed, or no socket that knows
        answer = fcntl.ioctl(
            transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4)
        )
        waiting = int.from_bytes(answer, sys.byteorder)
    return transport.get_write_buffer_size() + waiting


def reset(transport: asyncio.Transport) -> None:
    """Close a connection at once, and let the kernel drop what is not sent yet."""
    with contextlib.suppress(OSError):  # it is closed
        transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT
        )
    transport.abort()
