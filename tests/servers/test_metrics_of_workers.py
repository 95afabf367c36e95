"""What Prometheus sees of three workers after a thousand requests, one of them killed meanwhile."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import httpx
import pytest
from charter._proto.messages import Feedback
from charter.codecs import seldon_proto
from charter.message import Form, Message
from prometheus_client.parser import text_string_to_metric_families
from serving import FREE, WAIT_S, Multi, Served, parameters, served, until

CLIENTS, EACH = 8, 125
REQUESTS = CLIENTS * EACH
REWARD = 0.5
TEXT = seldon_proto.encode(Message(Form.TEXT, "s"))
FEEDBACK = Feedback(reward=REWARD).SerializeToString()
KINDS = (("predict", "rest"), ("predict", "grpc"), ("feedback", "rest"), ("feedback", "grpc"))
"""Method's label and transport; every client goes round and round."""
CODES = {"rest": "200", "grpc": "OK"}


class Clients:
    """Ask a service from several threads, and note what was answered and what was not."""

    def __init__(self, process: Served) -> None:
        self._process = process
        self._lock = threading.Lock()
        self.answered: Counter[tuple[str, str]] = Counter()
        self.lost: Counter[tuple[str, str]] = Counter()
        self.half = threading.Event()

    def ask_all(self, first: int) -> None:
        with (
            httpx.Client(base_url=self._process.url, trust_env=False, timeout=WAIT_S) as rest,
            grpc.insecure_channel(self._process.grpc_address) as channel,
        ):
            for number in range(first, first + EACH):
                kind = KINDS[number % len(KINDS)]
                is_answered = self._ask(kind, rest, channel)
                with self._lock:
                    (self.answered if is_answered else self.lost)[kind] += 1
                    if self.answered.total() + self.lost.total() >= REQUESTS // 2:
                        self.half.set()

    def _ask(self, kind: tuple[str, str], rest: httpx.Client, channel: grpc.Channel) -> bool:
        method, transport = kind
        if transport == "rest":
            return _ask_over_rest(method, rest)
        path = {"predict": "Predict", "feedback": "SendFeedback"}[method]
        multi: Multi = channel.unary_unary(f"/seldon.protos.Seldon/{path}")
        body = TEXT if method == "predict" else FEEDBACK
        return multi.future(body, timeout=WAIT_S).code() is grpc.StatusCode.OK


def _ask_over_rest(method: str, client: httpx.Client) -> bool:
    path = {"predict": "/predict", "feedback": "/send-feedback"}[method]
    body = {"strData": "s"} if method == "predict" else {"reward": REWARD}
    try:
        return client.post(path, json=body).status_code == 200
    except httpx.TransportError:
        return False


def kill_in_a_call(process: Served, pipes: Path, when: threading.Event) -> None:
    """Kill the worker that is told to block in a call, while it does."""
    assert when.wait(WAIT_S)
    with ThreadPoolExecutor(1) as pool:
        blocked = pool.submit(process.predict, "block")
        os.kill(int(pipes.joinpath("entered").read_text()), signal.SIGKILL)
        with pytest.raises(httpx.TransportError):
            blocked.result()


class Scrape:
    """Read a page."""

    def __init__(self, text: str) -> None:
        self._samples = [
            sample for family in text_string_to_metric_families(text) for sample in family.samples
        ]

    def total(self, name: str, **labels: str) -> float:
        """Return the sum of the series of a name that have these labels."""
        return sum(
            sample.value
            for sample in self._samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    @property
    def twice(self) -> list[str]:
        series = Counter((one.name, frozenset(one.labels.items())) for one in self._samples)
        return [str(one) for one, count in series.items() if count > 1]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clients, str]:
    """Return what the clients saw, and the page after that."""
    pipes = tmp_path_factory.mktemp("pipes")
    for end in ("entered", "leave"):
        os.mkfifo(pipes / end)
    chosen = (*FREE, "--workers", "3", *parameters(folder=str(pipes)))
    with served("counts_and_blocks:Model", *chosen) as process:
        process.read_until("ready")
        clients = Clients(process)
        with ThreadPoolExecutor(CLIENTS + 1) as pool:
            killing = pool.submit(kill_in_a_call, process, pipes, clients.half)
            for one in [pool.submit(clients.ask_all, first) for first in range(CLIENTS)]:
                one.result()
            killing.result()
        until(lambda: Scrape(process.metrics).total("charter_ready"))
        text = process.metrics
    return clients, text


def test_every_request_that_was_answered_is_counted_once(asked: tuple[Clients, str]) -> None:
    clients, text = asked
    scrape = Scrape(text)

    counted = {
        (method, transport): scrape.total(
            "charter_requests_total", method=method, transport=transport, code=CODES[transport]
        )
        for method, transport in KINDS
    }
    for kind, count in counted.items():
        # The killed worker may have counted one whose reply it could not send any more.
        assert clients.answered[kind] <= count <= clients.answered[kind] + clients.lost[kind]
    assert clients.answered.total() + clients.lost.total() == REQUESTS
    assert clients.lost.total() <= CLIENTS + 1
    assert scrape.total("charter_requests_in_progress") == 0
    assert scrape.total("charter_request_duration_seconds_count") == scrape.total(
        "charter_requests_total"
    )


@pytest.mark.parametrize("method", ["predict", "feedback"])
def test_what_the_model_counts_is_what_was_answered(
    asked: tuple[Clients, str], method: str
) -> None:
    clients, text = asked
    scrape = Scrape(text)
    answered = sum(count for (label, _), count in clients.answered.items() if label == method)
    lost = sum(count for (label, _), count in clients.lost.items() if label == method)

    calls = scrape.total("my_calls_total", method=method, kind="any")
    times = scrape.total("my_time_count", method=method)
    seconds = scrape.total("my_time_sum", method=method)

    # The killed worker may have counted a call whose reply it could not send any more.
    assert answered <= calls <= answered + lost
    assert times == calls
    assert seconds == pytest.approx(calls * 0.0205)


def test_what_the_model_sets_is_set_in_each_worker_that_was_asked(
    asked: tuple[Clients, str],
) -> None:
    scrape = Scrape(asked[1])

    asked_workers = {number for number in "012" if scrape.total("my_calls_total", worker_id=number)}
    assert asked_workers
    for number in asked_workers:
        assert scrape.total("my_level", worker_id=number) in (100, 200)  # by one method or two


def test_rewards_are_counted_as_they_come(asked: tuple[Clients, str]) -> None:
    clients, text = asked
    scrape = Scrape(text)
    kinds = (("feedback", "rest"), ("feedback", "grpc"))
    answered = sum(clients.answered[kind] for kind in kinds)
    lost = sum(clients.lost[kind] for kind in kinds)

    # As with Seldon one counts before the model sees it, so one that was lost may be among them.
    counted = scrape.total("seldon_api_model_feedback_total")
    assert answered <= counted <= answered + lost
    assert scrape.total("seldon_api_model_feedback_reward_total") == counted * REWARD


def test_the_page_has_no_series_twice(asked: tuple[Clients, str]) -> None:
    described = [line.split()[2] for line in asked[1].splitlines() if line.startswith("# TYPE")]

    assert len(described) == len(set(described))
    assert Scrape(asked[1]).twice == []


@pytest.mark.skipif(not shutil.which("promtool"), reason="needs promtool of Prometheus")
def test_promtool_finds_no_fault(asked: tuple[Clients, str]) -> None:
    words = ["promtool", "check", "metrics"]
    done = subprocess.run(words, input=asked[1], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout + done.stderr) == (0, "")
