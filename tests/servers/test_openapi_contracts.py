"""Real servers of strict contracts, asked what their OpenAPI documents say.

Each example is sent as it stands; schemathesis sends what the schemas allow, and what they do not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import requests
import schemathesis
from charter import testing
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
# The document of a contract with so many columns that they are not told one by one is longer.
MOST_WITH_COLUMNS = 60_000
EXAMPLES = Path(__file__).parents[2] / "examples"
TIMEOUT_S = 20.0
# What --max-url-bytes allows.
LONGEST_PATH = 65_535
# A reply repeats the meta of its request, so what is wrong there is wrong in the reply too.
ALWAYS: Any = [not_a_server_error, status_code_conformance, content_type_conformance]
CHECKS: dict[Any, Any] = {
    GenerationMode.NEGATIVE: ALWAYS,
    GenerationMode.POSITIVE: [*ALWAYS, response_schema_conformance],
}
LOAN = {
    "version": "2.1",
    "features": [
        {"name": "age", "dtype": "INT", "ftype": "continuous", "range": [18, 120]},
        {"name": "income", "ftype": "continuous", "range": [0, "inf"], "nullable": True},
        {"name": "country", "ftype": "categorical", "values": ["DE", "FR"], "default": "DE"},
        {"name": "is_new", "dtype": "BOOL"},
        {"name": "code", "dtype": "STRING", "pattern": "[A-Z]{2}[0-9]{3}"},
        {"name": "since", "dtype": "DATETIME"},
    ],
    "targets": [
        {"name": "score", "ftype": "continuous", "range": [0, 1]},
        {"name": "grade", "ftype": "categorical", "values": ["a", "b"]},
    ],
    "limits": {"rows": 4, "bytes": 4000},
}


class Loan:
    """Score rows of mixed types."""

    def predict(self, X: Any) -> Any:
        rows = [[min(float(row[0]) / 120, 1.0), "a" if row[2] == "DE" else "b"] for row in X]
        return np.array(rows, dtype=object)

    def class_names(self) -> list[str]:
        return ["score", "grade"]


class Digits:
    """Tell ten shares of the brightness of 784 pixels: what deepmnist promises, without its net."""

    def predict(self, X: Any) -> Any:
        shares = np.asarray(X, np.float64)[:, :780].reshape(len(X), 10, 78).mean(axis=2) + 0.01
        return shares / shares.sum(axis=1, keepdims=True)

    def class_names(self) -> list[str]:
        return [f"class:{digit}" for digit in range(10)]


@dataclass(frozen=True)
class Served:
    """A server, and what its document says."""

    url: str
    document: Any
    session: requests.Session


@pytest.fixture(scope="module", params=["hello", "iris", "loan", "digits"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    loan = tmp_path_factory.mktemp("loan") / "contract.json"
    loan.write_text(json.dumps(LOAN))
    component, contract = {
        "hello": (str(EXAMPLES / "hello"), None),
        "iris": (str(EXAMPLES / "iris"), None),
        "loan": (Loan, str(loan)),
        "digits": (Digits, str(EXAMPLES / "deepmnist" / "contract.json")),
    }[request.param]
    chosen: dict[str, Any] = {"contract": contract} if contract else {}
    with (
        testing.serve(component, contract_mode="strict", **chosen) as endpoints,
        requests.Session() as session,
    ):
        document = httpx.get(f"{endpoints.url}/openapi.json", timeout=TIMEOUT_S).json()
        yield Served(endpoints.url, told(document), session)


def told(document: Any) -> Any:
    """Return the document without `default`, which allows the statuses that a model chooses."""
    for verbs in document["paths"].values():
        for operation in verbs.values():
            operation["responses"].pop("default", None)
    return document


@pytest.mark.parametrize("path", ["/predict", "/transform-input"])
def test_each_example_works_as_it_stands(served: Served, path: str) -> None:
    sent = list(examples(served.document, path))
    replies = {name: httpx.request(url=served.url + path, **how) for name, how in sent}

    assert {name: r.text for name, r in replies.items() if r.status_code != 200} == {}
    assert "POST application/json ndarray" in replies
    if len(json.dumps(served.document)) < MOST_WITH_COLUMNS:
        assert {"GET columns", f"POST {FORM} example", f"POST {MULTIPART} example"} <= set(replies)


def examples(document: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each example of a path with what httpx sends it with."""
    found = document["paths"][path]
    parameters = [resolved(document, each) for each in found["get"]["parameters"]]
    columns = {each["name"]: each["example"] for each in parameters if "example" in each}
    if columns:
        yield "GET columns", {"method": "GET", "params": columns}
    content = resolved(document, found["post"]["requestBody"])["content"]
    for name, example in content["application/json"]["examples"].items():
        value = resolved(document, example)["value"]
        yield f"POST application/json {name}", {"method": "POST", "json": value}
        yield f"GET {name}", {"method": "GET", "params": {"json": json.dumps(value)}}
    if "example" in content[FORM]:
        sent = texts(content[FORM]["example"])
        yield f"POST {FORM} example", {"method": "POST", "data": sent}
    if "example" in content[MULTIPART]:
        parts = {
            name: (None, value) for name, value in texts(content[MULTIPART]["example"]).items()
        }
        yield f"POST {MULTIPART} example", {"method": "POST", "files": parts}


def texts(example: dict[str, Any]) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in example.items()
    }


def resolved(document: Any, node: Any) -> Any:
    place = node.get("$ref")
    if place is None:
        return node
    found = document
    for key in place.removeprefix("#/").split("/"):
        found = found[key]
    return found


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_request_is_answered_with_5xx_or_what_is_not_in_the_document(
    served: Served, mode: Any
) -> None:
    asked = set()
    for operation in operations(served):
        is_twin = operation.path.startswith("/api/") or operation.method == "head"
        if is_twin or not has_input(
            operation
        ):  # what has several paths is answered by one function
            continue
        asked.add(operation.path)
        ask(served, operation, mode)

    assert {"/predict", "/transform-input", "/route", "/aggregate", "/send-feedback"} <= asked


def test_what_takes_no_request_answers_as_the_document_says(served: Served) -> None:
    for operation in operations(served):
        if not has_input(operation):
            check(served, operation.Case(), GenerationMode.POSITIVE)


def operations(served: Served) -> Iterator[Any]:
    found: Any
    for found in schemathesis.openapi.from_dict(served.document).get_all_operations():
        yield found.ok()


def has_input(operation: Any) -> bool:
    return bool(operation.body.items or operation.query.items)


def ask(served: Served, operation: Any, mode: Any) -> None:
    @settings(
        max_examples=20 if operation.path == "/predict" else 2,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        check(served, case, mode)

    send()


def check(served: Served, case: Any, mode: Any) -> None:
    reply = case.call(base_url=served.url, session=served.session, timeout=TIMEOUT_S)
    if len(reply.request.path_url) > LONGEST_PATH:
        assert reply.status_code == 414  # before it is looked at what is asked
        return
    case.validate_response(reply, checks=CHECKS[mode])
