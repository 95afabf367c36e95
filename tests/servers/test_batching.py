"""Batches under load from both ways in: who asks gets its own rows, meta and errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import charter
import numpy as np
import pytest
from charter.errors import CallError
from serving import FREE, Served, served
from zoo.batch_models import CONTRACT

CALLERS, EACH, MOST = 12, 20, 16
TOO_LARGE = 0.95
"""Beyond 0.9 the model raises."""


@pytest.fixture(params=["1", "2"])
def process(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    contract = tmp_path / "contract.json"
    contract.write_text(json.dumps(CONTRACT), "utf-8")
    chosen = (
        "--contract",
        str(contract),
        "--batch-max-rows",
        str(MOST),
        "--threads",
        request.param,
    )
    with served("batch_models:RaisesForSomeRows", *FREE, *chosen) as running:
        running.read_until("ready")
        yield running


def client_of(process: Served, caller: int) -> charter.Client:
    if caller % 3 == 0:
        return charter.Client(f"grpc://{process.grpc_address}")
    return charter.Client(process.url)


def ask(process: Served, caller: int) -> int:
    """Ask with numbers that nobody else sends; return how many rows."""
    rng = np.random.default_rng(caller)
    rows = 0
    with client_of(process, caller) as client:
        for number in range(EACH):
            size = MOST + 5 if number == 3 else int(rng.integers(1, 6))
            sent = rng.uniform(0, 0.9, (size, 2))
            rows += size
            if number % 5 == 4:
                sent[-1, 0] = TOO_LARGE
                with pytest.raises(CallError, match="too large"):
                    client.predict(sent)
                continue
            reply = client.predict(sent, meta={"puid": f"{caller}.{number}"})
            np.testing.assert_array_equal(reply.value, sent)
            assert (reply.meta or {})["puid"] == f"{caller}.{number}"
    return rows


def test_everybody_gets_what_is_its_own(process: Served) -> None:
    with ThreadPoolExecutor(CALLERS) as pool:
        rows = sum(pool.map(lambda caller: ask(process, caller), range(CALLERS)))

    counted = [line for line in process.metrics.splitlines() if "charter_batch_rows_sum" in line]
    assert float(counted[0].split()[1]) == rows
