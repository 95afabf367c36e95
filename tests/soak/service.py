"""The service that is soaked: how it is started, watched, hit, and ended."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families
from serving import FREE, SERVE, ZOO, children_of
from soak.plan import BATCH_ROWS, MAX_BODY_BYTES, TIMEOUT_S, WORKERS, Plan
from zoo.soaks import ROWS

MODEL = "soaks:Model"
_MODEL_RAISES = "ValueError: a row that the model does not take"
_REQUESTS = "charter_requests_total"


class Page:
    """Read a page of metrics.

    Args:
        text: of it.
    """

    def __init__(self, text: str) -> None:
        self._samples = [
            sample for family in text_string_to_metric_families(text) for sample in family.samples
        ]

    def total(self, name: str) -> float:
        """Return the sum of all series of a name."""
        return sum(sample.value for sample in self._samples if sample.name == name)

    @property
    def requests(self) -> dict[tuple[str, str], float]:
        """Return how many requests are counted, by transport and code."""
        found: Counter[tuple[str, str]] = Counter()
        for sample in self._samples:
            if sample.name == _REQUESTS:
                found[sample.labels["transport"], sample.labels["code"]] += int(sample.value)
        return {key: float(value) for key, value in found.items()}

    @property
    def counters(self) -> dict[str, float]:
        """Return all that may never go back, by series."""
        return {
            f"{sample.name}{sorted(sample.labels.items())}": sample.value
            for sample in self._samples
            if re.search("_(total|count|bucket|sum)$", sample.name)
            # Of the processes that there are, which change.
            and not sample.name.startswith(("process_", "python_"))
        }

    @property
    def rows(self) -> float:
        """Return how many rows the model says that it has answered."""
        return self.total(f"{ROWS}_total")


class Soaked:
    """Hold the processes of the service.

    Args:
        plan: how it is served.
        log: the file for what it writes.
        model: what is served.
    """

    def __init__(self, plan: Plan, log: Path, model: str = MODEL) -> None:
        self._log = log
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *SERVE, model, *_flags(plan)],
                cwd=ZOO,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,  # to be killed with all its workers
            )
        self._watchdog = threading.Timer(plan.limit_s, self.kill)
        self._watchdog.start()
        self._lines = self._read()

    @property
    def pid(self) -> int:
        """Return the process id of the parent."""
        return self._process.pid

    @property
    def workers(self) -> list[int]:
        """Return the processes that the parent has, the youngest last."""
        return sorted(children_of(self.pid), key=_started)

    def found(self, pattern: str) -> str:
        """Return what it has said of where it listens."""
        match = re.search(pattern, self._lines)
        assert match is not None, self._lines
        return match[1]

    async def page(self, client: httpx.AsyncClient) -> Page:
        """Return its metrics."""
        return Page((await client.get(self.found(r"metrics +(http://\S+)"))).text)

    async def is_whole(self, client: httpx.AsyncClient) -> bool:
        """Return whether all workers are there and ready."""
        if len(self.workers) != WORKERS:
            return False
        return (await self.page(client)).total("charter_ready") == 1

    def reload(self) -> None:
        """Let all workers be replaced."""
        self._process.send_signal(signal.SIGHUP)

    def end(self) -> list[str]:
        """End it as a platform does; return what is wrong with how it ends, and with its log."""
        self._process.send_signal(signal.SIGTERM)
        status = self._process.wait()
        wrong = [] if status == 0 else [f"the exit status is {status}; expected 0"]
        return wrong + _wrong_in(self._log.read_text(errors="replace"))

    def kill(self) -> None:
        """End all its processes at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End what is left."""
        self._watchdog.cancel()
        self.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> str:
        lines = ""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            lines += line
            if line.startswith("ready"):
                return lines
        raise AssertionError(f"ended before it was ready: {self._log.read_text()}")


@contextlib.contextmanager
def soaked(plan: Plan, log: Path, model: str = MODEL) -> Iterator[Soaked]:
    """Serve a model for as long as the block lasts."""
    service = Soaked(plan, log, model)
    try:
        yield service
    finally:
        service.close()


def _started(process: int) -> int:
    """Return when a process was started; numbers of processes begin again at some time."""
    with contextlib.suppress(OSError):  # it has ended meanwhile
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19])
    return 0


def _flags(plan: Plan) -> list[str]:
    chosen: Mapping[str, object] = {
        "--workers": WORKERS,
        "--threads": 2,
        "--batch-max-rows": BATCH_ROWS,
        "--max-body-bytes": MAX_BODY_BYTES,
        "--timeout": TIMEOUT_S,
        # A worker that is replaced waits so long for connections on which nothing comes.
        "--keepalive": 5,
        "--grpc-max-connection-age": plan.grpc_age_s,
        "--max-requests": plan.max_requests,
        "--max-requests-jitter": plan.max_requests // 2,
        "--log-level": "INFO",
    }
    return [*FREE, *(str(word) for pair in chosen.items() for word in pair)]


def _wrong_in(log: str) -> list[str]:
    """Return what should not stand in a log: exceptions of anything but the model."""
    raised = log.count(_MODEL_RAISES)
    others = log.count("Traceback (most recent call last)") - raised
    wrong = [f"the log has {others} tracebacks that are not the model's"] if others else []
    if "internal error" in log:
        wrong.append("the log tells of an internal error")
    return wrong
