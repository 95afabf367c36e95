"""A script behind real servers: over REST and gRPC, and what the end of a server leaves of it."""

from __future__ import annotations

import base64
import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import httpx
import numpy as np
import pytest
from charter.codecs import seldon_proto
from charter.contract.png import png
from charter.message import Form, Message
from charter.testing import serve
from serving import FREE, WAIT_S, Multi, Served, served, start, until, wait_for_the_end

GREY = png(np.full((2, 3, 1), 7))
DARK = png(np.full((2, 3, 1), 1))
# It prints the suffix and the last pixel of each image.
PIXELS = 'for each; do tail -c 1 "$each" | od -An -tu1; done'
# It says that it runs, by its number, and goes on when it is let go; a child of it never does.
WAITS = 'setsid sleep 1000 & echo $$ $! > entered; read go < leave; echo "$go"'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a script; its calls have their files in `temporary` there."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    for name in ("entered", "leave"):
        os.mkfifo(tmp_path / name)
    return tmp_path


def write(folder: Path, text: str, contract: Any = None, **options: Any) -> str:
    """Write a model of the folder: its script, and the environment that names it."""
    (folder / "model.sh").write_text(f"#!/bin/sh\n{text}\n")
    (folder / ".s2i").mkdir()
    (folder / ".s2i" / "environment").write_text("MODEL_NAME=model.sh\nGREETING=hello\n")
    if contract is not None:
        document = {**contract, "script": options}
        (folder / "contract.json").write_text(json.dumps(document))
    return str(folder)


IMAGES = {
    "features": [{"name": "photo", "dtype": "IMAGE", "shape": [2, 3, 1]}],
    "targets": [{"name": "last", "dtype": "INT", "range": [0, 255]}],
}
BYTES = {
    "payload": "binData",
    "features": [{"name": "photo", "dtype": "IMAGE", "shape": [2, 3, 1]}],
    "targets": [],
}


def post(url: str, **body: Any) -> httpx.Response:
    return httpx.post(f"{url}/predict", trust_env=False, timeout=WAIT_S, **body)


def ask(address: str, message: Message) -> Message:
    with grpc.insecure_channel(address) as channel:
        multi: Multi = channel.unary_unary("/seldon.protos.Seldon/Predict")
        return seldon_proto.decode(multi(seldon_proto.encode(message), timeout=WAIT_S))


def test_a_script_answers_over_rest_and_grpc(folder: Path) -> None:
    model = write(folder, 'echo "$GREETING $(cat "$1")"')

    with serve(model) as endpoints:
        over_rest = post(endpoints.url, json={"strData": "you"}).json()
        over_grpc = ask(endpoints.grpc_address, Message(Form.TEXT, "you"))
        metadata = httpx.get(f"{endpoints.url}/metadata", trust_env=False).json()

    assert over_rest == {"strData": "hello you", "meta": {}}
    assert over_grpc.value == "hello you"
    assert (metadata["name"], metadata["platform"]) == ("model.sh", "script")


def test_images_come_as_files_whichever_way_they_are_sent(folder: Path) -> None:
    pytest.importorskip("PIL", reason="images need Pillow")
    model = write(folder, PIXELS, IMAGES, input="pnm")
    texts = [[base64.b64encode(each).decode()] for each in (GREY, DARK)]
    rows = np.array([np.full((2, 3, 1), 7), np.full((2, 3, 1), 1)])

    with serve(model, contract_mode="strict") as endpoints:
        files = [("photo", ("a.png", GREY)), ("photo", ("b.png", DARK))]
        found = [
            post(endpoints.url, files=files),
            post(endpoints.url, json={"data": {"ndarray": texts}}),
            post(endpoints.url, json={"data": {"ndarray": rows.tolist()}}),
        ]
        one = post(endpoints.url, content=GREY, headers={"content-type": "image/png"})
        binary = post(endpoints.url, json={"binData": base64.b64encode(GREY).decode()})
        over_grpc = ask(endpoints.grpc_address, Message(Form.NDARRAY, rows))

    assert [each.json()["data"]["ndarray"] for each in found] == [[[7], [1]]] * 3
    assert [each.json()["data"]["ndarray"] for each in (one, binary)] == [[[7]]] * 2
    assert over_grpc.value.tolist() == [[7], [1]]


def test_an_image_as_bytes_comes_as_it_was_sent(folder: Path) -> None:
    model = write(folder, 'echo "${1##*.} $(cksum < "$1" | cut -d" " -f2)"', BYTES)
    encoded = base64.b64encode(GREY).decode()

    with serve(model, contract_mode="strict") as endpoints:
        found = [
            post(endpoints.url, files={"binData": ("a.png", GREY)}).json(),
            post(endpoints.url, json={"binData": encoded}).json(),
        ]
        over_grpc = ask(endpoints.grpc_address, Message(Form.BINARY, GREY))
        refused = post(endpoints.url, json={"binData": base64.b64encode(b"GIF89a").decode()})

    assert [each["strData"] for each in found] == [f"png {len(GREY)}"] * 2
    assert over_grpc.value == f"png {len(GREY)}"
    assert refused.status_code == 400
    assert "expected a PNG or JPEG" in refused.text


def test_json_and_rows_come_as_files(folder: Path) -> None:
    model = write(folder, 'echo "${1##*.}: $(cat "$1")"')

    with serve(model) as endpoints:
        found = [
            post(endpoints.url, json={"jsonData": {"a": [1, None]}}).json(),
            post(endpoints.url, json={"data": {"names": ["a"], "ndarray": [[1.5], [2]]}}).json(),
        ]

    assert [each["strData"] for each in found] == ['json: {"a":[1,null]}', "csv: a\n1.5\n2.0"]


@pytest.mark.parametrize(
    ("text", "status", "code", "said"),
    [
        ("echo no >&2; exit 3", 500, "INTERNAL", "model.sh ended with status 3: no"),
        ("sleep 1000", 504, "DEADLINE_EXCEEDED", "model.sh took more than its timeout of 0.3 s"),
        ("echo 1 2", 500, "INTERNAL", "model.sh printed '1 2'; expected JSON"),
    ],
)
def test_what_a_script_does_wrong_has_its_status(
    folder: Path, text: str, status: int, code: str, said: str
) -> None:
    contract = {
        "features": [{"name": "x", "dtype": "FLOAT", "range": [0, 9]}],
        "targets": [{"name": "y"}],
    }
    model = write(folder, text, contract, timeout=0.3)

    with serve(model) as endpoints:
        over_rest = post(endpoints.url, json={"data": {"ndarray": [[1]]}})
        with pytest.raises(grpc.RpcError) as raised:
            ask(endpoints.grpc_address, Message(Form.NDARRAY, np.array([[1.0]])))

    assert over_rest.status_code == status
    assert said in over_rest.json()["status"]["info"]
    assert raised.value.code().name == code


def test_one_thread_runs_one_call_at_a_time(folder: Path) -> None:
    model = write(folder, "mkdir run.$$; set -- run.*; echo $# >> seen; rmdir run.$$; echo ok")

    with served(model, *FREE, "--threads", "1") as process, ThreadPoolExecutor(4) as pool:
        process.read_until("ready")
        asked = list(pool.map(lambda _: process.predict("text").json(), range(8)))

    assert [each["strData"] for each in asked] == ["ok"] * 8
    assert (folder / "seen").read_text().split() == ["1"] * 8


def test_two_threads_run_two_calls_at_a_time(folder: Path) -> None:
    model = write(folder, ': > seen.$$; until [ -e "$2" ]; do set -- seen.*; done; echo met')

    with served(model, *FREE, "--threads", "2") as process, ThreadPoolExecutor(2) as pool:
        process.read_until("ready")
        asked = list(pool.map(lambda _: process.predict("text").json(), range(2)))

    assert [each["strData"] for each in asked] == ["met"] * 2


def entered(folder: Path) -> list[int]:
    """Return the processes of a script that has begun."""
    return [int(word) for word in (folder / "entered").read_text().split()]


def homes(folder: Path) -> list[Path]:
    return list((folder / "temporary").iterdir())


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sigterm_lets_a_call_finish_and_leaves_nothing(folder: Path, workers: str) -> None:
    model = write(folder, WAITS)

    with served(model, *FREE, "--workers", workers) as process, ThreadPoolExecutor(1) as pool:
        process.read_until("ready")
        asked = pool.submit(process.predict, "text")
        script, child = entered(folder)
        process.signal(signal.SIGTERM)
        wait_until_draining(process)
        (folder / "leave").write_text("done\n")
        status, errors = process.end()

    assert asked.result().json() == {"strData": "done", "meta": {}}
    assert status == 0
    assert "left processes behind, now ended: 1" in errors
    wait_for_the_end(script)
    wait_for_the_end(child)
    assert homes(folder) == []


def wait_until_draining(process: Served) -> None:
    until(lambda: not process.is_ready)


def test_a_call_that_outlives_the_drain_is_ended(folder: Path) -> None:
    model = write(folder, WAITS)

    with served(model, *FREE, "--drain-timeout", "0.2") as process, ThreadPoolExecutor(1) as pool:
        process.read_until("ready")
        asked = pool.submit(process.predict, "text")
        running = entered(folder)
        process.signal(signal.SIGTERM)
        status, _ = process.end()
        assert asked.exception() is not None or asked.result().status_code >= 500

    assert status == 1
    for pid in running:
        wait_for_the_end(pid)
    wait_for_the_end_of(homes(folder))


def test_a_server_that_is_killed_leaves_nothing(folder: Path) -> None:
    model = write(folder, WAITS)

    with served(model, *FREE) as process, ThreadPoolExecutor(1) as pool:
        process.read_until("ready")
        asked = pool.submit(process.predict, "text")
        running = entered(folder)
        process.signal(signal.SIGKILL)
        process.end()
        assert asked.exception() is not None

    for pid in running:
        wait_for_the_end(pid)
    wait_for_the_end_of(homes(folder))


def wait_for_the_end_of(folders: list[Path]) -> None:
    """Return when folders are gone that another process removes."""
    until(lambda: not any(each.exists() for each in folders))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("#!/usr/bin/nope\n", "no interpreter '/usr/bin/nope', which its first line names"),
        ("#!/usr/bin/env nope\n", "no program 'nope' on PATH, which its first line names"),
        ("#!/bin/sh\r\necho 1\r\n", "its lines end in CR LF"),
        ("echo 1\n", "as a script it cannot be run: chmod +x it"),
    ],
)
def test_a_script_that_cannot_run_ends_the_start_in_one_sentence(
    folder: Path, text: str, said: str
) -> None:
    (folder / "model.sh").write_bytes(text.encode())

    status, errors, _ = start("./model.sh", *FREE, folder=folder)

    assert status == 1
    assert said in errors
    assert len(errors.splitlines()) == 1


def test_a_wrong_option_ends_the_start_in_one_sentence(folder: Path) -> None:
    write(folder, "echo 1")
    parameters = '[{"name": "tiemout", "value": "3", "type": "FLOAT"}]'

    status, errors, _ = start(".", *FREE, "--parameters", parameters, folder=folder)

    assert status == 1
    assert "parameter tiemout: a script has no such option; there are input, output" in errors
