"""What a model or the system may do to a service, and what Charter promises for each.

Every row is a row of "Models and processes" in docs/faults.md, and ends with a request that is
answered, or with the end of the service.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from serving import (
    FREE,
    HAS_PROC,
    WAIT_S,
    ZOO,
    Served,
    parameters,
    served,
    start,
    until,
    wait_for_the_end,
)

pytestmark = pytest.mark.skipif(not HAS_PROC, reason="needs Linux's /proc")
PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
SECTION = "Models and processes"
ONE: tuple[str, ...] = ()
SUPERVISED = ("--supervise",)
TWO = ("--workers", "2")
HANGS = ("--supervise", "--hang-timeout", "4")
INLINE = ("--supervise", "--execution", "inline")


@dataclass(frozen=True, slots=True)
class Fault:
    """A row: what happens, and what is checked.

    Args:
        title: as the page has it.
        check: makes it happen to a service that is ready, and checks what is promised.
        arguments: those of the service.
        ends: whether the service is over then; else it has to answer, and to end with status 0.
    """

    title: str
    check: Callable[[Served], None]
    arguments: tuple[str, ...] = ONE
    ends: bool = False


def refused(way: str, says: str) -> Callable[[Served], None]:
    """Return a check that a request is answered 500, and with what."""

    def check(process: Served) -> None:
        answer = process.predict(way)
        assert answer.status_code == 500
        assert says in answer.json()["status"]["info"]

    return check


def taken(way: str) -> Callable[[Served], None]:
    """Return a check that a request is answered as if nothing had been done."""

    def check(process: Served) -> None:
        assert process.predict(way).json()["strData"] == way

    return check


def lost(way: str) -> Callable[[Served], None]:
    """Return a check that a request ends its worker, which is replaced."""

    def check(process: Served) -> None:
        before = process.children
        with pytest.raises(httpx.TransportError):
            process.predict(way)
        until(lambda: is_another(process, before))

    return check


def is_another(process: Served, before: list[int]) -> bool:
    after = process.children
    return len(after) == len(before) and after != before and process.is_ready


def is_answered_once(process: Served) -> None:
    taken("fork")(process)
    until(lambda: not process.children)  # the copy is gone


def does_not_change_what_comes_next(process: Served) -> None:
    def ask() -> list[list[float]]:
        body = {"data": {"ndarray": [[1.0, 2.0]]}}
        answer = httpx.post(f"{process.url}/predict", json=body, trust_env=False, timeout=WAIT_S)
        numbers: list[list[float]] = answer.json()["data"]["ndarray"]
        return numbers

    assert [ask(), ask(), ask()] == [[[3.0]]] * 3


def is_passed_on(process: Served) -> None:
    with ThreadPoolExecutor(1) as pool:
        line = pool.submit(process.read_until, "xxx")
        taken("print")(process)
        assert len(line.result()) == 2**20


def drains_the_worker(process: Served) -> None:
    before = process.children
    taken("terminate")(process)
    until(lambda: is_another(process, before))


def loses_the_worker_only(process: Served) -> None:
    before = process.children
    os.kill(before[0], signal.SIGKILL)
    until(lambda: is_another(process, before))


def leaves_the_others_to_answer(process: Served) -> None:
    before = process.children
    os.kill(before[0], signal.SIGSTOP)
    until(lambda: len(set(process.children) - set(before)) == 1)
    until(lambda: process.is_ready)


def is_followed_by_its_own_end(process: Served) -> None:
    workers = process.children
    process.signal(signal.SIGKILL)
    for pid in workers:
        wait_for_the_end(pid)


def leaves_the_port_free(process: Served) -> None:
    taken("start a process")(process)
    process.signal(signal.SIGTERM)
    status, _ = process.end()
    assert status == 0
    with socket.create_server(("127.0.0.1", int(process.url.rpartition(":")[2]))):
        pass


def reloads_from_where_it_was(process: Served) -> None:
    taken("change the folder")(process)
    before = process.children
    process.signal(signal.SIGHUP)
    until(lambda: is_another(process, before))


def ends_at_once(process: Served) -> None:
    process.signal(signal.SIGINT)
    process.signal(signal.SIGINT)
    status, errors = process.end()
    assert status in (0, 1)
    assert "Traceback" not in errors


ROWS = (
    Fault("it raises", refused("raise", "LookupError: no such customer")),
    Fault("it raises something whose text cannot be made", refused("raise unspeakable", "Unspe")),
    Fault("it calls itself without end", refused("recurse", "RecursionError")),
    Fault("it wants more memory than there is", refused("take memory", "MemoryError")),
    Fault("it calls `sys.exit()`", refused("exit", "SystemExit: enough")),
    Fault("it calls `os._exit()`", lost("exit at once"), SUPERVISED),
    Fault("it ends by a segmentation fault", lost("segfault"), SUPERVISED),
    Fault("it sends SIGTERM to its process", drains_the_worker, SUPERVISED),
    Fault("it never returns", lost("sleep"), HANGS),
    Fault("it never lets another thread run", lost("hold"), HANGS),
    Fault("it prints a megabyte", is_passed_on),
    Fault("it forks, and both return", is_answered_once),
    Fault("it starts a thread that never ends", taken("start a thread")),
    Fault("it starts a process and leaves it", leaves_the_port_free, ends=True),
    Fault("it changes its input in place", does_not_change_what_comes_next),
    Fault("it closes standard input, output and error", taken("close standard streams")),
    Fault("it closes every other descriptor", lost("close all"), SUPERVISED),
    Fault("it changes the current folder", reloads_from_where_it_was, SUPERVISED),
    Fault("it handles signals itself, in a thread", refused("ignore signals", "ValueError")),
    Fault("it ignores signals, in the main thread", taken("ignore signals"), INLINE),
    Fault("it sets a limit of recursion", taken("limit recursion")),
    Fault("it empties the environment", taken("clear the environment")),
    Fault("the clock is set", taken("set the clock"), ("--timeout", "20")),
    Fault("a worker is killed", loses_the_worker_only, TWO),
    Fault("a worker is stopped by SIGSTOP", leaves_the_others_to_answer, (*TWO, *HANGS)),
    Fault("the parent is killed", is_followed_by_its_own_end, TWO, ends=True),
    Fault("two signals come at a time", ends_at_once, TWO, ends=True),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)
def test_what_is_promised_for_a_fault_is_kept(row: Fault) -> None:
    with served("misbehaves:Model", *FREE, *row.arguments) as process:
        process.read_until("ready")

        row.check(process)
        if not row.ends:
            until(lambda: process.is_ready)
            assert process.predict("later").json()["strData"] == "later"
            assert process.predict_over_grpc("later") == "later"
            process.signal(signal.SIGTERM)
            assert process.end()[0] == 0


# What needs more than a service that is ready: a test each.
OTHERS = (
    "it cannot be loaded any more, and a worker dies",
    "SIGTERM comes while it loads",
    "SIGHUP comes while the service ends",
    "SIGHUP comes while a worker hangs",
    "a port is in use",
    "there is no folder for temporary files",
    "standard output and error are on a full disk",
)


def test_a_worker_that_dies_when_the_model_is_gone_leaves_the_others_serving(
    tmp_path: Path,
) -> None:
    file = tmp_path / "weights"
    file.write_text("old")
    chosen = (*FREE, *TWO, *parameters(folder=str(tmp_path)))
    with served("reads_a_file:Model", *chosen) as process:
        process.read_until("ready")
        before = process.children
        file.unlink()

        os.kill(before[0], signal.SIGKILL)
        until(lambda: process.children == before[1:])
        until(lambda: len(process.children) == 2)  # the first attempt
        answers = {process.predict("s").json()["strData"] for _ in range(20)}
        file.write_text("new")
        until(lambda: ready_workers(process) == 2)
        process.signal(signal.SIGTERM)
        status, errors = process.end()

    assert answers == {"s old"}
    assert status == 0
    assert "FileNotFoundError" in errors
    assert "ended with status 1; it is replaced in 0.2 s" in errors


def ready_workers(process: Served) -> int:
    url = process.metrics_url.removesuffix("/metrics")
    count: int = httpx.get(f"{url}/ready", trust_env=False).json()["workers_ready"]
    return count


@pytest.mark.parametrize("arguments", [ONE, TWO])
def test_sigterm_while_the_model_loads_ends_it(pipes: Path, arguments: tuple[str, ...]) -> None:
    chosen = (*FREE, *arguments, *parameters(folder=str(pipes)))
    with served("blocks_in_load:Model", *chosen) as process:
        process.read_until("metrics")
        pipes.joinpath("entered").read_text()

        process.signal(signal.SIGTERM)
        status, errors = process.end()

    assert (status, errors) == (0, "")


def test_sighup_while_the_service_ends_is_ignored_and_the_drain_goes_on(pipes: Path) -> None:
    chosen = (*FREE, *TWO, *parameters(folder=str(pipes)))
    with served("blocks_in_predict:Model", *chosen) as process:
        process.read_until("ready")
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(process.predict, "rest")
            pipes.joinpath("rest.entered").read_text()
            process.signal(signal.SIGTERM)
            until(lambda: not process.is_ready)
            process.signal(signal.SIGHUP)
            until(lambda: process.metrics)  # the parent has come round
            pipes.joinpath("rest.leave").write_text("done")
            answer = asked.result().json()["strData"]
        status, errors = process.end()

    assert answer == "done"
    assert status == 0
    assert errors.count("reload: ignored") == 1


def test_a_worker_that_hangs_when_it_is_replaced_is_killed() -> None:
    quick = ("--drain-timeout", "0.5", "--grpc-max-connection-age", "0.5")
    with served("hangs:BlocksTheLoop", *FREE, *SUPERVISED, *quick) as process:
        process.read_until("ready")
        (old,) = process.children
        with ThreadPoolExecutor(1) as pool:
            never = pool.submit(process.predict, "sleep")
            until(lambda: "charter_requests_in_progress 1.0" in process.metrics)
            process.signal(signal.SIGHUP)
            with pytest.raises(httpx.TransportError):
                never.result()
        until(lambda: old not in process.children)
        answer = process.predict("s").json()["strData"]
        process.signal(signal.SIGTERM)
        status, errors = process.end()

    assert answer == "s"
    assert status == 0
    assert "worker 0 does not end: it is killed" in errors


@pytest.mark.parametrize("arguments", [ONE, TWO])
def test_a_port_in_use_is_one_sentence(arguments: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = str(sock.getsockname()[1])
        status, errors, lines = start("echoes:Model", *FREE, *arguments, "--http-port", port)

    assert status == 1
    assert re.fullmatch(rf"Error: port {port} is taken by .*; choose another .*\n", errors)
    assert lines == []


def test_no_folder_for_temporary_files_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, "/proc/nowhere")
    with served("misbehaves:Model", *FREE, *TWO) as process:
        process.read_until("ready")

        over_rest, over_grpc = process.predict("s"), process.predict_over_grpc("s")

    assert over_rest.json()["strData"] == over_grpc == "s"


@contextlib.contextmanager
def on_a_full_disk(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "charter", "serve", *arguments]
        process = subprocess.Popen(command, cwd=ZOO, stdout=full, stderr=full)
    watchdog = threading.Timer(WAIT_S, process.kill)
    watchdog.start()
    try:
        yield process
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()


@pytest.mark.parametrize("arguments", [ONE, TWO])
def test_output_that_cannot_be_written_stops_nothing(arguments: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    chosen = (*FREE, "--http-port", str(port), *arguments)
    with (
        on_a_full_disk("misbehaves:Model", *chosen) as process,
        httpx.Client(base_url=url, trust_env=False, timeout=WAIT_S) as client,
    ):
        until(lambda: is_up(client))
        logged = client.post("/predict", json={"strData": "raise"})
        answer = client.post("/predict", json={"strData": "s"})
        process.terminate()
        status = process.wait(WAIT_S)

    assert logged.status_code == 500
    assert answer.json()["strData"] == "s"
    assert status == 0


def is_up(client: httpx.Client) -> bool:
    try:
        return client.get("/ready").status_code == 200
    except httpx.TransportError:
        return False


def test_no_deadline_is_told_by_a_clock_that_can_be_set() -> None:
    package = Path(__file__).parents[2] / "wrapper" / "charter"
    timed = [*package.joinpath("transport").rglob("*.py"), *package.glob("*.py")]

    found = [file.name for file in timed if re.search(r"\btime\.time\(|datetime", file.read_text())]

    assert found == []


def test_the_page_has_these_rows_and_no_other() -> None:
    text = PAGE.read_text("utf-8").partition(f"\n## {SECTION}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+) \|$", text, re.MULTILINE)[1:]

    titles = [title for title, _ in rows if not set(title) <= {"-", "|", " "}]
    assert titles == [*(row.title for row in ROWS), *OTHERS]
    assert len({promise for _, promise in rows}) == len(rows)
