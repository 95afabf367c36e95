from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from charter.codecs import seldon_json, seldon_proto
from charter.component.adapter import UserComponent
from charter.contract.parse import parse
from charter.contract.requests import edges, request
from charter.errors import ComponentError, StartError
from charter.message import Form, Message
from charter.methods import METADATA, PREDICT
from charter.runtimes import mock
from charter.runtimes.mock import Mock
from charter.settings import parse_parameters
from charter.tester import Endpoint, Plan, examine
from charter.tester.targets import component_target
from charter.testing import serve
from rich.console import Console

ROOT = Path(__file__).parents[3]
REAL = ROOT.parent / "shared/specs/seldon-core-1.17.1/contracts"
CONTRACTS = [
    *sorted(REAL.glob("*.json")),
    *sorted((ROOT / "examples").glob("*/contract.json")),
    *sorted((ROOT / "tests/seldon_classes").glob("*contract*.json")),
]
X: dict[str, Any] = {"name": "x", "ftype": "continuous", "dtype": "FLOAT", "range": [0, 1]}
COLOUR = {"name": "colour", "ftype": "categorical", "values": ["red", "green"]}
PROBABILITY = {**X, "name": "class", "repeat": 3}
every_contract = pytest.mark.parametrize(
    "file", CONTRACTS, ids=lambda file: f"{file.parent.name}/{file.stem}"
)


def write(folder: Path, features: Any, targets: Any, **others: Any) -> str:
    file = folder / "contract.json"
    file.write_text(json.dumps({"features": features, "targets": targets, **others}))
    return str(file)


# A contract says nothing of a router's branches, so a mock has none.
ANSWERED = [each for each in Endpoint if each is not Endpoint.ROUTE]


@pytest.mark.skipif(not REAL.is_dir(), reason="the real contracts of ../shared are not here")
def test_the_real_contracts_are_among_those_that_are_mocked() -> None:
    assert len([file for file in CONTRACTS if file.parent == REAL]) >= 4


@every_contract
@pytest.mark.parametrize("endpoint", ANSWERED, ids=lambda endpoint: endpoint.value)
def test_a_mock_passes_its_own_test(file: Path, endpoint: Endpoint) -> None:
    parameters = mock.settings(file)["parameters"]
    plan = Plan(endpoint, requests=5, rows=4, seed=3)

    failure = examine(
        file, lambda: component_target(mock.NAME, parameters), plan, console=Console(quiet=True)
    )

    assert failure is None


@every_contract
@pytest.mark.parametrize("codec", [seldon_json, seldon_proto], ids=["REST", "gRPC"])
def test_a_mock_answers_all_edges_of_its_contract(file: Path, codec: Any) -> None:
    contract = parse(json.loads(file.read_text("utf-8")))
    component = UserComponent(Mock(str(file)))

    for edge in edges(contract, np.random.default_rng(0)):
        asked = codec.decode(codec.encode(edge.request))
        reply = component.call(PREDICT).run(asked)
        assert len(codec.decode(codec.encode(reply)).value) == len(edge.request.value), edge.name


@every_contract
def test_a_mock_is_served_and_says_what_goes_in_and_out(file: Path) -> None:
    component = UserComponent(Mock(str(file)))

    said = component.call(METADATA).run(None).value

    assert len(said["inputs"][0]["schema"]["names"]) > 0
    assert len(said["outputs"]) == 1


def test_the_settings_are_those_that_serve_it(tmp_path: Path) -> None:
    file = write(tmp_path, [X], [PROBABILITY])

    with serve(mock.NAME, wait=True, **mock.settings(Path(file))) as endpoints:
        body = {"data": {"ndarray": [[0.5]]}}
        said = httpx.post(f"{endpoints.url}/predict", json=body, trust_env=False).json()

    assert said["data"]["names"] == ["class:0", "class:1", "class:2"]
    assert said["data"]["ndarray"] == Mock(file).predict(np.array([[0.5]])).tolist()


def test_parameters_have_what_the_class_takes() -> None:
    found = parse_parameters(mock.settings(Path("/c.json"), 1.5, 0.25)["parameters"])

    assert found == {"contract": "/c.json", "latency": 1.5, "errors": 0.25}


def test_probabilities_of_a_row_are_one_together(tmp_path: Path) -> None:
    made = Mock(write(tmp_path, [X], [PROBABILITY]))

    answered = made.predict(np.linspace(0, 1, 200).reshape(-1, 1))

    assert answered.shape == (200, 3)
    assert np.allclose(answered.sum(axis=1), 1)
    assert set(answered.argmax(axis=1)) == {0, 1, 2}


def test_categories_and_numbers_are_those_of_their_targets(tmp_path: Path) -> None:
    count = {**X, "name": "n", "dtype": "INT", "range": [3, 5]}
    made = Mock(write(tmp_path, [X], [COLOUR, count]))

    answered = made.predict(np.linspace(0, 1, 200).reshape(-1, 1))

    assert made.class_names == ["colour", "n"]
    assert set(answered[:, 0]) == {"red", "green"}
    assert set(answered[:, 1]) == {3.0, 4.0, 5.0}


@pytest.mark.parametrize(("low", "high"), [("inf", "inf"), (5, "inf"), ("inf", -5)])
def test_open_ranges_are_kept(tmp_path: Path, low: Any, high: Any) -> None:
    made = Mock(write(tmp_path, [X], [{**X, "range": [low, high]}]))

    answered = made.predict(np.linspace(0, 1, 200).reshape(-1, 1))

    assert np.isfinite(answered).all()
    assert len(np.unique(answered)) == 200
    assert low == "inf" or answered.min() >= low
    assert high == "inf" or answered.max() <= high


def test_text_targets_are_text_by_row(tmp_path: Path) -> None:
    code = {"name": "code", "dtype": "STRING", "pattern": "[A-Z]{3}"}
    made = Mock(write(tmp_path, [X], [code]))

    answered = made.predict(np.array([[0.1], [0.2], [0.1]])).tolist()

    assert all(len(text) == 3 and text.isupper() for (text,) in answered)
    assert answered[0] == answered[2] != answered[1]


def test_a_target_with_a_shape_has_the_names_of_the_protocol(tmp_path: Path) -> None:
    made = Mock(write(tmp_path, [X], [{**X, "shape": [4, 2]}]))

    assert made.predict(np.array([[0.5]])).shape == (1, 4, 2)
    assert made.class_names == ["t:0", "t:1", "t:2", "t:3"]


@pytest.mark.parametrize("payload", ["strData", "binData", "jsonData"])
def test_other_payloads_are_one_row(tmp_path: Path, payload: str) -> None:
    kind = "BYTES" if payload == "binData" else "STRING"
    contract = {"payload": payload, **({"jsonSchema": {}} if payload == "jsonData" else {})}
    made = Mock(write(tmp_path, [{"name": "s", "dtype": kind}], [PROBABILITY], **contract))
    value = {"strData": "abc", "binData": b"abc", "jsonData": {"a": [1, None]}}[payload]

    answered = made.predict(value)

    assert answered.shape == (1, 3)
    assert answered.tolist() == made.predict(value).tolist()


def test_json_by_features_has_a_row_for_each_object(tmp_path: Path) -> None:
    made = Mock(write(tmp_path, [X], [PROBABILITY], payload="jsonData"))

    both = made.predict([{"x": 1}, {"x": 0.5}])

    parts = [made.predict([{"x": value}]).tolist()[0] for value in (1.0, 0.5)]
    assert both.tolist() == parts


def test_without_targets_an_array_comes_back_and_text_is_answered(tmp_path: Path) -> None:
    made = Mock(write(tmp_path, [X], []))

    assert made.predict(np.array([[1.5]])).tolist() == [[1.5]]
    assert made.predict("hello").startswith("mock answer ")
    assert made.predict("hello") == made.predict("hello") != made.predict("other")
    assert made.predict(b"hello").startswith(b"mock answer ")
    assert made.predict({"a": 1}) == made.predict({"a": 1.0})


def test_a_dataframe_is_answered_as_its_values(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas", reason="needs charter[pandas]")
    made = Mock(write(tmp_path, [X, COLOUR], [PROBABILITY]))
    values = np.array([[1, "red"], [0.5, "green"]], dtype=object)
    frame = pandas.DataFrame({"x": [1.0, 0.5], "colour": ["red", "green"]})

    assert made.predict(frame).tolist() == made.predict(values).tolist()


def test_another_seed_makes_other_answers(tmp_path: Path) -> None:
    file = write(tmp_path, [X], [PROBABILITY])
    X_ = np.array([[0.5]])

    assert Mock(file).predict(X_).tolist() == Mock(file).predict(X_).tolist()
    assert Mock(file).predict(X_).tolist() != Mock(file, seed=1).predict(X_).tolist()


def fails(made: Mock) -> bool:
    try:
        made.predict(np.array([[0.5]]))
    except ComponentError as error:
        return error.message == "mock error: 0.25 of the requests are to fail"
    return False


def test_errors_come_at_their_rate_and_say_what_they_are(tmp_path: Path) -> None:
    file = write(tmp_path, [X], [PROBABILITY])
    mocks = [Mock(file, errors=0.25, seed=seed) for seed in (0, 0, 1)]

    first, again, other = ([fails(made) for _ in range(400)] for made in mocks)

    assert 0.2 < first.count(True) / 400 < 0.3
    assert first == again != other


def test_latency_is_taken_by_each_request(tmp_path: Path) -> None:
    made = Mock(write(tmp_path, [X], [PROBABILITY]), latency=20)
    begun = time.perf_counter()

    made.predict(np.array([[0.5]]))

    assert time.perf_counter() - begun >= 0.02


@pytest.mark.parametrize(
    ("latency", "errors", "message"),
    [
        (-1.0, 0.0, "latency: expected 0 to 86400000, got -1.0"),
        (float("inf"), 0.0, "latency: expected 0 to 86400000, got inf"),
        (0.0, 1.5, "errors: expected 0 to 1, got 1.5"),
    ],
)
def test_numbers_out_of_their_range_are_refused(
    tmp_path: Path, latency: float, errors: float, message: str
) -> None:
    with pytest.raises(StartError, match=f"^{message}$"):
        Mock(write(tmp_path, [X], []), latency, errors)


@pytest.mark.parametrize(("payload", "form"), [("ndarray", Form.NDARRAY), ("tensor", Form.TENSOR)])
def test_a_reply_has_the_form_of_its_request(tmp_path: Path, payload: str, form: Form) -> None:
    file = write(tmp_path, [X], [PROBABILITY], payload=payload)
    contract = parse(json.loads(Path(file).read_text()))
    component = UserComponent(Mock(file))

    reply = component.call(PREDICT).run(request(contract, 2, np.random.default_rng(0)))

    assert isinstance(reply, Message)
    assert reply.form is form


def test_answers_that_cannot_be_made_are_told_at_the_start(tmp_path: Path) -> None:
    code = {"name": "code", "dtype": "STRING", "pattern": "(?=A)[A-Z]"}

    with pytest.raises(StartError, match=r"^code\.pattern: .* an example helps$"):
        Mock(write(tmp_path, [X], [code]))


def test_where_no_text_can_be_made_by_a_pattern_the_example_is_answered(tmp_path: Path) -> None:
    code = {"name": "code", "dtype": "STRING", "pattern": "(?=A)[A-Z]", "example": "A"}

    made = Mock(write(tmp_path, [X], [code]))

    assert made.predict(np.array([[0.5]])).tolist() == [["A"]]
