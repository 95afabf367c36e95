"""Sockets to listen on, and who holds a port that is taken."""

from __future__ import annotations

import errno
import platform
import re
import socket
from collections.abc import Iterator
from pathlib import Path

from charter.errors import StartError

_BACKLOG = 2048
_LISTEN = "0A"
# Of the files that a process may have open, so many are left for other things than connections.
_SPARE_FILES, _SPARE_SHARE = 64, 8
_AIRPLAY = frozenset({5000, 7000})


def address(host: str, port: int) -> str:
    """Return `host:port`, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def reachable(host: str) -> str:
    """Return the address by which a client here reaches a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104


def listen(host: str, port: int, flag: str) -> socket.socket:
    """Return a listening TCP socket that no other process shares.

    Args:
        host: an IPv4 or IPv6 address, or a name.
        port: 0 takes a free one.
        flag: the command-line flag that chooses the port, for the message.

    Raises:
        StartError: the port is taken, is not allowed, or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        sock = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        # Accepted sockets inherit it; asyncio sets it only on sockets that name their protocol.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock
    except (OSError, OverflowError) as error:
        raise StartError(refusal(host, port, flag, error)) from error


def reserve(host: str, port: int, flag: str) -> socket.socket:
    """Return a socket that keeps a port for servers which share it, and does not listen itself.

    Args:
        host: as for `listen`.
        port: 0 takes a free one.
        flag: the command-line flag that chooses the port, for the message.

    Raises:
        StartError: the port is taken, also by a server that would share it.
    """
    with listen(host, port, flag) as taken:
        name = taken.getsockname()
    sock = socket.socket(taken.family)
    try:
        # Connections that ended lately keep the port for a while; a server that does not share it
        # must not have it as long as this socket is there.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(name)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    except OSError as error:
        sock.close()
        raise StartError(refusal(host, port, flag, error)) from error
    return sock


def refusal(host: str, port: int, flag: str, error: Exception) -> str:
    """Return the sentence that says why a port cannot be had and what to do."""
    place = address(host, port)
    number = getattr(error, "errno", None)
    if number == errno.EADDRINUSE:
        remedy = f"choose another with {flag}, or 0 for any free one"
        return f"port {port} is taken{_held_by(port)}; {remedy}"
    if number == errno.EACCES:
        return f"port {port} needs root; choose one from 1024 up with {flag}"
    reason = str(getattr(error, "strerror", None) or error).partition(" (while")[0]
    return f"cannot listen on {place}: {reason}"


def _held_by(port: int) -> str:
    holders = sorted(set(_holders(port)))
    if holders:
        return f" by {', '.join(holders)}"
    if platform.system() == "Darwin" and port in _AIRPLAY:
        return " (on macOS the AirPlay Receiver holds it; it can be switched off in the settings)"
    return " by another process"


def _holders(port: int) -> Iterator[str]:
    """Yield the processes that listen on a port, as far as Linux lets this user see them."""
    inodes = set(_listening_inodes(port))
    if not inodes:
        return
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            match = re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink()))
        except OSError:  # the process ended, or is another user's
            continue
        if match and match[1] in inodes:
            yield _process(link.parts[2])


def _listening_inodes(port: int) -> Iterator[str]:
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if not table.exists():
            continue
        for line in table.read_text("ascii").splitlines()[1:]:
            columns = line.split()
            if columns[3] == _LISTEN and int(columns[1].rpartition(":")[2], 16) == port:
                yield columns[9]


def _process(pid: str) -> str:
    name = Path("/proc", pid, "comm").read_text("utf-8", errors="replace").strip()
    return f"{name} (process {pid})"


def most_connections() -> int:
    """Return how many connections this process may have, so that files are left for the rest."""
    import resource  # POSIX only

    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY:
        return 2**20
    return int(max(most - max(_SPARE_FILES, most // _SPARE_SHARE), most // 2))
