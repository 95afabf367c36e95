"""The clients of bench-peers against a server of ours: they count, and see each wrong reply."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from benchmarks.peers import load, processes
from benchmarks.peers.bench import Bench, Case
from benchmarks.peers.expected import Expected, WrongReply, learn
from benchmarks.peers.server import Server
from benchmarks.peers.systems import SYSTEMS, Endpoint
from benchmarks.peers.works import WORKS, matrix
from serving import FREE, served

WORK = WORKS["W1"]
X = matrix(WORK)
REST, GRPC, _ = SYSTEMS["charter"].endpoints
CPU = min(os.sched_getaffinity(0))


def has_nghttp2() -> bool:
    """Tell whether the client of gRPC can be compiled."""
    words = ["cc", "-fsyntax-only", "-include", "nghttp2/nghttp2.h", "-xc", os.devnull]
    return bool(shutil.which("cc")) and not subprocess.run(words, check=False).returncode


needs_wrk = pytest.mark.skipif(not shutil.which("wrk"), reason="needs wrk")
endpoints = pytest.mark.parametrize(
    "endpoint",
    [
        pytest.param(REST, id="wrk", marks=needs_wrk),
        pytest.param(
            GRPC,
            id="grpc_load",
            marks=pytest.mark.skipif(not has_nghttp2(), reason="needs cc and nghttp2"),
        ),
    ],
)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("bench")
    return Bench(CPU, CPU, folder, load.build(folder) if has_nghttp2() else folder)


@contextlib.contextmanager
def serving(model: str) -> Iterator[Server]:
    with served(model, *FREE) as process:
        process.read_until("ready")
        urls = {"http": process.url, "grpc": process.grpc_address}
        ports = {name: int(url.rpartition(":")[2]) for name, url in urls.items()}
        yield Server(SYSTEMS["charter"], process.pid, ports)


@endpoints
def test_a_hundredth_of_wrong_replies_is_seen(bench: Bench, endpoint: Endpoint) -> None:
    with serving("answers_wrongly_at_times.AnswersWronglyAtTimes") as server:
        right = learn(lambda: server.ask(endpoint, X), endpoint.wire.decode, X * 2)

        with (
            load.prepared(endpoint, X, right) as files,
            pytest.raises(WrongReply, match=r"^[1-9]\d* wrong replies and 0 errors"),
        ):
            bench.load(Case(server, endpoint, WORK, files), 1)


@endpoints
def test_a_server_that_answers_rightly_gets_a_row(bench: Bench, endpoint: Endpoint) -> None:
    with serving("echoes.Model") as server:
        right = learn(lambda: server.ask(endpoint, X), endpoint.wire.decode, X)

        with load.prepared(endpoint, X, right) as files:
            row = bench.measure(Case(server, endpoint, WORK, files), 1, 1)

    assert row.requests > 0
    assert 0 < row.cpu_us < 1e6
    assert 0 < row.p50_ms <= row.p99_ms


@needs_wrk
def test_numbers_may_differ_by_the_tolerance(bench: Bench) -> None:
    with serving("echoes.Model") as server, load.prepared(REST, X, near(5e-6)) as files:
        assert bench.load(Case(server, REST, WORK, files), 1).requests > 0


@needs_wrk
def test_numbers_may_not_differ_by_more(bench: Bench) -> None:
    with (
        serving("echoes.Model") as server,
        load.prepared(REST, X, near(2e-5)) as files,
        pytest.raises(WrongReply, match=r"^[1-9]\d* wrong replies"),
    ):
        bench.load(Case(server, REST, WORK, files), 1)


def near(distance: float) -> Expected:
    return Expected(b"", b"", 1000, (X[0, 0] + distance, *X[0, 1:].tolist()), 1e-5)


def test_a_server_that_ended_has_no_cpu_time(bench: Bench) -> None:
    with subprocess.Popen(["true"], start_new_session=True) as process:
        process.wait()

        assert processes.cpu_s(process.pid) == 0
