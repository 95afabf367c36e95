"""`--hang-timeout` with workers: one that hangs is replaced, and the log says what hung."""

from __future__ import annotations

import re
import signal
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from serving import FREE, HAS_PROC, served, until

pytestmark = pytest.mark.skipif(not HAS_PROC, reason="needs Linux's /proc")
HUNG = (*FREE, "--supervise", "--hang-timeout", "2")


@pytest.mark.parametrize(
    ("model", "way", "why"),
    [
        ("hangs:Model", "sleep", r"a call of the model has run for \d\.\d s"),
        ("hangs:Model", "hold", r"a thread has kept the interpreter to itself for 2\.0 s"),
        ("hangs:Model", "stop", r"it has been stopped by a signal for 2\.0 s"),
        (
            "hangs:BlocksTheLoop",
            "sleep",
            r"a call of the model has blocked the event loop for \d\.\d s",
        ),
    ],
)
def test_a_worker_that_hangs_is_replaced_and_the_log_says_why(
    model: str, way: str, why: str
) -> None:
    with served(model, *HUNG) as process:
        process.read_until("ready")
        before = process.children
        with ThreadPoolExecutor(1) as pool:
            never = pool.submit(process.predict, way)
            with pytest.raises(httpx.TransportError):
                never.result()
        until(lambda: process.is_ready)
        after, answer = process.children, process.predict("s")
        process.signal(signal.SIGTERM)
        status, errors = process.end()

    assert before != after
    assert answer.json()["strData"] == "s"
    assert status == 0
    (line,) = errors.splitlines()
    pattern = rf"worker 0 was killed because it was hung: {why}; it is replaced in 0.1 s"
    assert re.search(pattern, line)
