"""`/live` and `/ready` on the port of the metrics, for all processes of a service together."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest
from serving import FREE, HAS_PROC, WAIT_S, Served, parameters, served, until

pytestmark = pytest.mark.skipif(not HAS_PROC, reason="needs Linux's /proc")


def probe(process: Served, path: str) -> tuple[int, dict[str, Any]]:
    url = process.metrics_url.removesuffix("/metrics")
    answer = httpx.get(f"{url}{path}", trust_env=False, timeout=WAIT_S)
    told: dict[str, Any] = answer.json()
    return answer.status_code, told


def test_a_single_process_tells_there_what_it_tells_over_rest(pipes: Path) -> None:
    with served("blocks_in_load:Model", *FREE, *parameters(folder=str(pipes))) as process:
        process.read_until("metrics")
        pipes.joinpath("entered").read_text()
        live, loading = probe(process, "/live"), probe(process, "/ready")
        pipes.joinpath("leave").write_text("")
        process.read_until("ready")
        ready = probe(process, "/ready")

    assert live == (200, {"live": True})
    assert loading[0] == 503
    assert (loading[1]["state"], loading[1]["ready"]) == ("loading", False)
    assert ready == (200, {"ready": True, "state": "ready"})


def test_the_parent_tells_how_far_its_workers_are(pipes: Path) -> None:
    chosen = (*FREE, "--supervise", *parameters(folder=str(pipes)))
    with served("blocks_in_load:Model", *chosen) as process:
        process.read_until("metrics")
        pipes.joinpath("entered").read_text()
        live, (code, loading) = probe(process, "/live"), probe(process, "/ready")
        pipes.joinpath("leave").write_text("")
        process.read_until("ready")
        (pid,) = process.children
        ready = probe(process, "/ready")

    assert live == (200, {"live": True})
    assert (code, loading["ready"], loading["state"]) == (503, False, "loading")
    assert [worker["state"] for worker in loading["workers"]] == ["loading"]
    assert ready[0] == 200
    (worker,) = ready[1].pop("workers")
    assert ready[1] == {"ready": True, "state": "ready", "workers_ready": 1}
    assert worker.pop("seconds") > 0
    assert worker == {"worker": 0, "pid": pid, "state": "ready"}


def test_one_worker_that_died_leaves_the_service_ready(pipes: Path) -> None:
    chosen = (*FREE, "--workers", "2", *parameters(folder=str(pipes)))
    with served("blocks_in_a_later_load:Model", *chosen) as process:
        process.read_until("ready")
        pipes.joinpath("later").touch()

        os.kill(process.children[0], signal.SIGKILL)
        pipes.joinpath("entered").read_text()
        code, told = probe(process, "/ready")
        pipes.joinpath("leave").write_text("")
        until(lambda: probe(process, "/ready")[1]["workers_ready"] == 2)

    assert (code, told["state"], told["workers_ready"]) == (200, "ready", 1)
    assert sorted(worker["state"] for worker in told["workers"]) == ["loading", "ready"]
