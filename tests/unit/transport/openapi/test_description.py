from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest
from charter.component.replies import Node
from charter.methods import METHODS
from charter.placement import Plan
from charter.service import Service
from charter.transport import rest
from charter.transport.openapi.description import Description

PATHS = {path: (verbs, method) for method in METHODS for path, verbs in method.routes}


class Iris:
    def predict(self, X: Any) -> Any:
        return X

    def init_metadata(self) -> Any:
        columns = {"names": ["a", "b", "c"]}
        return {"name": "iris", "inputs": [{"messagetype": "tensor", "schema": columns}]}


class Unsaid:
    def predict(self, X: Any) -> Any:
        return X


class Wrong(Unsaid):
    def init_metadata(self) -> Any:
        return {"name": 5}


def described(service: Service, name: str = "unit") -> Description:
    return Description(service, PATHS, rest.STATUS, name)


def title(body: bytes) -> str:
    text: str = json.loads(body)["info"]["title"]
    return text


async def loaded(component: Any, node: Node | None = None) -> Service:
    service = Service(component, Plan(), node)
    await service.load()
    return service


def title_of(component: Any, node: Node | None = None, name: str = "unit") -> str:
    async def ask() -> bytes:
        service = await loaded(component, node)
        try:
            return await described(service, name).body()
        finally:
            service.close()

    return title(asyncio.run(ask()))


@pytest.mark.parametrize(
    ("component", "node", "name", "said"),
    [
        (Iris, None, "unit", "iris"),
        (Unsaid, None, "unit", "unit"),
        (Unsaid, Node(image="repo/iris:1.0"), "unit", "repo/iris"),
        (Unsaid, None, "", "Charter"),
    ],
)
def test_the_title_is_the_best_name_that_there_is(
    component: Any, node: Node | None, name: str, said: str
) -> None:
    assert title_of(component, node, name) == said


def test_metadata_that_are_wrong_leave_a_document_without_them(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR, "charter"):
        assert title_of(Wrong) == "unit"

    assert "init_metadata: name: 5 is not of type 'string'" in caplog.text


def test_the_bytes_are_made_once_the_model_is_loaded_and_then_kept() -> None:
    async def ask() -> list[bytes]:
        service = Service(Iris, Plan())
        description = described(service)
        before = await description.body()
        await service.load()
        after = await description.body()
        service.drain()
        draining = await description.body()
        service.close()
        return [before, after, draining, await description.body()]

    before, *kept = asyncio.run(ask())

    assert title(before) == "unit"
    assert title(kept[0]) == "iris"
    assert all(body is kept[0] for body in kept)


def test_a_description_that_is_first_asked_for_at_the_end_is_one_still() -> None:
    async def ask() -> bytes:
        service = await loaded(Iris)
        service.close()
        return await described(service).body()

    assert title(asyncio.run(ask())) == "unit"
