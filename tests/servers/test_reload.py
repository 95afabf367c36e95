"""SIGHUP to `charter serve`: workers are replaced one by one, and no request is lost."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import httpx
import pytest
from charter.codecs import seldon_proto
from charter.message import Form, Message
from serving import (
    FREE,
    HAS_PROC,
    WAIT_S,
    Multi,
    Served,
    parameters,
    served,
    until,
    wait_for_the_end,
)

pytestmark = pytest.mark.skipif(not HAS_PROC, reason="needs Linux's /proc")
QUICK = (*FREE, "--keepalive", "1", "--grpc-max-connection-age", "0.5")
TWO = (*QUICK, "--workers", "2")


class Asking:
    """Ask a service over kept connections from several threads until the block ends."""

    def __init__(self, process: Served) -> None:
        self._process = process
        self._enough = threading.Event()
        self.answers: list[str] = []
        self.asked = 0

    def ask(self, number: int) -> None:
        url = self._process.url
        with httpx.Client(base_url=url, trust_env=False, timeout=WAIT_S) as client:
            while not self._enough.is_set():
                text = f"{number}-{self.asked}"
                answer = client.post("/predict", json={"strData": text})
                given, _, weights = answer.json()["strData"].partition(" ")
                assert given == text or not weights
                self.answers.append(weights or given)

    def ask_over_grpc(self) -> None:
        with grpc.insecure_channel(self._process.grpc_address) as channel:
            multi: Multi = channel.unary_unary("/seldon.protos.Seldon/Predict")
            body = seldon_proto.encode(Message(Form.TEXT, "s"))
            while not self._enough.is_set():
                given = seldon_proto.decode(multi(body, timeout=WAIT_S)).value
                self.answers.append(given.removeprefix("s "))

    @contextlib.contextmanager
    def under_way(self) -> Iterator[None]:
        with ThreadPoolExecutor(6) as pool:
            asking = [pool.submit(self.ask, number) for number in range(4)]
            asking += [pool.submit(self.ask_over_grpc) for _ in range(2)]
            try:
                yield
            finally:
                self._enough.set()
            for done in asking:
                done.result()


def have_changed(process: Served, before: list[int]) -> bool:
    after = process.children
    return len(after) == len(before) and not set(after) & set(before)


@pytest.mark.parametrize("chosen", [TWO, (*QUICK, "--supervise")])
def test_sighup_loads_files_that_changed_and_loses_no_request(
    tmp_path: Path, chosen: tuple[str, ...]
) -> None:
    file = tmp_path / "weights"
    file.write_text("old")
    with served("reads_a_file:Model", *chosen, *parameters(folder=str(tmp_path))) as process:
        process.read_until("ready")
        before, asking = process.children, Asking(process)
        file.write_text("new")

        with asking.under_way():
            process.signal(signal.SIGHUP)
            until(lambda: have_changed(process, before))
        last = process.predict("s").json()["strData"]
        process.signal(signal.SIGTERM)
        status, errors = process.end()

    assert set(asking.answers) == {"old", "new"}
    assert last == "s new"
    assert status == 0
    assert "Traceback" not in errors
    assert "ERROR" not in errors


def test_a_successor_that_cannot_be_loaded_leaves_the_old_workers_serving(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_text("old")
    with served("reads_a_file:Model", *TWO, *parameters(folder=str(tmp_path))) as process:
        process.read_until("ready")
        before, asking = process.children, Asking(process)
        file.unlink()

        with asking.under_way():
            process.signal(signal.SIGHUP)
            until(lambda: len(process.children) == 3)
            until(lambda: len(process.children) == 2)
        after = process.children
        file.write_text("new")
        process.signal(signal.SIGHUP)  # and the next one is tried again
        until(lambda: have_changed(process, before))
        process.signal(signal.SIGTERM)
        status, errors = process.end()

    assert set(asking.answers) == {"old"}
    assert after == before
    assert status == 0
    assert errors.count("FileNotFoundError") == 1
    assert errors.count("reload: given up") == 1


def test_the_old_worker_serves_for_as_long_as_its_successor_loads(pipes: Path) -> None:
    chosen = (*QUICK, "--supervise", *parameters(folder=str(pipes)))
    with served("blocks_in_a_later_load:Model", *chosen) as process:
        process.read_until("ready")
        pipes.joinpath("later").touch()

        first = process.predict("s").json()["strData"]
        process.signal(signal.SIGHUP)
        pipes.joinpath("entered").read_text()
        meanwhile = {process.predict("s").json()["strData"] for _ in range(20)}
        over_grpc = process.predict_over_grpc("s")
        is_ready = process.is_ready
        pipes.joinpath("leave").write_text("")
        until(lambda: process.predict("s").json()["strData"] != first)
        process.signal(signal.SIGTERM)
        status, _ = process.end()

    assert meanwhile == {first} == {over_grpc}
    assert is_ready
    assert status == 0


def test_a_worker_that_dies_while_its_successor_loads_is_replaced_by_it(pipes: Path) -> None:
    chosen = (*FREE, "--supervise", *parameters(folder=str(pipes)))
    with served("blocks_in_a_later_load:Model", *chosen) as process:
        process.read_until("ready")
        pipes.joinpath("later").touch()
        (old,) = process.children

        process.signal(signal.SIGHUP)
        pipes.joinpath("entered").read_text()
        os.kill(old, signal.SIGKILL)
        pipes.joinpath("leave").write_text("")
        until(lambda: process.is_ready)
        (new,) = process.children
        answer = process.predict("s").json()["strData"]
        process.signal(signal.SIGTERM)
        status, errors = process.end()

    assert answer == str(new) != str(old)
    assert status == 0
    assert errors.count("worker 0 was killed by SIGKILL") == 1


def test_the_exit_status_is_not_that_of_a_successor_that_still_loads(pipes: Path) -> None:
    chosen = (*FREE, "--supervise", *parameters(folder=str(pipes)))
    with served("blocks_in_a_later_load:Model", *chosen) as process:
        process.read_until("ready")
        pipes.joinpath("later").touch()
        (old,) = process.children

        process.signal(signal.SIGHUP)
        pipes.joinpath("entered").read_text()
        (successor,) = set(process.children) - {old}
        os.kill(successor, signal.SIGSTOP)  # so that it is there until it is killed
        process.signal(signal.SIGTERM)
        wait_for_the_end(old)
        os.kill(successor, signal.SIGKILL)
        status, errors = process.end()

    assert status == 0
    assert "ERROR" not in errors


def test_a_successor_that_never_ends_to_load_is_given_up_when_it_is_told_to_end(
    pipes: Path,
) -> None:
    chosen = (*QUICK, "--supervise", *parameters(folder=str(pipes)))
    with served("blocks_in_a_later_load:Model", *chosen) as process:
        process.read_until("ready")
        pipes.joinpath("later").touch()
        before = process.children

        process.signal(signal.SIGHUP)
        pipes.joinpath("entered").read_text()
        (successor,) = set(process.children) - set(before)
        process.signal(signal.SIGHUP)  # waits for its turn
        os.kill(successor, signal.SIGTERM)
        pipes.joinpath("entered").read_text()
        pipes.joinpath("leave").write_text("")
        until(lambda: have_changed(process, before))
        process.signal(signal.SIGTERM)
        status, errors = process.end()

    assert status == 0
    assert "reload: the successor of worker 0 ended with status 0" in errors
    assert "reload: given up" in errors


def test_signals_during_a_reload_lead_to_one_more(pipes: Path) -> None:
    chosen = (*QUICK, "--supervise", *parameters(folder=str(pipes)))
    with served("blocks_in_a_later_load:Model", *chosen) as process:
        process.read_until("ready")
        pipes.joinpath("later").touch()

        process.signal(signal.SIGHUP)
        pipes.joinpath("entered").read_text()
        for _ in range(3):  # the loop of the parent sees each of them before the next page
            process.signal(signal.SIGHUP)
            assert process.metrics
        pipes.joinpath("leave").write_text("")
        pipes.joinpath("entered").read_text()
        pipes.joinpath("later").unlink()
        pipes.joinpath("leave").write_text("")
        until(lambda: len(process.children) == 1)
        process.signal(signal.SIGTERM)
        status, errors = process.end()

    assert status == 0
    assert errors.count("get a successor") == 2
    assert errors.count("another one waits for its turn already") == 2


def test_a_signal_while_the_model_loads_first_is_kept_until_it_is_loaded(pipes: Path) -> None:
    chosen = (*QUICK, "--supervise", *parameters(folder=str(pipes)))
    pipes.joinpath("later").touch()
    with served("blocks_in_a_later_load:Model", *chosen) as process:
        process.read_until("metrics")
        pipes.joinpath("entered").read_text()
        before = process.children

        process.signal(signal.SIGHUP)
        until(lambda: process.metrics)  # the parent has come round
        pipes.joinpath("later").unlink()
        pipes.joinpath("leave").write_text("")
        process.read_until("ready")
        until(lambda: have_changed(process, before))
        process.signal(signal.SIGTERM)
        status, _ = process.end()

    assert status == 0


def test_sighup_to_a_single_process_is_answered_in_the_log_and_it_goes_on() -> None:
    with served("echoes:Model", *FREE) as process:
        process.read_until("ready")

        process.signal(signal.SIGHUP)
        answer = process.predict("s")
        process.signal(signal.SIGTERM)
        status, errors = process.end()

    assert answer.json()["strData"] == "s"
    assert status == 0
    assert "SIGHUP: not reloaded" in errors
    assert "--supervise" in errors


def test_a_terminal_that_hangs_up_on_every_process_reloads(tmp_path: Path) -> None:
    with served("tells_its_process:Model", *TWO) as process:
        process.read_until("ready")
        before = process.children

        for pid in before:
            os.kill(pid, signal.SIGHUP)
        process.signal(signal.SIGHUP)
        until(lambda: have_changed(process, before))
        process.signal(signal.SIGTERM)
        status, errors = process.end()

    assert status == 0
    assert "was killed" not in errors
