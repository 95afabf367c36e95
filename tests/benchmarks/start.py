"""How soon `charter serve` is ready, and what memory it has then: one process, and four workers.

It serves examples/hello. Start is from the command to the answer of its first request, the least
of several runs, since other programs only make it longer. RSS and PSS are in MB of 10**6 bytes, as
Linux counts them for all processes of the service.
"""

from __future__ import annotations

import contextlib
import re
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

HELLO = Path(__file__).parents[2] / "examples" / "hello"
FREE = ("--host", "127.0.0.1", "--http-port", "0", "--grpc-port", "0", "--metrics-port", "0")
RUNS = 7


@contextlib.contextmanager
def service(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve the model; yield the process, once it is ready, and the URL of REST."""
    command = [sys.executable, "-m", "charter", "serve", str(HELLO), *FREE, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = ""
            for line in process.stdout:
                said += line
                if line.startswith("ready"):
                    break
            match = re.search(r"REST +(http://\S+)", said)
            assert match is not None
            yield process, match[1]
        finally:
            process.terminate()


def ready(url: str) -> None:
    with urllib.request.urlopen(f"{url}/ready") as answer:
        assert answer.status == 200


def family(pid: int) -> list[int]:
    """Return a process and all that it has started."""
    file = Path(f"/proc/{pid}/task/{pid}/children")
    children = [int(child) for child in file.read_text().split()]
    return [pid, *(one for child in children for one in family(child))]


def memory(pid: int, kind: str) -> float:
    match = re.search(rf"^{kind}: +(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    assert match is not None
    return int(match[1]) * 1024 / 1e6


def main() -> None:
    seconds = []
    for _ in range(RUNS):
        began = time.perf_counter()
        with service() as (process, url):
            ready(url)
            seconds.append(time.perf_counter() - began)
            rss = memory(process.pid, "Rss")
    median = statistics.median(seconds)
    print(f"start to ready, 1 process    {min(seconds):.2f} s (median {median:.2f})")
    print(f"RSS, 1 process, idle         {rss:.0f} MB")
    with service("--workers", "4") as (process, _):
        pss = [memory(pid, "Pss") for pid in family(process.pid)]
    print(
        f"PSS, parent and 4 workers    {sum(pss):.0f} MB: {', '.join(f'{one:.0f}' for one in pss)}"
    )


if __name__ == "__main__":
    main()
