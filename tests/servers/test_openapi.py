"""The OpenAPI document of a real server: all in it is served, all that is served is in it."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from charter import testing
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

TIMEOUT_S = 20.0
GOOD: Any = {"json": {"strData": "text"}}


class Iris:
    """Answer every method, with tags and metrics."""

    def predict(self, X: Any) -> Any:
        return X

    def route(self, X: Any) -> int:
        return 1

    def aggregate(self, Xs: Any, names: Any) -> Any:
        return Xs[0]

    def send_feedback(self, X: Any, names: Any, reward: float, truth: Any) -> Any:
        return X

    def tags(self) -> Any:
        return {"colour": "blue", "sizes": [1, None]}

    def metrics(self) -> Any:
        return [{"type": "GAUGE", "key": "size", "value": 1.5, "tags": {"unit": "cm"}}]

    def init_metadata(self) -> Any:
        columns = {"names": ["length", "width", "height"], "shape": [3]}
        return {
            "name": "iris",
            "versions": ["1"],
            "inputs": [{"messagetype": "tensor", "schema": columns}],
            "outputs": [{"messagetype": "jsonData", "schema": {"type": "object"}}],
            "custom": {"author": "somebody"},
        }


class OnlyTransforms:
    def transform_input(self, X: Any) -> Any:
        raise ValueError("no")


class Waits:
    async def predict(self, X: Any) -> Any:
        await asyncio.Event().wait()


@dataclass(frozen=True)
class Operation:
    """One verb of one path in a document."""

    path: str
    verb: str
    said: Any = field(repr=False, compare=False)
    document: Any = field(repr=False, compare=False)

    def faults(self, reply: httpx.Response) -> list[str]:
        """Return what the document's response for this status finds wrong with a reply."""
        response = self.resolved(self.said["responses"][str(reply.status_code)])
        if self.verb == "HEAD":
            return ["a body"] if reply.content else []
        ((kind, content),) = response["content"].items()
        assert reply.headers["content-type"].partition(";")[0] == kind
        body = reply.json() if kind == "application/json" else reply.text
        schema = {**content["schema"], "components": self.document["components"]}
        return [str(error) for error in Draft202012Validator(schema).iter_errors(body)]

    def requests(self) -> Iterator[tuple[str, Any]]:
        """Yield each example, and what httpx sends it with."""
        for parameter in map(self.resolved, self.said.get("parameters", ())):
            for name, value in self.examples(parameter["content"]["application/json"]):
                assert parameter["in"] == "query"
                yield f"query {name}", {"params": {parameter["name"]: httpx_json(value)}}
        body = self.resolved(self.said.get("requestBody", {}))
        for kind, content in body.get("content", {}).items():
            for name, value in self.examples(content):
                yield f"{kind} {name}", SENDERS[kind](value)
        if "requestBody" not in self.said and "parameters" not in self.said:
            yield "nothing", {}

    def examples(self, content: Any) -> Iterator[tuple[str, Any]]:
        if "example" in content:
            yield "example", content["example"]
        for name, example in content.get("examples", {}).items():
            yield name, self.resolved(example)["value"]

    def resolved(self, node: Any) -> Any:
        place = node.get("$ref")
        if place is None:
            return node
        found = self.document
        for key in place.removeprefix("#/").split("/"):
            found = found[key]
        return found


def httpx_json(value: Any) -> str:
    return httpx.Request("POST", "http://charter", json=value).content.decode()


SENDERS: dict[str, Any] = {
    "application/json": lambda value: {"json": value},
    # Parts without a filename, as fields of a page's form are.
    "multipart/form-data": lambda value: {"files": {k: (None, v) for k, v in value.items()}},
    "application/x-www-form-urlencoded": lambda value: {"data": value},
}


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with (
        testing.serve(Iris) as endpoints,
        httpx.Client(base_url=endpoints.url, timeout=TIMEOUT_S) as client,
    ):
        yield client


def operations(client: httpx.Client) -> list[Operation]:
    document = client.get("/openapi.json").raise_for_status().json()
    return [
        Operation(path, verb.upper(), said, document)
        for path, verbs in document["paths"].items()
        for verb, said in verbs.items()
    ]


def operation(client: httpx.Client, path: str, verb: str = "POST") -> Operation:
    return next(one for one in operations(client) if (one.path, one.verb) == (path, verb))


def test_the_document_is_valid_and_the_same_under_both_names(client: httpx.Client) -> None:
    modern, seldon = client.get("/openapi.json"), client.get("/seldon.json")

    assert modern.headers["content-type"] == "application/json"
    assert modern.content == seldon.content
    assert list(OpenAPIV31SpecValidator(modern.json()).iter_errors()) == []
    assert modern.json()["info"]["title"] == "iris"


@pytest.mark.parametrize("path", ["/openapi.json", "/seldon.json"])
def test_head_says_how_long_the_document_is(client: httpx.Client, path: str) -> None:
    head, body = client.head(path), client.get(path)

    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == str(len(body.content))


def test_every_served_path_is_in_the_document_with_its_verbs(client: httpx.Client) -> None:
    told = client.get("/nowhere").json()["status"]["info"].partition("paths are")[2]
    described: dict[str, set[str]] = {}
    for one in operations(client):
        described.setdefault(one.path, set()).add(one.verb)

    assert described.keys() == set(re.findall(r"/[\w./-]+", told))
    allowed = {path: client.options(path).headers["allow"] for path in described}
    assert {path: {*verbs, "OPTIONS"} for path, verbs in described.items()} == {
        path: set(verbs.split(", ")) for path, verbs in allowed.items()
    }


def test_every_example_is_answered_as_the_document_says(client: httpx.Client) -> None:
    wrong, sent = {}, set()
    for one in operations(client):
        for name, request in one.requests():
            reply = client.request(one.verb, one.path, **request)
            sent.add(name)
            if reply.status_code != 200 or one.faults(reply):
                wrong[one, name] = (reply.status_code, reply.text)

    assert wrong == {}
    assert {
        "nothing",
        "query tensor",
        "application/json tensor",
        "application/json list",
        "application/json feedback",
        "multipart/form-data example",
        "application/x-www-form-urlencoded example",
    } <= sent


def test_the_examples_have_the_columns_of_the_model(client: httpx.Client) -> None:
    one = operation(client, "/predict")
    content = one.resolved(one.said["requestBody"])["content"]["application/json"]

    name, example = next(one.examples(content))
    assert name == "tensor"
    assert example["data"]["names"] == ["length", "width", "height"]
    assert client.post("/predict", json=example).json()["data"]["tensor"]["shape"] == [1, 3]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"null", b'{"data": {"tensor": 1}}'])
def test_a_bad_request_is_refused_as_the_document_says(
    client: httpx.Client, content: bytes
) -> None:
    headers = {"content-type": "application/json"}
    asked = [one for one in operations(client) if "requestBody" in one.said]
    replies = {one: client.post(one.path, content=content, headers=headers) for one in asked}

    assert len(replies) == 10
    assert {reply.status_code for reply in replies.values()} == {400}
    assert [one.faults(reply) for one, reply in replies.items()] == [[]] * len(replies)


@pytest.mark.parametrize(
    ("component", "settings", "request_", "path", "status"),
    [
        (Iris, {"max_body_bytes": 5}, GOOD, "/predict", 413),
        (Iris, {}, {"content": b"GIF", "headers": {"content-type": "image/gif"}}, "/route", 415),
        (OnlyTransforms, {}, GOOD, "/transform-input", 500),
        (OnlyTransforms, {}, GOOD, "/predict", 501),
        (OnlyTransforms, {}, GOOD, "/route", 400),
        (Waits, {"rest_timeout": 0.01}, GOOD, "/predict", 504),
        (Iris, {"compat": "strict", "max_body_bytes": 5}, GOOD, "/predict", 413),
        (OnlyTransforms, {"compat": "strict"}, GOOD, "/transform-input", 500),
    ],
)
def test_an_error_is_answered_as_the_document_says(
    component: type, settings: dict[str, Any], request_: Any, path: str, status: int
) -> None:
    with (
        testing.serve(component, **settings) as endpoints,
        httpx.Client(base_url=endpoints.url, timeout=TIMEOUT_S) as client,
    ):
        reply = client.post(path, **request_)

        assert reply.status_code == status
        assert operation(client, path).faults(reply) == []


def test_a_service_that_is_not_ready_has_the_document_already() -> None:
    loads = threading.Event()

    class Loads(Iris):
        def load(self) -> None:
            loads.wait(TIMEOUT_S)

    with (
        testing.serve(Loads, wait=False, unit_id="node") as endpoints,
        httpx.Client(base_url=endpoints.url, timeout=TIMEOUT_S) as client,
    ):
        try:
            reply, ready = client.post("/predict", **GOOD), client.get("/ready")

            assert client.get("/openapi.json").json()["info"]["title"] == "node"
            assert (reply.status_code, ready.status_code) == (503, 503)
            assert operation(client, "/predict").faults(reply) == []
            assert operation(client, "/ready", "GET").faults(ready) == []
        finally:
            loads.set()


def test_strict_answers_have_no_status_of_their_own_for_a_content_type() -> None:
    with (
        testing.serve(Iris, compat="strict") as endpoints,
        httpx.Client(base_url=endpoints.url, timeout=TIMEOUT_S) as client,
    ):
        one = operation(client, "/predict")
        headers = {"content-type": "application/json", "content-encoding": "br"}
        reply = client.post("/predict", content=b"", headers=headers)

        assert "415" not in one.said["responses"]
        assert reply.status_code == 500
        assert one.faults(reply) == []
