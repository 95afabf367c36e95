"""The whole test against servers that misbehave, and those that are not Charter's."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from charter.client import json_wire
from charter.contract.parse import parse
from charter.errors import StartError, Unanswered
from charter.message import Form
from charter.methods import Method
from charter.tester.channel import Channel
from charter.tester.outcome import Outcome
from charter.tester.run import Endpoint
from charter.tester.subject import Subject, component, remote, remote_grpc
from charter.tester.trial import Course
from charter.tester.vocabulary import CHECKS, chosen
from charter.tester.whole import examine
from charter.testing import serve
from trials import CONTRACT, Mean, first, outcome_of

TESTS = Path(__file__).parents[2]
Reply = tuple[int, Any] | None


def seldon(path: str, body: Any) -> Reply:
    """Answer rightly, as a server that is not Charter's."""
    if path == "/health/status":
        return 200, {"data": {"names": [], "ndarray": []}}
    if path == "/metadata":
        return 200, {"name": "it"}
    if path != "/predict":
        return 404, {}
    try:
        rows = body["data"].get("ndarray") or body["data"]["tensor"]["values"]
        if "tensor" in body["data"]:
            width = body["data"]["tensor"]["shape"][1]
            assert len(rows) == width * body["data"]["tensor"]["shape"][0]
            rows = [rows[start : start + width] for start in range(0, len(rows), width)]
        values = [[sum(row) / 2] for row in rows if len(row) == 2]
        assert len(values) == len(rows) > 0
    except (AssertionError, KeyError, TypeError, AttributeError):
        return 400, {"status": {"info": "no", "status": 1}}
    return 200, {"data": {"names": ["y"], "ndarray": values}, "meta": body.get("meta", {})}


@contextlib.contextmanager
def http_server(answer: Callable[[str, Any], Reply]) -> Iterator[int]:
    """Serve what a function answers to a path and a document; `None` hangs up."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("content-length", 0))
            try:
                body = json.loads(self.rfile.read(length) or b"null")
            except ValueError:
                body = None
            reply = answer(self.path, body)
            self.close_connection = reply is None
            if reply is None:
                return
            content = json.dumps(reply[1]).encode()
            self.send_response(reply[0])
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def asked_of(answer: Callable[[str, Any], Reply], *checks: str) -> Outcome:
    with http_server(answer) as port:
        subject = remote("127.0.0.1", port, None, timeout_s=10)
        with contextlib.closing(subject):
            return examine(parse(CONTRACT), subject, Course(chosen(checks or None), requests=5))


def test_a_right_server_of_another_kind_passes() -> None:
    outcome = asked_of(seldon)

    assert outcome.failed == {}
    notes = {name: tally.note for name, tally in outcome.checks.items() if not tally.made}
    assert notes["ready"] == "skipped: the server has no /ready"
    assert notes["openapi"] == "skipped: the server has no /openapi.json"
    assert notes["feedback"].startswith("skipped: a live service learns of it")
    assert outcome.remarks == ["forms: gRPC was not tested; --grpc-port tells where it is"]


@pytest.mark.parametrize(
    ("path", "reply", "check", "said"),
    [
        ("/health/status", (503, {}), "health", "status 503"),
        ("/metadata", (200, []), "metadata", "expected an object"),
        ("/ready", (503, {}), "ready", "status 503"),
        ("/openapi.json", (200, {"swagger": "2.0"}), "openapi", "no OpenAPI"),
        ("/predict", (500, {"status": {"info": "boom"}}), "status", "status 500: boom"),
        ("/predict", (200, [1]), "body", "body: expected an object"),
        ("/predict", None, "status", "hung up"),
    ],
)
def test_a_server_that_misbehaves_is_caught(path: str, reply: Reply, check: str, said: str) -> None:
    outcome = asked_of(lambda asked, body: reply if asked == path else seldon(asked, body), check)

    assert list(outcome.failed) == [check]
    assert said in first(outcome, check)


def test_nothing_there_is_told_at_once() -> None:
    with http_server(seldon) as port:
        pass

    with (
        contextlib.closing(remote("127.0.0.1", port, None, timeout_s=10)) as subject,
        pytest.raises(Unanswered, match="nothing answers"),
    ):
        examine(parse(CONTRACT), subject, Course(chosen(None)))


class Fading:
    """Answer so often, and then no more."""

    address = "it"

    def __init__(self, whole: Any, answers: int) -> None:
        self._whole = whole
        self._left = answers

    def call(self, method: Method, body: bytes) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise Unanswered("nothing answers on it")
        answer: bytes = self._whole.call(method, body)
        return answer

    def send(self, verb: str, path: str, body: bytes) -> Any:
        return self._whole.send(verb, path, body)

    def close(self) -> None:
        self._whole.close()


def test_a_server_that_goes_away_fails_whatever_was_chosen() -> None:
    read = parse(CONTRACT)
    whole = component("it", Mean, read).main._transport
    subject = Subject(Channel("REST", Fading(whole, 7), json_wire))

    with contextlib.closing(subject):
        outcome = examine(read, subject, Course(chosen(["names", "batch"])))

    assert list(outcome.failed) == ["status"]
    assert "nothing answers on it" in first(outcome, "status")
    assert outcome.failed["status"].sent.message is not None
    assert outcome.checks["names"].made
    assert outcome.checks["batch"].note == "skipped: the service answers no more"


def test_a_service_over_grpc_alone_passes() -> None:
    with serve(Mean) as ports:
        subject = remote_grpc("127.0.0.1", int(ports.grpc_port or 0), timeout_s=10)
        with contextlib.closing(subject):
            outcome = examine(parse(CONTRACT), subject, Course(chosen(None), requests=5))

    assert outcome.failed == {}
    assert outcome.checks["openapi"].note == "skipped: asked over REST only"
    assert outcome.checks["forms"].passed > 5


@pytest.mark.parametrize(
    ("checks", "endpoint", "taught"),
    [
        (None, Endpoint.PREDICT, 0),
        (None, Endpoint.SEND_FEEDBACK, 2),
        (["feedback"], Endpoint.PREDICT, 2),
    ],
)
def test_a_live_service_is_taught_only_where_that_is_asked_for(
    checks: list[str] | None, endpoint: Endpoint, taught: int
) -> None:
    with serve(Mean) as ports:
        host, port = "127.0.0.1", int(ports.http_port or 0)
        subject = remote(host, port, ports.grpc_port, timeout_s=10)
        with contextlib.closing(subject):
            course = Course(chosen(checks), requests=2, endpoint=endpoint)
            outcome = examine(parse(CONTRACT), subject, course)

    assert outcome.checks["feedback"].passed == taught


def test_only_what_is_chosen_is_asked() -> None:
    outcome = outcome_of(Mean, "health")

    assert list(outcome.checks) == ["health"]
    assert outcome.requests == 0


def test_the_same_seed_finds_the_same_whatever_is_chosen() -> None:
    class Tips(Mean):
        def predict(self, X: Any) -> Any:
            return super().predict(X) + (X[:, :1] > 0.9)

    every, one = outcome_of(Tips, seed=5), outcome_of(Tips, "range", seed=5)

    messages = [each.failed["range"].sent.message for each in (every, one)]
    assert [message.value.tolist() for message in messages if message] == [[[1.0, 0.0]]] * 2
    assert every.checks["range"].failed == one.checks["range"].failed


def test_data_that_cannot_be_sent_are_told_before_anything_is_asked() -> None:
    contract = {
        "features": [{"name": "k", "ftype": "categorical", "values": ["u"]}],
        "targets": [],
    }

    with pytest.raises(StartError, match=r"features\[0\]\.values: 'u' is no number"):
        outcome_of(Mean, contract=contract, form=Form.TENSOR)


WITHOUT_HYPOTHESIS = """
import sys
sys.modules["hypothesis"] = None
sys.path.insert(0, sys.argv[1])
from trials import Mean, outcome_of
outcome = outcome_of(Mean)
print(outcome.remarks, list(outcome.failed), outcome.checks["range"].passed)
"""


def test_all_is_tested_without_hypothesis() -> None:
    command = [sys.executable, "-c", WITHOUT_HYPOTHESIS, str(TESTS)]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert "Hypothesis is not installed, so failures are not shrunk" in done.stdout
    assert "[] 2" in done.stdout


def test_every_check_is_made_of_one_service_or_another() -> None:
    contract = {
        "features": [
            *CONTRACT["features"],
            {"name": "k", "ftype": "categorical", "values": [0, 1]},
        ],
        "targets": [*CONTRACT["targets"], {"name": "c", "ftype": "categorical", "values": [0, 1]}],
        "limits": {"latency_ms": 1e6, "rows": 9},
        "samples": [{"input": [0, 0, 1], "output": [0, 1]}],
    }

    class Both:
        def predict(self, X: Any) -> Any:
            return [[(row[0] + row[1]) / 2, row[2]] for row in X.tolist()]

        def class_names(self) -> list[str]:
            return ["y", "c"]

    outcome = outcome_of(Both, contract=contract, mode="strict")

    assert {name: tally.made for name, tally in outcome.checks.items() if not tally.made} == {}
    assert outcome.failed == {}
    assert len(outcome.checks) == len(CHECKS)
