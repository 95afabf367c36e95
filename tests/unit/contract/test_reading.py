from __future__ import annotations

from typing import Any

import pytest
from charter.contract.model import ImageRule
from charter.contract.reading import Entry, count, mapping
from charter.errors import StartError

ENTRY = Entry(
    {"null": None, "text": "a", "flag": True, "number": 1.5, "count": 3, "list": [1]}, "here"
)
KNOWN = {"a": 1, "b": 2}


def test_a_place_names_the_way_to_a_key() -> None:
    assert ENTRY.at("text") == "here.text"
    assert Entry({}, "").at("text") == "text"


@pytest.mark.parametrize("key", ["null", "absent"])
def test_a_key_that_is_null_or_absent_is_not_there(key: str) -> None:
    assert not ENTRY.has(key)
    assert ENTRY.text(key) is None
    assert ENTRY.note(key) == ""
    assert ENTRY.flag(key) is False
    assert ENTRY.count(key) is None
    assert ENTRY.items(key) == []
    assert ENTRY.positive(key) is None
    assert ENTRY.choice(key, KNOWN) is None
    assert ENTRY.inner(key, frozenset()) is None
    assert ENTRY.image(key) is None


def test_a_value_of_the_right_type_is_returned() -> None:
    assert ENTRY.has("text")
    assert ENTRY.text("text") == ENTRY.note("text") == "a"
    assert ENTRY.flag("flag") is True
    assert ENTRY.count("count") == 3
    assert ENTRY.items("list") == [1]
    assert ENTRY.positive("number") == 1.5
    assert ENTRY.choice("text", KNOWN) == 1


def test_a_note_of_another_type_is_none() -> None:
    assert ENTRY.note("count") == ""


def test_an_object_inside_knows_its_place() -> None:
    entry = Entry({"a": {"b": 1}}, "x").inner("a", frozenset("b"))

    assert entry is not None
    assert entry.at("b") == "x.a.b"


@pytest.mark.parametrize(("found", "read"), [(1, 1), (2.0, 2), (10**30, 10**30)])
def test_a_count_is_a_whole_number(found: Any, read: int) -> None:
    counted = count(found, "here")

    assert counted == read
    assert type(counted) is int


@pytest.mark.parametrize("found", [0, -1, 1.5, True, "3", None, float("inf"), float("nan")])
def test_what_is_no_count_is_refused(found: Any) -> None:
    with pytest.raises(StartError, match=r"^here: expected a whole number of 1 or more, got "):
        count(found, "here")


def test_zero_is_positive_where_that_is_said() -> None:
    assert Entry({"a": 0}, "").positive("a", or_zero=True) == 0.0


def test_an_image_is_read() -> None:
    entry = Entry({"image": {"mode": "RGB", "size": [3, 2], "scale": 255, "invert": True}}, "")

    assert entry.image("image") == ImageRule("RGB", (3, 2), 255.0, invert=True)


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda: ENTRY.text("flag"), "here.flag: expected a string, got True"),
        (lambda: ENTRY.flag("text"), "here.text: expected true or false, got 'a'"),
        (lambda: ENTRY.items("text"), "here.text: expected a list, got 'a'"),
        (lambda: ENTRY.positive("flag"), "here.flag: expected a number over 0, got True"),
        (lambda: ENTRY.choice("list", KNOWN), "here.list: expected one of a, b, got [1]"),
        (lambda: ENTRY.inner("list", frozenset()), "here.list: expected an object, got [1]"),
        (lambda: mapping([], "here"), "here: expected an object, got []"),
        (
            lambda: mapping({"c": 1}, "here", frozenset("ab")),
            "here.c: no such key; there are a, b",
        ),
    ],
)
def test_a_value_of_another_type_is_refused_with_the_place(read: Any, message: str) -> None:
    with pytest.raises(StartError) as refusal:
        read()

    assert refusal.value.message == message
