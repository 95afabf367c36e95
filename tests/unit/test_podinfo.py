from __future__ import annotations

import pytest
from charter.errors import StartError
from charter.podinfo import chosen, parse
from hypothesis import given
from hypothesis import strategies as st

FILE = """kubernetes.io/config.seen="2026-01-09T10:00:00Z"
seldon.io/rest-timeout="100000"
no sign in this line
seldon.io/grpc-max-message-size = "10485760"
with="a=b"
"""


def test_a_file_is_split_at_the_first_sign_and_quotes_are_taken_off() -> None:
    assert parse(FILE) == {
        "kubernetes.io/config.seen": "2026-01-09T10:00:00Z",
        "seldon.io/rest-timeout": "100000",
        "seldon.io/grpc-max-message-size": "10485760",
        "with": "a=b",
    }


def test_two_annotations_choose_settings_and_others_do_not() -> None:
    assert chosen(parse(FILE)) == {"rest_timeout": 100.0, "grpc_max_message_bytes": 10485760}


def test_without_annotations_nothing_is_chosen() -> None:
    assert chosen(parse("")) == {}


@pytest.mark.parametrize(
    ("milliseconds", "seconds"),
    [("1", 1), ("0", 1), ("-5", 1), ("999", 1), ("1999", 1), ("2000", 2), ("99999999999", 86400)],
)
def test_a_timeout_is_in_whole_seconds_at_least_one_at_most_a_day(
    milliseconds: str, seconds: int
) -> None:
    assert chosen({"seldon.io/rest-timeout": milliseconds}) == {"rest_timeout": seconds}


def test_a_negative_size_is_no_limit_as_for_grpc() -> None:
    assert chosen({"seldon.io/grpc-max-message-size": "-1"}) == {
        "grpc_max_message_bytes": 2**31 - 1
    }


@pytest.mark.parametrize("key", ["seldon.io/rest-timeout", "seldon.io/grpc-max-message-size"])
@pytest.mark.parametrize("value", ["5s", "", "1.5"])
def test_what_is_no_whole_number_is_refused_by_its_annotation(key: str, value: str) -> None:
    with pytest.raises(StartError) as raised:
        chosen({key: value})

    assert raised.value.message == f"annotation {key}: expected a whole number, got {value!r}"


@given(st.text())
def test_any_file_can_be_read(text: str) -> None:
    assert all(isinstance(value, str) for value in parse(text).values())
