"""Start a function of Charter in a fresh interpreter, and speak with it over a socket.

A fresh interpreter has no threads, locks or memory of the one that starts it, as a fork would.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

_LENGTH_BYTES = 4


class Link:
    """Hold the child's end of the socket to the process that started it.

    Args:
        descriptor: the socket, inherited.
    """

    def __init__(self, descriptor: int) -> None:
        self.socket = socket.socket(fileno=descriptor)
        self.socket.set_inheritable(False)

    def job(self) -> dict[str, Any]:
        """Return what the child was started for."""
        length = int.from_bytes(self._read(_LENGTH_BYTES), "big")
        job: dict[str, Any] = json.loads(self._read(length))
        return job

    def tell(self, event: str, **details: Any) -> None:
        """Tell whoever started this process what has happened; from any thread."""
        try:
            said = json.dumps({"event": event, **details}, ensure_ascii=False)
            self.socket.sendall(said.encode("utf-8", "replace") + b"\n")
        except ConnectionError:  # it is gone, which whoever reads from the socket sees too
            return

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            if not part:
                raise EOFError("the process that started this one is gone")
            data += part
        return data


def start(
    module: str, job: dict[str, Any], title: str, inherited: Sequence[int] = ()
) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Run `main(link)` of a module in a new process; return it and our end of the socket to it.

    Args:
        module: full name of the module.
        job: what `link.job()` returns there, JSON.
        title: what a list of processes shows.
        inherited: descriptors that the child has too, under the same numbers.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        number = theirs.fileno()
        arguments = ("-c", _program(module), os.pathsep.join(sys.path), title, str(number))
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, *arguments],
            stdin=subprocess.DEVNULL,
            pass_fds=(number, *inherited),
        )
    text = json.dumps(job).encode()
    with contextlib.suppress(ConnectionError):  # it has ended already; its status tells how
        ours.sendall(len(text).to_bytes(_LENGTH_BYTES, "big") + text)
    return process, ours


def _program(module: str) -> str:
    # The path first, as the only thing that is imported before it is built in: with -c the current
    # folder stands at its head, where a user's file would hide a library's module.
    return (
        # What a terminal sends reaches all its processes; the link says when it is time to end.
        f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); "
        f"signal.signal(signal.SIGHUP, signal.SIG_IGN); "
        f"import sys; sys.path[:] = sys.argv[1].split({os.pathsep!r}); "
        f"from charter.transport.launch import Link; from {module} import main; "
        f"main(Link(int(sys.argv[3])))"
    )
