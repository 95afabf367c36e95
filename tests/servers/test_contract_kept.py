"""A contract at run time, seen by callers over REST and gRPC."""

from __future__ import annotations

import contextlib
import json
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx
import numpy as np
import pytest
from charter import testing
from charter._proto.messages import SeldonModelMetadata
from charter.codecs import seldon_proto
from charter.message import Form, Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from grpc_status import rpc_status
from prometheus_client.parser import text_string_to_metric_families
from serving import FREE, WAIT_S, Multi, served

CONTRACT = {
    "features": [
        {"name": "age", "dtype": "INT", "ftype": "continuous", "range": [0, 120]},
        {"name": "fare", "dtype": "FLOAT", "ftype": "continuous", "range": [0, 512], "pii": True},
        {"name": "cabin", "dtype": "FLOAT", "range": [0, 9], "nullable": True},
    ],
    "targets": [{"name": "survived", "ftype": "continuous", "dtype": "FLOAT", "range": [0, 1]}],
}
GOOD = {"data": {"ndarray": [[30, 7.25, 1.0], [40, 8.05, 2.0]]}}
BROKEN = {"data": {"ndarray": [[30, 7.25, 1.0], [140, 666.5, 2.0]]}}
MODES = ("strict", "warn", "off")
every_mode = pytest.mark.parametrize("mode", MODES)
MALFORMED = [
    b'{"data": {"ndarray": [[1, 2, 3], [4]]}}',
    b'{"data": {"tensor": {"shape": [2, 3], "values": [1, 2]}}}',
    b'{"binData": "not base64"}',
    b'{"data": {"ndarray": [[NaN, 1, 2]]}}',
    b'{"data": ',
    b"{}",
]


class Survival:
    """Remember what it was given, and answer what it is told to."""

    def __init__(self) -> None:
        self.given: list[Any] = []
        self.answer = 0.5

    def predict(self, X: Any, names: Any = None) -> Any:
        self.given.append((X, names))
        return np.full((len(X), 1), self.answer)


@dataclass(frozen=True)
class Kept:
    """A server that keeps a contract, and the model that it serves."""

    model: Any
    url: str
    channel: grpc.Channel

    def post(self, body: Any, path: str = "/predict", **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"content-type": "application/json", **headers}
        return httpx.post(f"{self.url}{path}", content=content, headers=headers, trust_env=False)

    def call(self, message: Message) -> Message:
        multi: Multi = self.channel.unary_unary("/seldon.protos.Seldon/Predict")
        return seldon_proto.decode(multi(seldon_proto.encode(message), timeout=WAIT_S))

    def refused(self, message: Message) -> tuple[Any, list[Any]]:
        """Return the error of a call and the details that its status has."""
        with pytest.raises(grpc.RpcError) as caught:
            self.call(message)
        error: Any = caught.value  # which is a call too
        return error, list(rpc_status.from_call(error).details)


def breaches(page: str) -> dict[tuple[str, str, str], float]:
    return {
        tuple(sample.labels[key] for key in ("direction", "feature", "check")): sample.value  # type: ignore[misc]  # three keys make three values
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == "charter_contract_breaches_total"
    }


@contextlib.contextmanager
def keep(
    folder: Path, mode: str, model: Any = None, contract: Any = None, **chosen: Any
) -> Iterator[Kept]:
    path = folder / "contract.json"
    path.write_text(json.dumps(contract or CONTRACT))
    model = model or Survival()
    chosen |= {"contract": str(path), "contract_mode": mode}
    with (
        testing.serve(model, **chosen) as endpoints,
        grpc.insecure_channel(endpoints.grpc_address) as channel,
    ):
        yield Kept(model, endpoints.url, channel)


def tensor(values: Any, names: Any = ()) -> Message:
    return Message(Form.TENSOR, np.array(values), names)


def test_strict_refuses_with_an_entry_a_field_before_the_model_is_asked(tmp_path: Path) -> None:
    with keep(tmp_path, "strict") as kept:
        response = kept.post(BROKEN)

    assert response.status_code == 400
    assert kept.model.given == []
    document = response.json()
    assert document["status"]["reason"] == "MICROSERVICE_BAD_DATA"
    assert document["status"]["info"] == (
        "/data/ndarray/1/0: age must lie in [0, 120], got 140.0 in row 1 (1 of 2 rows); and 1 more"
    )
    assert document["errors"] == [
        {
            "pointer": "/data/ndarray/1/0",
            "field": "age",
            "check": "range",
            "expected": "must lie in [0, 120]",
            "got": "140.0",
            "rows": 1,
            "first_rows": [1],
        },
        {
            "pointer": "/data/ndarray/1/1",
            "field": "fare",
            "check": "range",
            "expected": "must lie in [0, 512]",
            "got": "a value that is not shown",
            "rows": 1,
            "first_rows": [1],
        },
    ]
    assert "666" not in response.text


def test_a_pointer_leads_to_the_value_in_the_body(tmp_path: Path) -> None:
    bodies = [
        {"data": {"ndarray": [[1, 2, 3], [777, 2, 3]]}},
        {"data": {"tensor": {"shape": [2, 3], "values": [1, 2, 3, 777, 2, 3]}}},
        {"data": {"names": ["cabin", "age", "fare"], "ndarray": [[1, 777, 2]]}},
    ]
    with keep(tmp_path, "strict") as kept:
        refusals = [kept.post(body).json()["errors"] for body in bodies]

    for body, [error] in zip(bodies, refusals, strict=True):
        found: Any = body
        for part in error["pointer"].split("/")[1:]:
            found = found[int(part) if isinstance(found, list) else part]
        assert found == 777


def test_warn_answers_and_logs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with keep(tmp_path, "warn") as kept:
        response = kept.post(BROKEN)
        kept.call(tensor([[150.0, 1.0, 1.0]]))

    assert (response.status_code, "errors" in response.json()) == (200, False)
    assert kept.model.given[0][0].tolist() == BROKEN["data"]["ndarray"]
    said = [record.getMessage() for record in caplog.records]
    assert [line for line in said if line.startswith("request breaks")] == [
        "request breaks the contract: /data/ndarray/1/0: age must lie in [0, 120], got 140.0 "
        "in row 1 (1 of 2 rows)",
        "request breaks the contract: /data/ndarray/1/1: fare must lie in [0, 512], "
        "got a value that is not shown in row 1 (1 of 2 rows)",
    ]


def test_off_neither_checks_nor_changes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    null = {"data": {"ndarray": [[140, 1, None]]}}
    with keep(tmp_path, "off") as kept:
        kept.model.answer = 7.0
        response = kept.post(null)
        metadata = httpx.get(f"{kept.url}/metadata", trust_env=False).json()

    assert response.status_code == 200
    assert kept.model.given[0][0].tolist() == [[140, 1, None]]
    assert metadata["custom"] == {}
    assert "breaks the contract" not in caplog.text


@every_mode
def test_malformed_bodies_are_400_in_every_mode(tmp_path: Path, mode: str) -> None:
    with keep(tmp_path, mode) as kept:
        statuses = [kept.post(body).status_code for body in MALFORMED]
        after = kept.post(GOOD)

    assert statuses == [400] * len(MALFORMED)
    assert after.status_code == 200


@every_mode
def test_malformed_messages_are_invalid_over_grpc_in_every_mode(tmp_path: Path, mode: str) -> None:
    ragged = b"\x12\x0c\x12\x0a\x0a\x02\x02\x03\x12\x04\x00\x00\x00\x00"
    with keep(tmp_path, mode) as kept:
        multi: Multi = kept.channel.unary_unary("/seldon.protos.Seldon/Predict")
        with pytest.raises(grpc.RpcError) as caught:
            multi(ragged, timeout=WAIT_S)

    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("mode", ["strict", "warn"])
def test_the_metadata_say_the_mode_beside_what_the_model_says(tmp_path: Path, mode: str) -> None:
    class Says(Survival):
        def init_metadata(self) -> Any:
            return {"name": "titanic", "custom": {"team": "ships"}}

    with keep(tmp_path, mode, Says()) as kept:
        over_rest = httpx.get(f"{kept.url}/metadata", trust_env=False).json()
        multi: Multi = kept.channel.unary_unary("/seldon.protos.Model/Metadata")
        over_grpc = SeldonModelMetadata.FromString(multi(b"", timeout=WAIT_S))

    expected = {"team": "ships", "contract_mode": mode}
    assert (over_rest["custom"], dict(over_grpc.custom)) == (expected, expected)


def test_terse_errors_say_how_many_and_no_more(tmp_path: Path) -> None:
    with keep(tmp_path, "strict", errors="terse") as kept:
        response = kept.post(BROKEN)
        error, details = kept.refused(tensor([[777.0, 1.0, 1.0]]))

    assert response.json() == {
        "status": {
            "code": -1,
            "info": "2 fields break the contract",
            "reason": "MICROSERVICE_BAD_DATA",
            "status": 1,
        }
    }
    assert error.details() == "1 field breaks the contract"
    assert len(details) == 1


def test_grpc_refuses_with_the_violations_beside_the_reason(tmp_path: Path) -> None:
    with keep(tmp_path, "strict") as kept:
        error, [info, violations] = kept.refused(tensor([[777.0, 666.0, 1.0]]))

    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    reason, bad = ErrorInfo(), BadRequest()
    assert info.Unpack(reason)
    assert violations.Unpack(bad)
    assert reason.reason == "MICROSERVICE_BAD_DATA"
    assert [(each.field, each.description) for each in bad.field_violations] == [
        ("/data/tensor/values/0", "age must lie in [0, 120], got 777.0"),
        ("/data/tensor/values/1", "fare must lie in [0, 512], got a value that is not shown"),
    ]


def test_trailers_have_room_for_any_number_of_violations(tmp_path: Path) -> None:
    features = [
        {"name": f"a_rather_long_name_{n}", "ftype": "continuous", "range": [0, 1]}
        for n in range(784)
    ]
    wide = {"features": features, "targets": []}
    with keep(tmp_path, "strict", contract=wide) as kept:
        error, [_, violations] = kept.refused(tensor(np.full((1, 784), 7.0)))
        told = kept.post({"data": {"ndarray": [[7.0] * 784]}}).json()["errors"]

    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert 1 < len(BadRequest.FromString(violations.value).field_violations) < 784
    assert len(told) == 784


def test_named_columns_are_put_in_order_and_others_refused(tmp_path: Path) -> None:
    mixed = {"names": ["cabin", "age", "fare"], "ndarray": [[1, 30, 7.5]]}
    with keep(tmp_path, "strict") as kept:
        assert kept.post({"data": mixed}).status_code == 200
        kept.call(tensor([[7.5, 1.0, 30.0]], ["fare", "cabin", "age"]))
        wrong = kept.post({"data": {"names": ["age", "fair"], "ndarray": [[30, 7.5]]}})

    for X, names in kept.model.given:
        assert (X.tolist(), list(names)) == ([[30, 7.5, 1]], ["age", "fare", "cabin"])
    assert [(each["field"], each["check"]) for each in wrong.json()["errors"]] == [
        ("fare", "names"),
        ("cabin", "names"),
        ("fair", "names"),
    ]


@pytest.mark.parametrize("mode", ["strict", "warn"])
def test_null_reaches_the_model_as_nan_where_it_is_allowed(tmp_path: Path, mode: str) -> None:
    with keep(tmp_path, mode) as kept:
        taken = kept.post({"data": {"ndarray": [[30, 7.5, None]]}})
        refused = kept.post({"data": {"ndarray": [[None, 7.5, 1.0]]}})

    assert taken.status_code == 200
    X, _ = kept.model.given[0]
    assert X.dtype == np.float64
    np.testing.assert_array_equal(X, [[30, 7.5, np.nan]])
    assert refused.status_code == (400 if mode == "strict" else 200)


@pytest.mark.parametrize("mode", ["strict", "warn"])
def test_no_rows_are_refused_by_strict(tmp_path: Path, mode: str) -> None:
    with keep(tmp_path, mode) as kept:
        response = kept.post({"data": {"ndarray": []}})

    assert response.status_code == (400 if mode == "strict" else 200)


def test_a_reply_that_breaks_its_promise_is_500_and_names_the_target(tmp_path: Path) -> None:
    with keep(tmp_path, "strict") as kept:
        kept.model.answer = 7.0
        response = kept.post(GOOD)
        error, _ = kept.refused(tensor([[30.0, 7.5, 1.0]]))

    told = "the reply breaks the contract: targets[0]: survived must lie in [0, 1], got 7.0"
    assert response.status_code == 500
    assert response.json()["status"]["info"] == f"{told} in row 0 (2 of 2 rows)"
    assert error.code() is grpc.StatusCode.INTERNAL
    assert error.details() == f"{told} in row 0 (1 of 1 rows)"


def test_warn_logs_a_reply_that_breaks_its_promise(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with keep(tmp_path, "warn") as kept:
        kept.model.answer = 7.0
        response = kept.post(GOOD)

    assert response.json()["data"]["ndarray"] == [[7.0], [7.0]]
    assert "reply breaks the contract: targets[0]: survived must lie in [0, 1]" in caplog.text


def test_too_large_a_body_is_refused_over_both(tmp_path: Path) -> None:
    small = {**CONTRACT, "limits": {"bytes": 100, "rows": 2}}
    with keep(tmp_path, "strict", contract=small) as kept:
        large = kept.post(json.dumps(GOOD).encode() + b" " * 100)
        error, _ = kept.refused(tensor([[30.0, 7.5, 1.0]] * 9))
        rows = kept.post({"data": {"ndarray": [[1, 2, 3]] * 3}})

    assert large.status_code == 413
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert (rows.status_code, rows.json()["errors"][0]["check"]) == (400, "rows")


def test_text_bytes_and_json_have_contracts_too(tmp_path: Path) -> None:
    class Echo:
        def predict(self, X: Any) -> Any:
            return X

    text = {"name": "t", "dtype": "STRING", "pattern": "[a-z]+", "pii": True}
    cases: list[tuple[Any, Any, Any, str]] = [
        (
            {"features": [text], "payload": "strData"},
            {"strData": "a"},
            {"strData": "A1"},
            "/strData",
        ),
        (
            {"features": [{"name": "b", "dtype": "BYTES", "maxLength": 1}], "payload": "binData"},
            {"binData": "AA=="},
            {"binData": "AAAA"},
            "/binData",
        ),
        (
            {"features": [], "payload": "jsonData", "jsonSchema": {"required": ["a"]}},
            {"jsonData": {"a": 1}},
            {"jsonData": {"b": 1}},
            "/jsonData",
        ),
    ]
    for contract, good, bad, pointer in cases:
        with keep(tmp_path, "strict", Echo(), {"targets": [], **contract}) as kept:
            taken, refused = kept.post(good), kept.post(bad)
        assert taken.status_code == 200
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)
        assert "A1" not in refused.text


def test_a_raw_model_is_guarded(tmp_path: Path) -> None:
    class Raw:
        def predict_raw(self, message: Any) -> Any:
            return message

    with keep(tmp_path, "strict", Raw(), {**CONTRACT, "targets": []}) as kept:
        statuses = [kept.post(GOOD).status_code, kept.post(BROKEN).status_code]
        answered = kept.call(tensor([[30.0, 7.5, 1.0]]))
        error, _ = kept.refused(tensor([[300.0, 7.5, 1.0]]))

    assert statuses == [200, 400]
    assert answered.value.tolist() == [[30.0, 7.5, 1.0]]
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_refusal_is_400_where_all_else_is_as_in_seldon_core(tmp_path: Path) -> None:
    with keep(tmp_path, "strict", compat="strict") as kept:
        response = kept.post(BROKEN)

    assert (response.status_code, len(response.json()["errors"])) == (400, 2)


def test_a_model_is_given_the_dataframe_that_its_contract_says(tmp_path: Path) -> None:
    pytest.importorskip("pandas")

    class Frames(Survival):
        def predict(self, X: Any, names: Any = None) -> Any:
            self.given.append(X.dtypes.astype(str).to_dict())
            return X[["fare"]] * 0

    wish = {**CONTRACT, "input": "dataframe"}
    with keep(tmp_path, "warn", Frames(), wish) as kept:
        response = kept.post(GOOD)
        kept.call(tensor([[30.0, 7.5, 1.0]]))

    assert response.json()["data"] == {"names": ["fare"], "ndarray": [[0.0], [0.0]]}
    assert kept.model.given == [{"age": "int64", "fare": "float64", "cabin": "float64"}] * 2


def test_workers_count_each_breach_once_and_log_no_personal_data(tmp_path: Path) -> None:
    path = tmp_path / "contract.json"
    text = {"name": "t", "dtype": "STRING", "maxLength": 3, "pii": True}
    path.write_text(json.dumps({"features": [text], "targets": [], "payload": "strData"}))
    chosen = ("--contract", str(path), "--contract-mode", "warn", "--workers", "2")
    with served("echoes:Model", *FREE, *chosen) as process:
        process.read_until("ready")
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(process.predict, ["Smith"] * 40 + ["ok"] * 10))
        for _ in range(5):
            process.predict_over_grpc("Smith")
        page = process.metrics
        process.signal(signal.SIGTERM)
        _, errors = process.end()

    assert {answer.status_code for answer in answers} == {200}
    assert breaches(page) == {("request", "t", "length"): 45}
    assert "t must have at most 3 characters, got a value that is not shown" in errors
    assert "Smith" not in errors
