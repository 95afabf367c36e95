from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys

import pytest
from charter.transport.slots import Process


@pytest.mark.skipif(sys.platform != "linux", reason="has Linux's real-time signals")
@pytest.mark.parametrize(
    ("number", "end"),
    [
        (signal.SIGKILL, "was killed by SIGKILL"),
        (signal.SIGRTMIN + 1, f"was killed by signal {signal.SIGRTMIN + 1}"),
    ],
)
def test_the_end_is_told_also_of_a_signal_without_a_name(number: int, end: str) -> None:
    async def run() -> str:
        ours, theirs = socket.socketpair()
        with theirs:
            reading = [sys.executable, "-S", "-c", "import sys; sys.stdin.read(1)"]
            process = Process(subprocess.Popen(reading, stdin=theirs.fileno()), ours)
        os.kill(process.pid, number)
        await process.follow(lambda told: None, None)
        return process.end

    assert asyncio.run(run()) == end
