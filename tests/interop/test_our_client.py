"""`charter.Client` and `charter.AsyncClient` ask the original."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import charter
import numpy as np
import pytest
from charter.errors import CallError
from charter.message import Message
from google.protobuf import any_pb2, wrappers_pb2
from interop.everything import EVERYTHING, SERVED
from seldon_runs import commands
from seldon_runs.cases import Sheet
from seldon_runs.commands import Running

ROWS = [[1.0, 2.5], [-3.0, 4.0]]
NAMES = ["a", "b"]
TABLE: list[tuple[str, Callable[[charter.Client], Message], str, Any]] = [
    ("array", lambda client: client.predict(np.array(ROWS), NAMES), "tensor", ROWS),
    ("list", lambda client: client.predict(ROWS, form="ndarray"), "ndarray", ROWS),
    ("texts", lambda client: client.predict([["x", "y"]]), "ndarray", [["x", "y"]]),
    ("text", lambda client: client.predict("text, with ü"), "text", "text, with ü"),
    ("bytes", lambda client: client.predict(b"\x00\xff"), "binary", b"\x00\xff"),
    ("dict", lambda client: client.predict({"a": [1, None]}), "json", {"a": [1, None]}),
    ("input", lambda client: client.transform_input(ROWS), "tensor", [[2, 5], [-6, 8]]),
    ("output", lambda client: client.transform_output(ROWS), "tensor", [[0.5, 1.25], [-1.5, 2]]),
    ("route", lambda client: client.route("four"), "tensor", [[4]]),
    ("aggregate", lambda client: client.aggregate([ROWS, ROWS]), "tensor", [[2, 5], [-6, 8]]),
    (
        "feedback",
        lambda client: client.send_feedback(ROWS, ROWS, 0.5, [[1.0]]),
        "json",
        {"sizes": {"features": 4, "truth": 1}, "sum": 4.5, "reward": 0.5, "routing": None},
    ),
]

both_transports = pytest.mark.parametrize("transport", ["http", "grpc"])


@pytest.fixture(scope="module")
def running(original_python: Path) -> Iterator[Running]:
    """Return where the original answers."""
    with commands.original(original_python, EVERYTHING, SERVED) as running:
        yield running


@pytest.fixture(scope="module")
def bare(original_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return where the original answers for a class that can predict and nothing else."""
    folder = tmp_path_factory.mktemp("bare")
    (folder / "Bare.py").write_text(
        "class Bare:\n    def predict(self, X, names):\n        return X\n"
    )
    with commands.original(original_python, Sheet("Bare", "[]", {}, (), {}), folder) as running:
        yield running


def url(running: Running, transport: str) -> str:
    return running.url if transport == "http" else f"grpc://{running.grpc_address}"


def plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


@both_transports
@pytest.mark.parametrize(
    ("ask", "form", "value"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_the_original_answers_our_client(
    running: Running,
    transport: str,
    ask: Callable[[charter.Client], Message],
    form: str,
    value: Any,
) -> None:
    with charter.Client(url(running, transport)) as client:
        reply = ask(client)

    assert (reply.form.value, plain(reply.value)) == (form, value)


@both_transports
def test_names_and_meta_go_there_and_back(running: Running, transport: str) -> None:
    meta = {"puid": "p1", "tags": {"mine": True}}

    with charter.Client(url(running, transport)) as client:
        reply = client.predict(ROWS, NAMES, meta=meta)

    assert reply.names == ["t:0", "t:1"]
    assert reply.meta == {"puid": "p1", "tags": {"mine": True, "names": NAMES}}


def test_custom_data_goes_there_and_back(running: Running) -> None:
    custom = any_pb2.Any()
    custom.Pack(wrappers_pb2.StringValue(value="custom"))

    with charter.Client(url(running, "grpc")) as client:
        reply = client.predict(custom)

    assert reply.form.value == "custom"
    assert reply.value.SerializeToString() == custom.SerializeToString()


@both_transports
def test_a_coroutine_is_answered(running: Running, transport: str) -> None:
    async def ask() -> Message:
        async with charter.AsyncClient(url(running, transport)) as client:
            return await client.predict(ROWS, NAMES)

    assert plain(asyncio.run(ask()).value) == ROWS


@both_transports
def test_a_failure_says_why(running: Running, transport: str) -> None:
    with (
        charter.Client(url(running, transport)) as client,
        pytest.raises(CallError, match="tuple index out of range"),
    ):
        client.route([1.0])


def test_health_and_metadata_are_read(running: Running) -> None:
    with charter.Client(running.url) as client:
        assert client.health().value == "healthy"
        assert client.metadata()["name"] == ""


@both_transports
def test_nothing_is_an_acknowledgement(bare: Running, transport: str) -> None:
    with charter.Client(url(bare, transport)) as client:
        reply = client.send_feedback(ROWS, ROWS, 0.5)

    assert plain(reply.value) == []


def test_metadata_are_the_same_over_both_transports(bare: Running) -> None:
    with charter.Client(bare.url) as http, charter.Client(url(bare, "grpc")) as grpc:
        assert http.metadata() == grpc.metadata()
