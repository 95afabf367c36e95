"""The tester against right and wrong models: each wrong one is caught by the check that should."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from charter.contract.parse import parse
from charter.contract_file import read_contract
from charter.errors import StartError, Unanswered
from charter.message import Form
from charter.tester.run import Endpoint, Exchange, Outcome, Plan, fresh_seed, run
from charter.tester.targets import ComponentTarget, Target, grpc_target, rest_target
from charter.testing import serve
from charter.transport.workers import Endpoints

LIMITED = {"ftype": "continuous", "dtype": "FLOAT", "range": [0, 1]}
NUMBERS: Any = {
    "features": [{"name": "x", **LIMITED, "repeat": 3}],
    "targets": [{"name": name, **LIMITED} for name in "abc"],
}
MIXED: Any = {
    "features": [
        {"name": "x", **LIMITED},
        {"name": "k", "ftype": "categorical", "values": ["u", "v"]},
    ],
    "targets": [
        {"name": "p", **LIMITED},
        {"name": "label", "ftype": "categorical", "values": ["low", "high"]},
    ],
}
PLAN = Plan(requests=2, rows=4, seed=7)
Predict = Callable[[Any], Any]


class Puppet:
    """Answer as the running test says."""

    predict_as: Predict
    names: list[str]

    def predict(self, X: Any, names: Any) -> Any:
        return self.predict_as(X)

    def class_names(self) -> list[str]:
        return self.names


@pytest.fixture(scope="module")
def puppet() -> Puppet:
    return Puppet()


@pytest.fixture(scope="module")
def server(puppet: Puppet) -> Iterator[Endpoints]:
    with serve(puppet) as endpoints:
        yield endpoints


@pytest.fixture(params=["in process", "rest", "grpc"])
def target(request: pytest.FixtureRequest, puppet: Puppet, server: Endpoints) -> Iterator[Target]:
    assert server.grpc_port is not None
    makers: dict[str, Callable[[], Target]] = {
        "in process": lambda: ComponentTarget("puppet", lambda: puppet),
        "rest": lambda: rest_target("127.0.0.1", int(server.http_port or 0), timeout_s=10),
        "grpc": lambda: grpc_target("127.0.0.1", int(server.grpc_port or 0), timeout_s=10),
    }
    with contextlib.closing(makers[request.param]()) as made:
        yield made


def outcome_of(document: Any, target: Target, plan: Plan = PLAN) -> Outcome:
    outcome = Outcome()
    for exchange in run(parse(document), target, plan):
        outcome.add(exchange)
    return outcome


def right(X: Any) -> Any:
    return np.asarray(X, dtype=float) ** 2


def right_mixed(X: Any) -> Any:
    return [[float(row[0]), "low" if row[1] == "u" else "high"] for row in X]


def broken(value: Any, column: int = 1) -> Predict:
    """Return a model that puts a value into one column of the second row."""

    def predict(X: Any) -> Any:
        rows = right(X).tolist()
        rows[1][column] = value
        return rows

    return predict


def raising(_: Any) -> Any:
    raise RuntimeError("out of coffee")


WRONG: dict[str, tuple[Predict, list[str], str]] = {
    "a row too few": (lambda X: right(X)[1:], ["a", "b", "c"], "rows"),
    "a row too many": (lambda X: np.vstack([right(X), right(X)[:1]]), ["a", "b", "c"], "rows"),
    "one row for all": (lambda X: right(X).mean(axis=0), ["a", "b", "c"], "rows"),
    "a column too few": (lambda X: right(X)[:, 1:], ["a", "b"], "shape"),
    "a column too many": (lambda X: np.ones((len(X), 4)), ["a", "b", "c", "d"], "shape"),
    "another rank": (lambda X: right(X)[..., None], ["a", "b", "c"], "shape"),
    "no class names but two": (right, ["a", "b"], "names"),
    "swapped class names": (right, ["b", "a", "c"], "names"),
    "unknown class names": (right, ["x", "y", "z"], "names"),
    "a number out of range": (broken(1.7), ["a", "b", "c"], "range"),
    "a number below the range": (broken(-0.01), ["a", "b", "c"], "range"),
    "NaN": (broken(float("nan")), ["a", "b", "c"], "finite"),
    "a string for a number": (broken("0.5"), ["a", "b", "c"], "type"),
    "a text": (lambda X: "sorry", ["a", "b", "c"], "payload"),
    "a dict": (lambda X: {"class": 3}, ["a", "b", "c"], "payload"),
    "an exception": (raising, ["a", "b", "c"], "status"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_model_is_caught_by_the_check_that_should(
    wrong: str, puppet: Puppet, target: Target
) -> None:
    puppet.predict_as, puppet.names, check = WRONG[wrong]

    outcome = outcome_of(NUMBERS, target)

    assert list(outcome.failed) == [check]
    assert outcome.checks[check].failed == 2


@pytest.mark.parametrize("form", [Form.NDARRAY, Form.TENSOR])
@pytest.mark.parametrize("names", [["a", "b", "c"], ["t:0", "t:1", "t:2"]])
def test_a_right_model_passes_with_any_seed(
    form: Form, names: list[str], puppet: Puppet, target: Target
) -> None:
    puppet.predict_as, puppet.names = right, names

    outcomes = [
        outcome_of(NUMBERS, target, Plan(requests=3, rows=5, form=form, seed=seed))
        for seed in range(10)
    ]

    assert [outcome.failed for outcome in outcomes] == [{}] * 10
    assert outcomes[0].checks["range"].passed == 3
    assert (outcomes[0].requests, outcomes[0].rows, outcomes[0].errors) == (3, 15, 0)
    assert len(outcomes[0].latencies_s) == 3


@pytest.mark.parametrize(
    ("predict", "failed"),
    [
        (right_mixed, []),
        (lambda X: [[2.5, "low"] for _ in X], ["range"]),
        (lambda X: [[0.5, "medium"] for _ in X], ["category"]),
        (lambda X: [["0.5", "low"] for _ in X], ["type"]),
    ],
)
def test_mixed_columns_keep_their_types_on_the_way(
    predict: Predict, failed: list[str], puppet: Puppet, target: Target
) -> None:
    puppet.predict_as = predict
    puppet.names = ["p", "label"]

    outcome = outcome_of(MIXED, target)

    assert list(outcome.failed) == failed


def test_transform_input_is_held_to_its_rows_only(puppet: Puppet, target: Target) -> None:
    puppet.names = ["a", "b", "c"]
    plan = Plan(Endpoint.TRANSFORM_INPUT, rows=4)

    outcome = outcome_of(NUMBERS, target, plan)

    assert list(outcome.checks) == ["status", "body", "rows"]
    assert not outcome.failed


def test_what_is_sent_is_named_and_follows_from_the_seed(puppet: Puppet) -> None:
    puppet.predict_as, puppet.names = right, ["a", "b", "c"]
    contract = parse(NUMBERS)

    with contextlib.closing(ComponentTarget("puppet", lambda: puppet)) as target:
        first, again = ([*run(contract, target, PLAN)] for _ in range(2))

    assert first[0].request.names == ["x1", "x2", "x3"]
    assert first[0].request.value.shape == (4, 3)
    assert _sent(first) == _sent(again)
    assert first[0].request.value.tolist() != first[1].request.value.tolist()


def _sent(exchanges: list[Exchange]) -> list[Any]:
    return [exchange.request.value.tolist() for exchange in exchanges]


def test_the_first_failure_is_kept_with_its_request(puppet: Puppet, target: Target) -> None:
    puppet.predict_as, puppet.names = broken(1.7, column=2), ["a", "b", "c"]

    tally = outcome_of(NUMBERS, target).checks["range"]

    assert str(tally.first) == (
        "targets[2].range: c must lie in [0, 1], got 1.7 in row 1 (1 of 4 rows)"
    )
    assert tally.exchange is not None
    assert tally.exchange.number == 1


def test_strings_are_not_sent_as_a_tensor(puppet: Puppet, target: Target) -> None:
    with pytest.raises(StartError, match=r"features\[1\]\.values: 'u' is no number, and a tensor"):
        outcome_of(MIXED, target, Plan(form=Form.TENSOR))


def test_categories_that_are_numbers_are_sent_as_a_tensor(puppet: Puppet, target: Target) -> None:
    puppet.predict_as, puppet.names = (lambda X: np.asarray(X)[:, :1]), ["a"]
    category = {"name": "k", "ftype": "categorical", "values": [2, 3.5]}
    document = {
        "features": [NUMBERS["features"][0], category],
        "targets": NUMBERS["targets"][:1],
    }

    outcome = outcome_of(document, target, Plan(form=Form.TENSOR, rows=3))

    assert not outcome.failed


@contextlib.contextmanager
def http_server(*answers: tuple[int, bytes] | None) -> Iterator[tuple[int, list[tuple[str, Any]]]]:
    """Give one answer a request, `None` to hang up; yield the port and the requests."""
    left = list(answers)
    requests: list[tuple[str, Any]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            requests.append((self.path, json.loads(self.rfile.read(length))))
            answer = left.pop(0)
            if answer is None:
                return
            self.send_response(answer[0])
            self.send_header("content-length", str(len(answer[1])))
            self.end_headers()
            self.wfile.write(answer[1])

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port, requests
        finally:
            server.shutdown()
            thread.join()


def over_http(plan: Plan, *answers: tuple[int, bytes] | None) -> tuple[Outcome, Any]:
    with (
        http_server(*answers) as (port, requests),
        contextlib.closing(rest_target("127.0.0.1", port, timeout_s=10)) as target,
    ):
        return outcome_of(NUMBERS, target, plan), requests


GOOD = (200, b'{"data":{"names":["a","b","c"],"ndarray":[[0.1,0.2,0.3]]}}')


@pytest.mark.parametrize(
    ("answer", "check", "got"),
    [
        ((500, b'{"status":{"info":"boom","status":1}}'), "status", "status 500: boom"),
        ((404, b"<html>"), "status", "status 404: '<html>'"),
        (None, "status", "hung up"),
        ((200, b"<html>"), "body", "JSON"),
        ((200, b"[1, 2]"), "body", "body: expected an object"),
        ((200, b'{"data":{"ndarray":[[1],[1,2]]}}'), "body", "data.ndarray[1]"),
        ((200, b'{"data":{"names":["a","b","c"],"ndarray":[[NaN,0,0]]}}'), "finite", "nan"),
        ((200, b'{"data":{"names":["a","b","c"],"ndarray":[[null,0,0]]}}'), "finite", "null"),
        ((200, b'{"data":{"names":["a","b","c"],"ndarray":[["x",0,0]]}}'), "type", "'x'"),
        ((200, b'{"data":{"names":null,"ndarray":[[0,0,0]]}}'), "names", "0 names"),
        ((200, b'{"data":{"ndarray":[]}}'), "rows", "shape [0]"),
    ],
)
def test_a_wrong_answer_is_caught_and_the_test_goes_on(
    answer: tuple[int, bytes] | None, check: str, got: str
) -> None:
    outcome, _ = over_http(Plan(requests=3), GOOD, answer, GOOD)

    assert list(outcome.failed) == [check]
    assert got in str(outcome.checks[check].first)
    assert outcome.requests == 3
    assert outcome.errors == (1 if check in ("status", "body") else 0)
    assert outcome.checks["rows"].passed >= 2


def test_feedback_follows_its_prediction_with_a_reward_of_1() -> None:
    plan = Plan(Endpoint.SEND_FEEDBACK, requests=2)

    outcome, requests = over_http(plan, GOOD, (200, b"{}"), GOOD, (500, b"{}"))

    paths = [path for path, _ in requests]
    feedback = requests[1][1]
    assert paths == ["/predict", "/send-feedback"] * 2
    assert feedback["reward"] == 1.0
    assert feedback["request"]["data"]["ndarray"] == requests[0][1]["data"]["ndarray"]
    assert feedback["response"]["data"]["ndarray"] == [[0.1, 0.2, 0.3]]
    assert "truth" not in feedback
    assert list(outcome.failed) == ["feedback"]
    assert (outcome.checks["feedback"].passed, outcome.checks["feedback"].failed) == (1, 1)


def test_nothing_there_at_the_first_request_ends_the_test() -> None:
    with http_server() as (port, _):
        pass

    with (
        contextlib.closing(rest_target("127.0.0.1", port, timeout_s=10)) as target,
        pytest.raises(Unanswered, match=r"nothing answers on 127\.0\.0\.1"),
    ):
        outcome_of(NUMBERS, target)


def test_a_server_that_goes_away_is_a_failure() -> None:
    contract = parse(NUMBERS)

    with contextlib.ExitStack() as running:
        port, _ = running.enter_context(http_server(GOOD))
        with contextlib.closing(rest_target("127.0.0.1", port, timeout_s=10)) as target:
            exchanges = run(contract, target, Plan(requests=5))
            first = next(exchanges)
            running.close()
            rest = list(exchanges)

    assert not first.breaches
    assert [str(breach) for breach in rest[0].breaches] == [
        f"reply: must say success, got nothing answers on 127.0.0.1:{port}: connection refused"
    ]
    assert len(rest) == 1


def write(path: Path, text: str) -> Path:
    file = path / "contract.json"
    file.write_text(text, "utf-8")
    return file


def test_a_contract_is_read_from_its_file(tmp_path: Path) -> None:
    file = write(tmp_path, "\N{ZERO WIDTH NO-BREAK SPACE}" + json.dumps(NUMBERS))

    assert read_contract(file) == parse(NUMBERS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{\n  'a': 1}", "line 2, column 3: not JSON: expecting property name enclosed in double"),
        ('{"features": []}', "features: expected at least one"),
        ("", "line 1, column 1: not JSON: expecting value"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_and_place(
    text: str, message: str, tmp_path: Path
) -> None:
    file = write(tmp_path, text)

    with pytest.raises(StartError) as refusal:
        read_contract(file)

    assert refusal.value.message.startswith(f"{file}: {message}")


def test_a_file_that_cannot_be_read_is_refused_with_its_name(tmp_path: Path) -> None:
    binary = tmp_path / "model.bin"
    binary.write_bytes(b"\xff\x00")

    with pytest.raises(StartError, match=r"none\.json: no such file or directory"):
        read_contract(tmp_path / "none.json")
    with pytest.raises(StartError, match="is a directory"):
        read_contract(tmp_path)
    with pytest.raises(StartError, match=r"model\.bin: not UTF-8 text"):
        read_contract(binary)


def test_fresh_seeds_differ() -> None:
    assert len({fresh_seed() for _ in range(20)}) > 10


PAYLOADS: dict[str, tuple[Any, Predict]] = {
    "strData": ({"name": "t", "dtype": "STRING"}, lambda X: [[float(len(X.upper()) < 0)]]),
    "binData": ({"name": "b", "dtype": "BYTES"}, lambda X: [[float(X == b"-")]]),
    "jsonData": ({"name": "x", **LIMITED}, lambda X: [{"p": row["x"]} for row in X]),
    "tensor": ({"name": "x", **LIMITED}, lambda X: X),
}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_request_carries_what_the_contract_says(
    target: Target, puppet: Puppet, payload: str
) -> None:
    feature, puppet.predict_as = PAYLOADS[payload]
    puppet.names = ["p"]
    document = {
        "payload": payload,
        "features": [feature],
        "targets": [{"name": "p", **LIMITED}],
    }

    outcome = outcome_of(document, target)

    assert outcome.failed == {}
    assert outcome.checks["range"].passed == 2
