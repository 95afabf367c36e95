from __future__ import annotations

import inspect

import pytest
from charter import errors
from charter.errors import BadPayload, ComponentError, Fault, ServingError, shown
from charter.transport import rest, rpc

CLASSES = [
    value
    for _, value in inspect.getmembers(errors, inspect.isclass)
    if issubclass(value, ServingError)
]


@pytest.mark.parametrize("kind", CLASSES)
def test_an_error_carries_its_message_and_the_words_of_its_class(kind: type[ServingError]) -> None:
    error = kind("what was wrong")

    assert (str(error), error.message) == ("what was wrong", "what was wrong")
    assert error.reason == kind.reason
    assert error.status is None


def test_an_error_may_carry_a_reason_and_a_status_of_its_own() -> None:
    error = ComponentError("m", reason="MINE", status=403)

    assert (error.reason, error.status) == ("MINE", 403)
    assert ComponentError.reason == "MICROSERVICE_INTERNAL_ERROR"


def test_what_the_caller_did_wrong_is_told_from_what_the_component_did() -> None:
    assert BadPayload.fault is Fault.PAYLOAD
    assert ComponentError.fault is Fault.COMPONENT


@pytest.mark.parametrize("kind", CLASSES)
def test_each_class_is_drawn_in_the_tree_at_the_head_of_the_module(kind: type) -> None:
    assert errors.__doc__ is not None
    assert kind.__name__ in errors.__doc__


@pytest.mark.parametrize("fault", Fault)
def test_each_transport_has_a_code_for_each_fault(fault: Fault) -> None:
    assert 400 <= rest.STATUS[fault] <= 599
    assert fault in rpc.STATUS


@pytest.mark.parametrize("fault", [Fault.COMPONENT, Fault.INTERNAL, Fault.NOT_READY])
def test_what_is_not_the_callers_fault_is_a_5xx(fault: Fault) -> None:
    assert rest.STATUS[fault] >= 500


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "'a'"),
        ([1, 2], "[1, 2]"),
        ("x" * 78, repr("x" * 78)),
        ("x" * 79, "'" + "x" * 78 + "…"),
        ("x" * 1000, "'" + "x" * 78 + "…"),
    ],
)
def test_a_value_in_a_message_is_cut_at_80_characters(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_value_in_a_message_may_be_cut_earlier() -> None:
    assert shown("abcdef", limit=4) == "'ab…"
