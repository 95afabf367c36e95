"""The sockets of this process on a port, which grpcio opens and does not hand out."""

from __future__ import annotations

import os
import select
import socket
import stat
import time
from collections.abc import Iterator

_DESCRIPTORS = "/dev/fd"
_MOST_WAIT_S, _PAUSE_S = 0.5, 0.0005


def connections(port: int) -> int:
    """Return how many connections this process has accepted on a port and not closed."""
    return sum(1 for _, sock in _sockets(port) if _is_connected(sock))


def stop_listening(port: int) -> None:
    """Let nobody connect to this process on a port any more; connections go on.

    Others that share the port get who connects from now on. grpcio can only end all at once, with
    `stop`, which cancels the calls that arrive meanwhile. So another socket, on which nobody can
    connect, gets the descriptor of the listening one, which is closed by this: grpcio never
    touches it again but to close it. Who has connected and is not accepted yet would be reset, so
    this waits a moment for grpcio's threads to do that.
    """
    for descriptor, sock in _sockets(port):
        if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            with socket.create_server(("127.0.0.1", 0), backlog=1) as nobodys:
                nobodys.setblocking(False)  # noqa: FBT003 - it takes no keyword
                _wait_until_accepted(sock)
                os.dup2(nobodys.fileno(), descriptor, inheritable=False)
                sock.close()  # the last of it


def _wait_until_accepted(listening: socket.socket) -> None:
    """Return when nobody waits to be accepted, or after a moment in which that was never so."""
    poll = select.poll()
    poll.register(listening, select.POLLIN)
    end = time.monotonic() + _MOST_WAIT_S
    while poll.poll(0) and time.monotonic() < end:
        time.sleep(_PAUSE_S)


def _sockets(port: int) -> Iterator[tuple[int, socket.socket]]:
    """Yield descriptors and copies of the TCP sockets that are bound to a port here."""
    for name in os.listdir(_DESCRIPTORS):  # noqa: PTH208 - numbers, and no paths
        try:
            if not stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                continue
            copy = socket.socket(fileno=os.dup(int(name)))
        except OSError:  # closed meanwhile
            continue
        with copy:
            if copy.family in (socket.AF_INET, socket.AF_INET6) and copy.getsockname()[1] == port:
                yield int(name), copy


def _is_connected(sock: socket.socket) -> bool:
    try:
        sock.getpeername()
    except OSError:
        return False
    return True
