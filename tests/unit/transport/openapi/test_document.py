from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from charter import _version
from charter.errors import Fault
from charter.methods import METHODS, Takes
from charter.transport import rest
from charter.transport.openapi.document import document
from charter.transport.openapi.examples import Model
from openapi_spec_validator import OpenAPIV31SpecValidator

READ = ("GET", "HEAD")
OWN = ("/health/ping", "/live", "/ready", "/openapi.json", "/seldon.json")
PATHS = {
    **dict.fromkeys(OWN, (READ, None)),
    **{path: (verbs, method) for method in METHODS for path, verbs in method.routes},
}
LENIENT = {**rest.STATUS, Fault.MEDIA: 500}


def made(statuses: dict[Fault, int] = rest.STATUS, **known: Any) -> Any:
    return document(PATHS, statuses, Model(**known))


def operations(described: Any) -> Iterator[tuple[str, str, Any]]:
    for path, verbs in described["paths"].items():
        for verb, operation in verbs.items():
            yield path, verb.upper(), operation


def statuses(described: Any, path: str, verb: str = "get") -> list[str]:
    return [str(code) for code in described["paths"][path][verb]["responses"]]


@pytest.mark.parametrize(
    "described",
    [
        made(),
        made(LENIENT),
        made(name="iris", kind="tensor", names=["a", "b"]),
        made(kind="strData"),
    ],
    ids=["nothing known", "lenient", "iris", "text"],
)
def test_the_document_is_valid(described: Any) -> None:
    assert [str(error) for error in OpenAPIV31SpecValidator(described).iter_errors()] == []


def test_every_path_and_verb_is_in_the_document() -> None:
    wanted = [(path, verb) for path, (verbs, _) in PATHS.items() for verb in verbs]

    assert [(path, verb) for path, verb, _ in operations(made())] == wanted


def test_an_operation_has_an_id_of_its_own_and_the_tag_of_its_method() -> None:
    described = made()
    ids = [operation["operationId"] for _, _, operation in operations(described)]

    assert len(set(ids)) == len(ids)
    assert {"post_predict", "post_api_v1_0_predictions", "get_health_ping"} <= set(ids)
    tags = [tag["name"] for tag in described["tags"]]
    assert tags == [*(method.name for method in METHODS), "server"]
    assert {tag for _, _, operation in operations(described) for tag in operation["tags"]} == set(
        tags
    )


def test_the_title_is_the_name_of_the_model() -> None:
    assert made(name="iris")["info"]["title"] == "iris"
    assert made()["info"]["title"] == "Charter"
    assert made()["info"]["version"] == _version.VERSION


def test_a_request_is_in_the_body_of_post_and_in_the_query_of_get() -> None:
    described = made()

    for path, verb, operation in operations(described):
        method = PATHS[path][1]
        takes = method.takes if method else Takes.NOTHING
        has_request = takes is not Takes.NOTHING
        assert ("requestBody" in operation) == (has_request and verb == "POST")
        assert ("parameters" in operation) == (has_request and verb != "POST")
    for body in described["components"]["requestBodies"].values():
        assert list(body["content"]) == [
            "application/json",
            "multipart/form-data",
            "application/x-www-form-urlencoded",
        ]


def test_the_statuses_are_those_that_can_come() -> None:
    described = made()

    of_messages = ["200", "400", "408", "413", "415", "500", "503", "504", "default"]
    assert statuses(described, "/transform-input", "post") == of_messages
    assert statuses(described, "/predict", "post") == sorted([*of_messages, "501"])
    assert statuses(described, "/health/status") == ["200", "400", "500", "503", "504", "default"]
    assert statuses(described, "/metadata") == ["200", "500", "503", "default"]
    assert statuses(described, "/ready") == ["200", "503"]
    assert statuses(described, "/live") == ["200"]


@pytest.mark.parametrize(
    ("path", "verb", "schema"),
    [
        ("/predict", "post", "SeldonMessage"),
        ("/aggregate", "get", "SeldonMessage"),
        ("/health/status", "get", "SeldonMessage"),
        ("/metadata", "get", "SeldonModelMetadata"),
    ],
)
def test_an_answer_has_the_schema_of_its_method(path: str, verb: str, schema: str) -> None:
    answer = made()["paths"][path][verb]["responses"]["200"]

    assert answer["content"]["application/json"]["schema"] == {
        "$ref": f"#/components/schemas/{schema}"
    }


def test_the_statuses_are_those_of_the_transport() -> None:
    assert "415" not in statuses(made(LENIENT), "/predict", "post")
    assert "418" in statuses(made({**LENIENT, Fault.MEDIA: 418}), "/predict", "post")


def test_a_reply_to_head_has_no_body() -> None:
    for path, verb, operation in operations(made()):
        bodies = [
            response
            for response in operation["responses"].values()
            if "content" in response or "$ref" in response
        ]
        assert bool(bodies) == (verb != "HEAD"), path


def test_the_document_finds_its_paths_behind_a_prefix() -> None:
    assert made()["servers"] == [{"url": "."}]
