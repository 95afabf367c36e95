"""The original's testers, in its own environment, test us."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from charter._proto.messages import SeldonMessage
from google.protobuf import json_format, text_format
from interop.everything import EVERYTHING, SERVED, data, meta, run
from seldon_runs import commands
from seldon_runs.commands import Running

GIVEN = ["seven", "half1", "half2"]
BATCH = [[7.0, 0.5, 0.5], [7.0, 0.5, 0.5]]
TRANSPORTS = pytest.mark.parametrize("transport", ["rest", "grpc"])
FORMS = pytest.mark.parametrize("form", ["ndarray", "tensor"])
TESTERS = pytest.mark.parametrize(
    "tester", ["seldon-core-tester", "seldon-core-microservice-tester"]
)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """Return where our server answers."""
    with commands.ours(EVERYTHING, SERVED) as running:
        yield running


def responses(
    python: Path, tester: str, running: Running, transport: str, *flags: str
) -> list[Any]:
    port = running.grpc_port if transport == "grpc" else running.http_port
    words = ["contract.json", "127.0.0.1", str(port), "-p", "-b", "2", "-n", "3", *flags]
    if transport == "grpc":
        words.append("--grpc")
    return printed(run(python.with_name(tester), *words))


def printed(output: str) -> list[Any]:
    """Return the responses that a tester of the original printed, as JSON."""
    _, *shown = output.split("RECEIVED RESPONSE:\n")
    return [_parsed(text.partition("\n" + "-" * 40)[0]) for text in shown]


def _parsed(text: str) -> Any:
    _, _, response = text.rpartition("Response:\n")
    if response.startswith("{"):
        return ast.literal_eval(response.strip())
    return json_format.MessageToDict(text_format.Parse(response, SeldonMessage()))


@TESTERS
@TRANSPORTS
@FORMS
def test_its_tester_gets_what_it_sent(
    original_python: Path, running: Running, tester: str, transport: str, form: str
) -> None:
    flags = ["-t"] if form == "tensor" else []

    got = responses(original_python, tester, running, transport, *flags)

    assert got == [data(form, BATCH, GIVEN)] * 3


@TRANSPORTS
def test_its_tester_gets_transformed_input(
    original_python: Path, running: Running, transport: str
) -> None:
    flags = ("--endpoint", "transform-input")

    got = responses(original_python, "seldon-core-tester", running, transport, *flags)

    assert got == [data("ndarray", [[14.0, 1.0, 1.0]] * 2, GIVEN)] * 3


@TRANSPORTS
def test_its_tester_gives_feedback(original_python: Path, running: Running, transport: str) -> None:
    flags = ("--endpoint", "send-feedback")

    got = responses(original_python, "seldon-core-tester", running, transport, *flags)

    parts = {"sizes": {"features": 6, "truth": 0}, "sum": 16.0, "reward": 1.0, "routing": None}
    assert got == [{"jsonData": parts, **meta()}] * 3


# Over REST it asks under /seldon/NAME, which an ingress takes off; over gRPC it asks us itself.
@FORMS
def test_its_api_tester_gets_what_it_sent(
    original_python: Path, running: Running, form: str
) -> None:
    flags = ["-t"] if form == "tensor" else []

    got = responses(original_python, "seldon-core-api-tester", running, "grpc", *flags)

    assert got == [data(form, BATCH, GIVEN)] * 3
