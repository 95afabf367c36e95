"""Requests that are fields or images, and the self-test: real servers, real examples."""

from __future__ import annotations

import base64
import json
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import numpy as np
import pytest
from charter import testing
from charter.codecs import seldon_proto
from charter.message import Form, Message
from charter.transport.workers import Endpoints
from serving import FREE, HAS_PROC, WAIT_S, ZOO, parameters, served, start

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
DIGITS = sorted((EXAMPLES / "deepmnist" / "digits").glob("*.png"))
PREDICT = "/seldon.protos.Seldon/Predict"
FLOWERS = {
    "setosa": (5.1, 3.5, 1.4, 0.2),
    "versicolor": (6.0, 2.7, 4.1, 1.2),
    "virginica": (6.7, 3.0, 5.2, 2.3),
}
MEASURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")


class Echo:
    def predict(self, X: Any) -> Any:
        return X


def data(response: httpx.Response) -> Any:
    assert response.status_code == 200, response.text
    return response.json()["data"]


def commands(example: str) -> list[str]:
    """Return the curl commands on the page of an example."""
    page = (EXAMPLES / example / "README.md").read_text("utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("curl ")]


def curl(command: str, endpoints: Endpoints) -> Any:
    """Return the data that a command on a page gets, with the ports of this server."""
    if not shutil.which("curl"):
        pytest.skip("the commands on the pages need curl")
    words = shlex.split(command.replace("http://127.0.0.1:5000", endpoints.url))
    done = subprocess.run(words, cwd=ROOT, capture_output=True, check=True, timeout=WAIT_S)
    return json.loads(done.stdout)["data"]


@pytest.fixture(scope="module")
def iris() -> Iterator[Endpoints]:
    pytest.importorskip("sklearn", reason="iris needs scikit-learn")
    with testing.serve(str(EXAMPLES / "iris")) as endpoints:
        yield endpoints


@pytest.fixture(scope="module")
def deepmnist() -> Iterator[Endpoints]:
    pytest.importorskip("tensorflow", reason="deepmnist needs TensorFlow")
    pytest.importorskip("keras", reason="deepmnist needs Keras")
    with testing.serve(str(EXAMPLES / "deepmnist")) as endpoints:
        yield endpoints


@pytest.fixture(scope="module")
def pixels() -> Iterator[Endpoints]:
    pytest.importorskip("PIL", reason="images need Pillow")
    contract = EXAMPLES / "deepmnist" / "contract.json"
    with testing.serve(Echo, contract=str(contract)) as endpoints:
        yield endpoints


def best(answer: Any) -> list[str]:
    return [answer["names"][column] for column in np.argmax(answer["ndarray"], axis=1)]


@pytest.mark.parametrize("species", FLOWERS)
def test_a_query_asks_iris_as_a_message_does(iris: Endpoints, species: str) -> None:
    flower = dict(zip(MEASURES, FLOWERS[species], strict=True))
    message = {"data": {"names": MEASURES, "ndarray": [FLOWERS[species]]}}

    with httpx.Client(base_url=iris.url, trust_env=False) as client:
        by_query = data(client.get("/predict", params=flower))
        by_form = data(client.post("/predict", data=flower))
        by_message = data(client.post("/predict", json=message))

    assert best(by_query) == [species]
    assert by_query == by_form == by_message


def test_iris_names_the_field_that_is_wrong(iris: Endpoints) -> None:
    query = {**dict.fromkeys(MEASURES, "1"), "sepal_length": "x"}

    answer = httpx.get(f"{iris.url}/predict", params=query, trust_env=False)

    assert answer.status_code == 400
    assert answer.json()["status"]["info"] == "query.sepal_length: expected a number, got 'x'"


def test_the_commands_on_the_page_of_iris_tell_the_setosa(iris: Endpoints) -> None:
    told = [best(curl(command, iris)) for command in commands("iris")]

    assert told == [["setosa"], ["setosa"]]


@pytest.mark.filterwarnings("ignore")  # TensorFlow's own
def test_each_committed_digit_is_recognised_when_its_file_is_sent(
    deepmnist: Endpoints,
) -> None:
    with httpx.Client(base_url=deepmnist.url, trust_env=False) as client:
        told = [
            best(data(client.post("/predict", files={"image": file.read_bytes()})))
            for file in DIGITS
        ]

    assert told == [[f"class:{file.name[0]}"] for file in DIGITS]


@pytest.mark.filterwarnings("ignore")  # TensorFlow's own
def test_the_commands_on_the_page_of_deepmnist_tell_the_seven(deepmnist: Endpoints) -> None:
    told = [best(curl(command, deepmnist)) for command in commands("deepmnist")]

    assert told == [["class:7"], ["class:7"]]


@pytest.mark.filterwarnings("ignore")  # TensorFlow's own
@pytest.mark.parametrize("file", DIGITS, ids=lambda file: file.name)
def test_curl_sends_each_committed_digit(deepmnist: Endpoints, file: Path) -> None:
    command = f"curl -s -F image=@{file} http://127.0.0.1:5000/predict"

    assert best(curl(command, deepmnist)) == [f"class:{file.name[0]}"]


def test_all_digits_in_one_request_are_rows_of_the_pixels_of_their_files(
    pixels: Endpoints,
) -> None:
    images = pytest.importorskip("PIL.Image", reason="images need Pillow")
    files = [("image", (file.name, file.read_bytes())) for file in DIGITS]

    with httpx.Client(base_url=pixels.url, trust_env=False) as client:
        rows = data(client.post("/predict", files=files))["ndarray"]

    for file, row in zip(DIGITS, rows, strict=True):
        with images.open(file) as image:  # as ask.py's callers send it
            np.testing.assert_array_equal(row, (np.asarray(image) / 255).ravel())


def test_images_come_over_grpc_as_bytes_and_in_base64(pixels: Endpoints) -> None:
    content = DIGITS[0].read_bytes()
    texts = np.array([[base64.b64encode(content).decode()]] * 2)
    with grpc.insecure_channel(pixels.grpc_address) as channel:
        call: Any = channel.unary_unary(PREDICT)

        one = seldon_proto.decode(call(seldon_proto.encode(Message(Form.BINARY, content))))
        two = seldon_proto.decode(call(seldon_proto.encode(Message(Form.NDARRAY, texts))))
        with pytest.raises(grpc.RpcError) as raised:
            call(seldon_proto.encode(Message(Form.BINARY, content[:40])))

    assert one.value.shape == (1, 784)
    np.testing.assert_array_equal(two.value, np.repeat(one.value, 2, axis=0))
    assert isinstance(raised.value, grpc.Call)
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert str(raised.value.details()).startswith("binData: the image is cut off or broken")


@pytest.fixture
def keeps(tmp_path: Path) -> str:
    """Return the contract of a model that answers with what it is given."""
    column = {"ftype": "continuous", "range": [0, 1], "repeat": 2}
    return _written(
        tmp_path, {"features": [{"name": "x", **column}], "targets": [{"name": "t", **column}]}
    )


@pytest.fixture
def breaks(tmp_path: Path) -> str:
    """Return a contract that the same model breaks."""
    column = {"name": "x", "ftype": "continuous", "range": [0, 1]}
    return _written(tmp_path, {"features": [column], "targets": [{**column, "range": [2, 3]}]})


def _written(folder: Path, document: Any) -> str:
    path = folder / "contract.json"
    path.write_text(json.dumps(document))
    return str(path)


def test_a_model_is_ready_when_it_has_passed_its_self_test(keeps: str) -> None:
    with served("echoes:Model", *FREE, "--contract", keeps, "--self-test", "50") as process:
        process.read_until("ready")
        ready, status = process.get("/ready"), process.get("/health/status").json()
        metrics = process.metrics

    assert ready.status_code == 200
    assert status["strData"] == "healthy"
    result = status["meta"]["tags"]["self_test"]
    assert (result["passed"], result["rows"]) == (True, 50)
    assert "charter_self_test_rows_total 50.0" in metrics
    assert "charter_self_test_passed 1.0" in metrics


def test_a_model_that_fails_its_self_test_ends_the_start(breaks: str) -> None:
    status, errors, lines = start("echoes:Model", *FREE, "--contract", breaks, "--self-test", "50")

    assert status == 1
    assert "Error: --self-test: the model breaks its contract: targets[0]" in errors
    assert errors.count("self-test: targets[0].range: x must lie in [2, 3]") == 1
    assert not any(line.startswith("ready") for line in lines)


@pytest.mark.skipif(not HAS_PROC, reason="needs Linux's /proc")
def test_each_worker_tests_itself(keeps: str) -> None:
    with served(
        "echoes:Model", *FREE, "--workers", "2", "--contract", keeps, "--self-test", "10"
    ) as process:
        process.read_until("ready")

        assert "charter_self_test_rows_total 20.0" in process.metrics
        assert "charter_self_test_passed 1.0" in process.metrics


@pytest.mark.skipif(not HAS_PROC, reason="needs Linux's /proc")
def test_workers_that_fail_their_self_test_end_the_start(breaks: str) -> None:
    status, errors, _ = start(
        "echoes:Model", *FREE, "--workers", "2", "--contract", breaks, "--self-test", "10"
    )

    assert status == 1
    assert "Error: --self-test: the model breaks its contract: targets[0]" in errors


def test_a_self_test_without_a_contract_is_told() -> None:
    status, errors, lines = start("echoes:Model", *FREE, "--self-test", "5", folder=ZOO)

    assert (status, lines) == (1, [])
    assert errors.startswith("Error: --self-test: expected a contract; give --contract")


def test_while_the_model_is_tested_the_service_says_that_it_is_warming(
    pipes: Path, tmp_path: Path
) -> None:
    # The only text that fits is the word on which the model waits.
    feature = {"name": "word", "dtype": "STRING", "values": ["rest"]}
    contract = _written(tmp_path, {"features": [feature], "targets": [], "payload": "strData"})
    chosen = ("--contract", contract, "--self-test", "1", *parameters(folder=str(pipes)))
    with served("blocks_in_predict:Model", *FREE, *chosen) as process:
        process.read_until("metrics")
        pipes.joinpath("rest.entered").read_text()

        ready, status = process.get("/ready"), process.get("/health/status")
        refused = process.predict("pass")
        pipes.joinpath("rest.leave").write_text("")
        process.read_until("ready")
        later = process.predict("pass")
        process.signal(signal.SIGTERM)
        ended, _ = process.end()

    told = ready.json()
    assert ready.status_code == 503
    assert told.pop("seconds") >= 0
    assert told == {"ready": False, "state": "warming"}
    assert (status.status_code, refused.status_code) == (503, 503)
    assert refused.json()["status"]["info"] == "the service is warming"
    assert (later.status_code, ended) == (200, 0)
