"""SeldonClient, the original's in its own environment and ours, asks both servers."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from interop.everything import EVERYTHING, SERVED, data, feedback, meta, run
from seldon_runs import commands
from seldon_runs.commands import Running

ASK = Path(__file__).parent / "original" / "ask.py"
NAMES = ["a", "b"]
ROWS = [[1.0, 2.5], [-3.0, 4.0]]
DOUBLED = [[2.0, 5.0], [-6.0, 8.0]]
TRIPLED = [[3.0, 7.5], [-9.0, 12.0]]
HALVED = [[0.5, 1.25], [-1.5, 2.0]]

CUSTOM = {"@type": "type.googleapis.com/google.protobuf.StringValue", "value": "custom"}


def tftensor(rows: int, content: str) -> dict[str, Any]:
    """Return a reply with a tensor of two columns, its content as TensorFlow packs it."""
    dimensions = {"dim": [{"size": str(rows)}, {"size": "2"}]}
    tensor = {"dtype": "DT_DOUBLE", "tensorShape": dimensions, "tensorContent": content}
    return {"data": {"names": ["t:0", "t:1"], "tftensor": tensor}, **meta()}


PREDICTIONS: Mapping[str, Any] = {
    "tensor": data("tensor", ROWS),
    "tensor with names": data("tensor", ROWS, NAMES),
    "ndarray": data("ndarray", ROWS),
    "ndarray with names": data("ndarray", ROWS, NAMES),
    "texts": data("ndarray", [["x", "y"]]),
    "bin_data": {"binData": "AP9ieXRlcw==", **meta()},
    "str_data": {"strData": "text, with ü", **meta()},
    "json_data": {"jsonData": {"a": [1, 2.5, None, True], "b": {"c": "d"}}, **meta()},
}
MICROSERVICE: Mapping[str, Any] = {
    "transform-input tensor": data("tensor", DOUBLED),
    "transform-input ndarray with names": data("ndarray", DOUBLED, NAMES),
    "transform-output tensor": data("tensor", HALVED),
    "transform-output ndarray with names": data("ndarray", HALVED, NAMES),
    "route tensor": data("tensor", [[2]]),
    "route ndarray with names": data("ndarray", [[2]], NAMES),
    "route str_data": data("tensor", [[4]]),
    "aggregate tensors": data("tensor", DOUBLED, NAMES * 2),
    "aggregate ndarrays": data("ndarray", TRIPLED),
    "aggregate texts": {"strData": "one two", **meta()},
    "aggregate bytes": {"binData": "b25lIHR3bw==", **meta()},
    "feedback": feedback(0.75, 0, NAMES),
}
GATEWAY: Mapping[str, Any] = {
    "predict raw_data": {
        "data": {"names": ["t:0", "t:1"], "ndarray": [[1, 2]]},
        "meta": {"puid": "p1", "tags": {"names": NAMES}},
    },
    "feedback": feedback(0.5, 1),
}
# The original's server can read one only with TensorFlow, and so can its client make one.
TENSORFLOW = "predict raw tftensor"


def expected(client: str, transport: str) -> dict[str, tuple[str, Any]]:
    """Return the kind and the content of the response to each call of a client."""
    forms = dict(PREDICTIONS)
    if transport == "grpc":
        forms["custom_data"] = {"customData": CUSTOM, **meta()}
    predictions = {f"predict {form}": reply for form, reply in forms.items()}
    # The original forgets the caller's meta over gRPC; ours sends it.
    is_sent = transport == "rest" or client == "ours"
    asked = meta(asked="by name") if is_sent else meta()
    gateway = {**predictions, **GATEWAY, "predict meta": {**data("tensor", ROWS), **asked}}
    found = {
        f"microservice {call}": ("SeldonMessage", reply)
        for call, reply in {**predictions, **MICROSERVICE}.items()
    }
    for call, reply in gateway.items():
        found[f"gateway {call} as dict"] = ("dict", reply)
        found[f"gateway {call} as proto"] = ("SeldonMessage", reply)
    return {f"{transport} {call}": reply for call, reply in found.items()}


EXPECTED = {
    client: {**expected(client, "rest"), **expected(client, "grpc")}
    for client in ("original", "ours")
}
CALLS = list(EXPECTED["original"])
TFTENSORS = [
    (f"{transport} gateway {TENSORFLOW} as {kind}", name)
    for transport in ("rest", "grpc")
    for kind, name in (("dict", "dict"), ("proto", "SeldonMessage"))
]
MADE = [
    f"{transport} {call}"
    for transport in ("rest", "grpc")
    for call in (
        "microservice predict tftensor",
        "gateway predict tftensor as dict",
        "gateway predict tftensor as proto",
    )
]
OURS_BY_NAME = """
import runpy, sys
from charter import compat
compat.install()
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
PAIRS = [(client, server) for client in ("original", "ours") for server in ("ours", "original")]


@pytest.fixture(scope="module")
def running(original_python: Path) -> Iterator[dict[str, Running]]:
    """Return where both servers answer."""
    with (
        commands.ours(EVERYTHING, SERVED) as ours,
        commands.original(original_python, EVERYTHING, SERVED) as original,
    ):
        yield {"ours": ours, "original": original}


@pytest.fixture(scope="module")
def got(original_python: Path, running: dict[str, Running]) -> dict[tuple[str, str], Any]:
    """Return by client and server what the client got, by call, and whether it makes tftensors."""
    prefixes: dict[str, list[str | Path]] = {
        "original": [original_python],
        "ours": [sys.executable, "-c", OURS_BY_NAME],
    }
    return {(client, server): ask(prefixes[client], running[server]) for client, server in PAIRS}


def ask(prefix: list[str | Path], running: Running) -> dict[str, Any]:
    rest, grpc = f"127.0.0.1:{running.http_port}", running.grpc_address
    *results, about = map(json.loads, run(*prefix, ASK, rest, grpc).splitlines())
    return {**{result["call"]: result for result in results}, **about}


def assert_is(result: Mapping[str, Any], kind: str, response: Any) -> None:
    assert (result["success"], result["msg"]) == (True, "")
    assert (result["kind"], result["response"]) == (kind, response)


every_pair = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0]} asks {pair[1]}")


@every_pair
@pytest.mark.parametrize("call", CALLS)
def test_the_client_gets_the_answer(
    got: dict[tuple[str, str], Any], pair: tuple[str, str], call: str
) -> None:
    assert_is(got[pair][call], *EXPECTED[pair[0]][call])


@pytest.mark.parametrize("client", ["original", "ours"])
@pytest.mark.parametrize(("call", "kind"), TFTENSORS)
def test_the_client_gets_a_tftensor_from_us(
    got: dict[tuple[str, str], Any], client: str, call: str, kind: str
) -> None:
    assert_is(got[client, "ours"][call], kind, tftensor(1, "AAAAAAAA8D8AAAAAAAAEQA=="))


@pytest.mark.parametrize("client", ["original", "ours"])
@pytest.mark.parametrize("call", MADE)
def test_the_client_makes_a_tftensor_for_us(
    got: dict[tuple[str, str], Any], client: str, call: str
) -> None:
    if not got[client, "ours"]["makes_tftensors"]:
        pytest.skip("the original makes a tftensor with tensorflow only, which it has not")

    tensor = tftensor(2, base64.b64encode(np.array(ROWS).tobytes()).decode())
    kind = "dict" if call.endswith("as dict") else "SeldonMessage"
    assert_is(got[client, "ours"][call], kind, tensor)


@every_pair
def test_every_call_is_checked(got: dict[tuple[str, str], Any], pair: tuple[str, str]) -> None:
    checked = {*CALLS, *(call for call, _ in TFTENSORS), "makes_tftensors"}

    assert {call for call in got[pair] if "predict tftensor" not in call} == checked
