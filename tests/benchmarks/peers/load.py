"""Load an endpoint for some seconds with a client that checks each reply: wrk, or grpc_load."""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.expected import Expected, WrongReply
from benchmarks.peers.systems import Endpoint
from benchmarks.peers.wires import Array

HERE = Path(__file__).parent
# Beyond the load itself: calls under way are waited for.
_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Loaded:
    """Hold what a client counted.

    Args:
        seconds: how long it took, with what was under way at the end.
        p50_ms: milliseconds from a request to its reply, the median.
        p99_ms: the same, which one of a hundred exceeds.
    """

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float


def build(folder: Path) -> Path:
    """Compile the gRPC client and return it; it needs a C compiler and nghttp2's headers."""
    program = folder.resolve() / "grpc_load"
    source = HERE / "grpc_load.c"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        words = ["cc", "-O2", "-Wall", "-Wextra", "-o", str(program), str(source), "-lnghttp2"]
        subprocess.run(words, check=True)
    return program


@contextlib.contextmanager
def prepared(endpoint: Endpoint, X: Array, expected: Expected) -> Iterator[Path]:
    """Write the files that a client reads, and give their folder."""
    headers = endpoint.wire.headers(X)
    files = {
        "request": endpoint.wire.encode(X),
        "headers": "".join(f"{name}: {value}\n" for name, value in headers.items()).encode(),
        "prefix": expected.prefix,
        "suffix": expected.suffix,
        "longest": str(expected.longest).encode(),
        "numbers": "".join(f"{float(number)!r}\n" for number in expected.numbers).encode(),
        "tolerance": str(expected.tolerance).encode(),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            Path(folder, name).write_bytes(content)
        yield Path(folder)


def wrk(port: int, path: str, connections: int, seconds: int, folder: Path, cpu: int) -> Loaded:
    """Load a path of REST.

    Raises:
        WrongReply: a reply was wrong, or missing.
    """
    words = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s"]
    url = f"http://127.0.0.1:{port}{path}"
    return _run([*words, "-s", str(HERE / "check.lua"), url, "--", str(folder)], seconds, cpu)


def grpc_load(
    program: Path, port: int, path: str, connections: int, seconds: int, folder: Path, cpu: int
) -> Loaded:
    """Load a method of gRPC.

    Raises:
        WrongReply: a reply was wrong, or missing.
    """
    numbers = [str(port), path, str(connections), str(seconds)]
    return _run([str(program), *numbers, str(folder)], seconds, cpu)


def _run(words: list[str], seconds: int, cpu: int) -> Loaded:
    done = subprocess.run(
        ["taskset", "-c", str(cpu), *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + _PATIENCE_S,
    )
    if done.returncode:
        raise WrongReply(f"{words[0]} ended with {done.returncode}: {done.stderr.strip()}")
    return read(done.stdout, done.stderr)


def read(output: str, why: str = "") -> Loaded:
    """Return what a client printed, after whatever else; `why` is what it says of errors.

    Raises:
        WrongReply: it counted an error.
    """
    counted = json.loads(output.strip().splitlines()[-1])
    if counted["wrong"] or counted["errors"]:
        raise WrongReply(
            f"{counted['wrong']} wrong replies and {counted['errors']} errors"
            f" in {counted['requests']} requests; {why.strip()}"
        )
    names = ("requests", "seconds", "p50_ms", "p99_ms")
    return Loaded(*(counted[name] for name in names))
