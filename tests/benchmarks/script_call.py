"""Measure what a call of a script costs beside starting its process, and what watching it does."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from charter.runtimes.script import Script
from charter.runtimes.script.processes import processes

CALLS = 300
PIPE = subprocess.PIPE


def median_ms(call: Callable[[], object]) -> float:
    """Return the median time of a call in milliseconds."""
    times = []
    for _ in range(CALLS):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


def spawned() -> None:
    process = os.posix_spawn("/bin/sh", ["sh", "-c", ":"], os.environ, setsid=True)
    os.waitpid(process, 0)


def piped() -> None:
    subprocess.run(["/bin/sh", "-c", ":"], stdout=PIPE, stderr=PIPE, start_new_session=True)


def overshoot(folder: Path) -> float:
    """Return by how many MiB a script passes a limit of 100 before it is ended."""
    file = folder / "takes.sh"
    file.write_text("#!/bin/sh\nexec tail /dev/zero\n")
    file.chmod(0o755)
    script = Script(str(file), memory=100)
    script.load()
    started = time.perf_counter()
    try:
        script.predict("x")
    except Exception as error:  # noqa: BLE001 - it is to be ended
        took = time.perf_counter() - started
        print(f"{error} after {took * 1000:.0f} ms")
    return resident() / 1024 - 100


def resident() -> int:
    """Return the most memory, in KiB, that a child has had."""
    import resource

    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "model.sh"
        file.write_text("#!/bin/sh\necho 1\n")
        file.chmod(0o755)
        script = Script(str(file))
        script.load()
        print(f"posix_spawn of sh        {median_ms(spawned):6.2f} ms")
        print(f"subprocess.run of sh     {median_ms(piped):6.2f} ms")
        print(f"Script.predict of sh     {median_ms(lambda: script.predict('x')):6.2f} ms")
        looked = median_ms(lambda: list(processes()))
        print(f"a look at {len(list(processes())):3d} processes {looked:6.2f} ms")
        print(f"beyond a limit of memory {overshoot(folder):6.0f} MiB")


if __name__ == "__main__":
    main()
