from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, quote_plus

import numpy as np
import pytest
from charter.codecs import form
from charter.codecs.form import Field
from charter.errors import BadMedia, BadPayload, NotAMessage
from charter.message import Form, Message
from hypothesis import given
from hypothesis import strategies as st

JSON = b"application/json"
FORM = b"application/x-www-form-urlencoded"
MULTIPART = b"multipart/form-data; boundary=cut"
TEXT = b'{"strData": "a+b c"}'


def decode(content_type: bytes, body: bytes, query: bytes = b"") -> Message:
    return form.decode(content_type, query, body, is_lenient=False)


def refusal(content_type: bytes, body: bytes, query: bytes = b"") -> str:
    with pytest.raises(BadPayload) as raised:
        decode(content_type, body, query)
    return raised.value.message


def field(text: bytes) -> bytes:
    return b"json=" + quote_plus(text).encode()


def part(name: str, value: bytes, *, is_file: bool = False) -> bytes:
    file = '; filename="f.bin"' if is_file else ""
    head = f'--cut\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
    return head.encode() + value + b"\r\n"


def parts(*given: bytes) -> bytes:
    return b"".join(given) + b"--cut--\r\n"


@pytest.mark.parametrize(
    "content_type",
    [
        JSON,
        b"application/json; charset=utf-8",
        b"Application/JSON",
        b"application/vnd.api+json",
        b"",
        FORM,
    ],
)
def test_a_json_body_is_read_under_any_type_that_may_be_json(content_type: bytes) -> None:
    # curl -d names a form where nothing else is said.
    message = decode(content_type, TEXT)

    assert message.value == "a+b c"


@pytest.mark.parametrize("content_type", [b"text/plain", b"application/octet-stream"])
def test_what_a_page_may_post_without_asking_is_not_read(content_type: bytes) -> None:
    with pytest.raises(NotAMessage, match=r"^content-type: expected application/json, got "):
        decode(content_type, TEXT)


@pytest.mark.parametrize(
    "content_type", [FORM, b"application/x-www-form-urlencoded; charset=utf-8", FORM.upper()]
)
def test_the_form_field_json_holds_the_message(content_type: bytes) -> None:
    message = decode(content_type, b"other=1&" + field(TEXT))

    assert message.value == "a+b c"


def test_the_query_holds_the_message_where_there_is_no_form_field() -> None:
    message = decode(b"", b"", b"other=1&" + field(TEXT))

    assert message.value == "a+b c"


def test_a_form_field_comes_before_the_query() -> None:
    message = decode(FORM, field(b'{"strData": "form"}'), field(b'{"strData": "query"}'))

    assert message.value == "form"


def test_the_query_comes_before_the_body() -> None:
    message = decode(JSON, b'{"strData": "body"}', field(b'{"strData": "query"}'))

    assert message.value == "query"


def test_multipart_comes_before_the_query() -> None:
    message = decode(MULTIPART, parts(part("strData", b"part")), field(TEXT))

    assert message.value == "part"


def test_a_query_without_json_is_nothing_to_the_body() -> None:
    message = decode(JSON, TEXT, b"trace=1")

    assert message.value == "a+b c"


def test_a_json_body_that_mentions_a_field_is_still_json() -> None:
    message = decode(FORM, b'{"strData": "x&json=y"}')

    assert message.value == "x&json=y"


def test_a_form_field_keeps_long_integers() -> None:
    message = decode(FORM, field(b'{"data": {"ndarray": [%d]}}' % (2**70 + 1)))

    assert message.value.tolist() == [2**70 + 1]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (part("strData", b"hello"), Message(Form.TEXT, "hello", [])),
        (part("strData", "é".encode()), Message(Form.TEXT, "é", [])),
        (part("strData", b"5"), Message(Form.TEXT, "5", [])),
        (part("strData", b"file text", is_file=True), Message(Form.TEXT, "file text", [])),
        (part("binData", b"\x00\r\n--c", is_file=True), Message(Form.BINARY, b"\x00\r\n--c", [])),
        (part("binData", b"", is_file=True), Message(Form.BINARY, b"", [])),
        (part("binData", b"aGVsbG8="), Message(Form.BINARY, b"hello", [])),
        (part("jsonData", b'{"a": 1}'), Message(Form.JSON, {"a": 1}, [])),
        # As Seldon's wrapper does: a file is text, whatever is in it.
        (part("jsonData", b'{"a": 1}', is_file=True), Message(Form.JSON, '{"a": 1}', [])),
        (
            part("strData", b"a") + part("meta", b'{"puid": "1"}'),
            Message(Form.TEXT, "a", [], {"puid": "1"}),
        ),
        (part("strData", b"a") + part("strData", b"b"), Message(Form.TEXT, "b", [])),
        (part("strData", b"a") + part("unknown", b"5"), Message(Form.TEXT, "a", [])),
    ],
)  # fmt: skip
def test_multipart_parts_make_the_message(body: bytes, expected: Message) -> None:
    assert decode(MULTIPART, parts(body)) == expected


@pytest.mark.parametrize("is_file", [False, True])
def test_the_part_data_is_json_whether_it_is_a_field_or_a_file(is_file: bool) -> None:
    body = parts(part("data", b'{"names": ["a", "b"], "ndarray": [[1, 2]]}', is_file=is_file))

    message = decode(MULTIPART, body)

    assert message.names == ["a", "b"]
    assert message.value.tolist() == [[1, 2]]


@pytest.mark.parametrize("number", [2**63 + 1, 2**64 - 1, 2**64 + 1, 2**70 + 1])
def test_multipart_keeps_long_integers(number: int) -> None:
    message = decode(MULTIPART, parts(part("data", b'{"ndarray": [%d]}' % number)))

    assert message.value.tolist() == [number]


def test_multipart_takes_nan_where_it_is_allowed() -> None:
    body = parts(part("data", b'{"ndarray": [NaN]}'))

    message = form.decode(MULTIPART, b"", body, is_lenient=True)

    assert np.isnan(message.value).all()


def test_an_epilogue_after_the_parts_is_skipped() -> None:
    message = decode(MULTIPART, parts(part("strData", b"a")) + b"epilogue")

    assert message.value == "a"


@pytest.mark.parametrize(
    "content_type",
    [b'multipart/form-data; boundary="cut"', b"Multipart/Form-Data; charset=utf-8; boundary=cut"],
)
def test_the_boundary_is_found_however_it_is_written(content_type: bytes) -> None:
    assert decode(content_type, parts(part("strData", b"a"))).value == "a"


def test_a_part_of_another_type_than_form_data_still_has_a_name() -> None:
    head = b'--cut\r\ncontent-type: text/plain\r\ncontent-disposition: x; name="strData"\r\n\r\n'

    assert decode(MULTIPART, parts(head + b"a\r\n")).value == "a"


@pytest.mark.parametrize(
    "content_type",
    [
        b"multipart/form-data",
        b"multipart/form-data; boundary=",
        b"multipart/form-data; charset=utf-8",
    ],
)
def test_multipart_without_a_boundary_is_refused(content_type: bytes) -> None:
    message = refusal(content_type, parts(part("strData", b"a")))

    assert message == "content-type: expected a boundary in multipart/form-data"


@pytest.mark.parametrize("missing", range(4, 70, 7))
def test_multipart_that_is_cut_off_is_refused(missing: int) -> None:
    whole = parts(part("strData", b"a"))

    message = refusal(MULTIPART, whole[:-missing])

    assert message == "multipart: the body ends before its closing boundary"


@pytest.mark.parametrize(
    "disposition", [b"", b"Content-Disposition: form-data\r\n", b"X-Other: 1\r\n"]
)
def test_a_part_without_a_name_is_refused(disposition: bytes) -> None:
    message = refusal(MULTIPART, parts(b"--cut\r\n" + disposition + b"\r\na\r\n"))

    assert message == "multipart: expected a name in each part's content-disposition"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (part("data", b"{bad"), "multipart.data: not JSON: "),
        (part("data", b""), "multipart.data: expected JSON, got nothing"),
        (part("data", b'{"ndarray": [[1], [1, 2]]}'), "data.ndarray[1]: expected 1 values"),
        (part("data", b"5"), "data: expected an object, got 5"),
        (part("meta", b"[]") + part("strData", b"a"), "meta: expected an object, got a list"),
        (part("jsonData", b"NaN"), "multipart.jsonData: not JSON: "),
        (part("image", b"\xff", is_file=True), "multipart.image: not UTF-8: "),
        (part("strData", b"\xff"), "multipart.strData: not UTF-8: "),
        (part("binData", b"@@@"), "binData: not base64: "),
        (part("json", b'{"strData": "a"}'), "body: expected one of data, jsonData, strData"),
        (b"", "body: expected one of data, jsonData, strData, binData, got the keys: none"),
        (b"--cut\r\nno colon\r\n\r\na\r\n", "multipart: "),
    ],
)  # fmt: skip
def test_a_bad_part_is_refused_with_its_name(body: bytes, says: str) -> None:
    assert refusal(MULTIPART, parts(body)).startswith(says)


def test_a_refused_part_leaves_no_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    refusal(MULTIPART, parts(b"--cut\r\nno colon\r\n\r\na\r\n"))

    assert [record for record in caplog.records if record.levelname != "DEBUG"] == []


def test_too_many_parts_are_refused() -> None:
    body = parts(part("strData", b"a") * 1001)

    assert refusal(MULTIPART, body) == "multipart: more than 1000 parts"


def test_too_many_form_fields_are_refused() -> None:
    message = refusal(FORM, b"a=b&" * 1001 + field(TEXT))

    assert message.startswith("form: ")


def test_a_boundary_that_is_too_long_is_refused() -> None:
    message = refusal(b"multipart/form-data; boundary=" + b"x" * 300, b"")

    assert message.startswith("multipart: ")


@pytest.mark.parametrize("text", [b"{bad", b"", b"NaN", b"[1, 2"])
def test_a_malformed_form_field_is_refused_as_the_forms(text: bytes) -> None:
    message = refusal(FORM, field(text))

    assert message.startswith("form.json: ")


@pytest.mark.parametrize("text", [b"{bad", b"", b"NaN", b"[1, 2"])
def test_a_malformed_query_is_refused_as_the_querys(text: bytes) -> None:
    message = refusal(b"", b"", field(text))

    assert message.startswith("query.json: ")


def test_a_form_that_is_not_percent_encoded_is_refused_in_words_for_people() -> None:
    message = refusal(FORM, 'json={"strData": "é"}'.encode())

    assert message.startswith("form: ")
    assert "codec" not in message


def test_a_form_without_json_is_refused_for_lack_of_it() -> None:
    message = refusal(FORM, b"a=b")

    assert "json" in message.lower()
    assert message.startswith("form: ")


@pytest.mark.parametrize(
    "content_type", [b"image/png", b"audio/wav", b"video/mp4", b"font/woff2", b"multipart/mixed"]
)
def test_a_body_of_a_type_that_is_never_json_is_refused_by_its_type(content_type: bytes) -> None:
    with pytest.raises(BadMedia) as raised:
        decode(content_type, b"\x89PNG")

    assert raised.value.message.startswith("content-type: expected application/json, ")
    assert content_type.decode() in raised.value.message


def decode_raw(kind: bytes, query: bytes, body: bytes) -> Message:
    return form.raw(form.document(kind, query, body, is_lenient=False), takes_list=False)


def test_a_raw_message_may_be_a_list_where_lists_are_taken() -> None:
    assert form.raw([1], takes_list=True).value == [1]


def test_a_raw_message_is_the_document_as_it_came() -> None:
    text = b'{"data": {"names": ["a"], "ndarray": [[1]]}, "meta": {"puid": "1"}, "extra": 1}'

    message = decode_raw(JSON, b"", text)

    assert message.form is Form.RAW
    assert message.value == {
        "data": {"names": ["a"], "ndarray": [[1]]},
        "meta": {"puid": "1"},
        "extra": 1,
    }


def test_a_raw_message_from_multipart_has_its_bytes_in_base64() -> None:
    body = parts(part("binData", b"hello", is_file=True))

    message = decode_raw(MULTIPART, b"", body)

    assert message.value == {"binData": "aGVsbG8="}


@pytest.mark.parametrize("number", [2**63 + 1, 2**64 + 1, 2**70 + 1])
def test_a_raw_message_keeps_long_integers(number: int) -> None:
    message = decode_raw(JSON, b"", b'{"jsonData": %d}' % number)

    assert message.value == {"jsonData": number}


@pytest.mark.parametrize("body", [b"[1]", b"null", b'"s"', b"5"])
def test_a_raw_message_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(BadPayload, match=r"^body: expected an object, got "):
        decode_raw(JSON, b"", body)


def taken(content_type: bytes, body: bytes, query: bytes = b"") -> list[tuple[str, str, object]]:
    """Return the fields that are given to whoever makes a message of them; none where one is."""
    found: list[tuple[str, str, object]] = []

    def take(fields: Sequence[Field]) -> Message:
        found.extend((each.place, each.name, each.content) for each in fields)
        return Message(Form.TEXT, "taken")

    form.decode(content_type, query, body, is_lenient=False, take=take)
    return found


def test_fields_are_given_in_their_order_with_their_place() -> None:
    body = parts(part("a", b"1"), part("b", b"\xff", is_file=True), part("a", b"2"))

    assert taken(b"", b"", b"a=1&b=%C3%A9&a=") == [
        ("query", "a", "1"),
        ("query", "b", "é"),
        ("query", "a", ""),
    ]
    assert taken(FORM, b"a=1+2") == [("form", "a", "1 2")]
    assert taken(MULTIPART, body) == [
        ("multipart", "a", "1"),
        ("multipart", "b", b"\xff"),
        ("multipart", "a", "2"),
    ]


@pytest.mark.parametrize(
    ("content_type", "body", "query"),
    [
        (JSON, TEXT, b""),
        (JSON, TEXT, b"a=1"),
        (FORM, TEXT, b"a=1"),
        (FORM, b"a=1&" + field(TEXT), b""),
        (FORM, b"a=1", field(TEXT)),
        (b"", b"", b"a=1&" + field(TEXT)),
        (MULTIPART, parts(part("strData", b"s"), part("a", b"1")), b""),
    ],
)
def test_a_request_with_a_message_is_read_as_ever(
    content_type: bytes, body: bytes, query: bytes
) -> None:
    assert taken(content_type, body, query) == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"a=%FF", "form: 'utf-8' codec can't decode"),
        ("a=é".encode(), "form: expected percent-encoded text"),
        (b"a=1&" * 100_001, "form: expected at most 100000 fields, got more"),
    ],
)
def test_fields_that_are_no_text_or_too_many_are_refused(body: bytes, message: str) -> None:
    with pytest.raises(BadPayload) as raised:
        taken(FORM, body)

    assert raised.value.message.startswith(message)


@given(encoded=st.text("a%+=&;2e0Ff\u0000 ", max_size=12).map(str.encode))
def test_fields_are_those_that_the_standard_library_finds(encoded: bytes) -> None:
    found: list[form.Field] = []

    def take(fields: Sequence[form.Field]) -> Message:
        found.extend(fields)
        return Message(Form.JSON, None)

    try:
        expected = parse_qsl(encoded.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        with pytest.raises(BadPayload):
            form.decode(b"", encoded, b"", is_lenient=False, take=take)
        return
    if expected:
        form.decode(b"", encoded, b"", is_lenient=False, take=take)

    assert [(each.name, each.content) for each in found] == expected


@pytest.mark.parametrize("ahead", range(4))
def test_a_long_field_is_read_whole(ahead: int) -> None:
    text = "x" * ahead + "é%%2" * 10_000

    assert decode(FORM, field(f'{{"strData":"{text}"}}'.encode())).value == text
