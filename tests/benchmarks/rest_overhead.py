"""Measure what Charter adds to a bare uvicorn ASGI application that does the same work.

    python tests/benchmarks/rest_overhead.py [--rounds 5] [--seconds 5]

All run `X * 2` on 1×4 floats, pinned to the first CPU: Charter with its metrics, and again with the
contract of the example kept too (`warn`). wrk with 64 connections runs on the second. The rounds
are interleaved; what is compared is CPU time a request, of the server's process as the operating
system counts it. Needs wrk, taskset and Linux.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
BODY = {"data": {"ndarray": [[0.1, 0.2, 0.3, 0.4]]}}
BARE = """
import sys, uvicorn
sys.path.append("tests/benchmarks/peers/served")
from bare_app import app
config = uvicorn.Config(app, port=0, lifespan="off", access_log=False, log_level="warning",
                        loop="uvloop", http="httptools")
sock = config.bind_socket()
print("REST", f"http://127.0.0.1:{sock.getsockname()[1]}", flush=True)
uvicorn.Server(config).run(sockets=[sock])
"""
CHARTER = ["-m", "charter", "serve", "examples/hello", "--host", "127.0.0.1"]
CHARTER += ["--http-port", "0", "--grpc-port", "0", "--metrics-port", "0"]
# As auto does with short calls, where a neighbour on the machine does not make some of them long.
CHARTER += ["--execution", "inline"]
COMMANDS = {
    "bare": ["-c", BARE],
    "charter": [*CHARTER, "--contract-mode", "off"],
    "contract": [*CHARTER, "--contract-mode", "warn"],
}


@dataclass(frozen=True, slots=True)
class Round:
    """Hold one measurement."""

    requests_per_s: float
    cpu_us: float


def main() -> None:
    """Print CPU µs a request of each server and the ratios; fail where a reply was an error."""
    options = _options()
    with contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(_server(args)) for name, args in COMMANDS.items()}
        script = stack.enter_context(_script())
        for url, _ in servers.values():
            _wrk(url, script, 1)
        rounds: dict[str, list[Round]] = {name: [] for name in servers}
        for _ in range(options.rounds):
            for name, (url, pid) in servers.items():
                rounds[name].append(_measure(url, pid, script, options.seconds))
                print(f"{name:8} {rounds[name][-1]}", flush=True)
    _report(rounds)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    return parser.parse_args()


def _report(rounds: dict[str, list[Round]]) -> None:
    cpu = {name: statistics.median(row.cpu_us for row in rows) for name, rows in rounds.items()}
    for name, rows in rounds.items():
        rate = statistics.median(row.requests_per_s for row in rows)
        print(f"{name:8} {cpu[name]:6.1f} CPU µs a request, {rate:8.0f} requests/s (medians)")
    for name in list(rounds)[1:]:
        print(f"ratio    {cpu[name] / cpu['bare']:.2f} (CPU a request, {name} / bare)")


@contextlib.contextmanager
def _server(args: list[str]) -> Iterator[tuple[str, int]]:
    """Start a server on the first CPU; give its URL and process id."""
    command = ["taskset", "-c", "0", sys.executable, *args]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        try:
            line = next(line for line in process.stdout if line.startswith("REST"))
            yield line.split()[1], process.pid
        finally:
            process.terminate()


@contextlib.contextmanager
def _script() -> Iterator[str]:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(f"wrk.method = 'POST'\nwrk.body = '{json.dumps(BODY)}'\n")
        file.write("wrk.headers['Content-Type'] = 'application/json'\n")
        file.flush()
        yield file.name


def _measure(url: str, pid: int, script: str, seconds: int) -> Round:
    before = _cpu_s(pid)
    requests, rate = _wrk(url, script, seconds)
    return Round(round(rate), round((_cpu_s(pid) - before) / requests * 1e6, 2))


def _wrk(url: str, script: str, seconds: int) -> tuple[int, float]:
    command = ["taskset", "-c", "1", "wrk", "-t1", "-c64", f"-d{seconds}s", "-s", script]
    output = subprocess.run(
        [*command, f"{url}/predict"], capture_output=True, text=True, check=True
    ).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(f"errors in the run:\n{output}")
    requests = re.search(r"(\d+) requests in", output)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    assert requests
    assert rate
    return int(requests[1]), float(rate[1])


def _cpu_s(pid: int) -> float:
    """Return user and system seconds of a process, all its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
