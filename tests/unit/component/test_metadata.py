from __future__ import annotations

from typing import Any

import pytest
from charter.component import metadata
from charter.component.replies import Node
from charter.errors import ComponentError
from charter.message import NOTHING, Form

DEFAULTS = {
    "name": "",
    "versions": [""],
    "platform": "",
    "inputs": [],
    "outputs": [],
    "custom": {},
}


def of(said: Any = None, node: Node | None = None) -> Any:
    own = {} if said is None else {"init_metadata": lambda self: said}
    reply = metadata.call(type("Model", (), own)(), node or Node())(NOTHING)
    assert reply.form is Form.RAW
    return reply.value


def test_a_component_that_says_nothing_has_the_defaults() -> None:
    assert of() == DEFAULTS


@pytest.mark.parametrize(
    ("image", "name", "version"),
    [
        ("org/img:0.3", "org/img", "0.3"),
        ("host:5000/img:1", "host:5000/img", "1"),
        ("img", "", "img"),
    ],
)
def test_name_and_version_are_those_of_the_image(image: str, name: str, version: str) -> None:
    found = of(node=Node(image=image))

    assert (found["name"], found["versions"]) == (name, [version])


GOOD = {
    "name": "n",
    "versions": ["1"],
    "platform": "p",
    "inputs": [
        {"messagetype": "tensor", "schema": {"names": ["a"], "shape": [1]}},
        {"messagetype": "jsonData", "schema": {"type": "string"}},
        {"messagetype": "strData"},
        {"messagetype": "own", "schema": {}},
        {"name": "i", "datatype": "FP32", "shape": [-1, 4]},
    ],
    "outputs": [],
    "custom": {"a": "b"},
}


def test_what_a_component_says_is_its_metadata() -> None:
    assert of(GOOD) == GOOD


def test_the_settings_replace_what_a_component_says() -> None:
    found = of(GOOD, Node(metadata={"versions": ["2"]}))

    assert found == {**GOOD, "versions": ["2"]}


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"foo": 1}, "metadata: Additional properties are not allowed ('foo' was unexpected)"),
        ({"versions": "1"}, "versions: '1' is not of type 'array'"),
        ({"custom": {"a": 1}}, "custom.a: 1 is not of type 'string'"),
        ({"inputs": [{"messagetype": "strData", "schema": {}}]}, "inputs[0]"),
        ({"inputs": [{"name": "i", "datatype": "FP33"}]}, "inputs[0]"),
    ],
)
def test_metadata_that_break_the_schema_are_told_at_each_call_and_in_the_log(
    said: Any, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ComponentError) as raised:
        of(said)

    assert raised.value.reason == "MICROSERVICE_BAD_METADATA"
    assert raised.value.message.startswith(f"Model metadata unavailable: {says}")
    assert says in caplog.text


def test_metadata_that_are_no_dict_are_logged_and_the_defaults_stand(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert of([1]) == DEFAULTS
    assert "init_metadata: expected a dict, got [1]" in caplog.text


def test_what_init_metadata_raises_is_raised() -> None:
    def init_metadata(self: object) -> Any:
        raise ZeroDivisionError

    user = type("Model", (), {"init_metadata": init_metadata})()

    with pytest.raises(ZeroDivisionError):
        metadata.call(user, Node())


@pytest.mark.parametrize("said", [None, GOOD, {"custom": {"contract_mode": "mine"}}])
def test_the_mode_of_the_contract_joins_what_the_model_says(said: Any) -> None:
    own = dict((said or {}).get("custom", {}))

    found = of(said, Node(contract_mode="strict"))

    assert found["custom"] == {**own, "contract_mode": "strict"}
    assert "contract_mode" not in GOOD["custom"]
