import pytest
from charter.codecs import protowire
from charter.errors import BadPayload


def test_fields_are_listed_with_their_spans() -> None:
    body = b"\x08\x96\x01" + b"\x12\x02hi" + b"\x19" + bytes(8) + b"\x25" + bytes(4)

    found = protowire.fields(body, 0, len(body))

    assert found == [(1, 0, 1, 3), (2, 2, 5, 7), (3, 1, 8, 16), (4, 5, 17, 21)]


def test_only_the_span_asked_for_is_read() -> None:
    assert protowire.fields(b"\xff\x08\x01\xff", 1, 3) == [(1, 0, 2, 3)]


def test_large_field_numbers_take_more_bytes() -> None:
    body = protowire.head((1 << 29) - 1, 1) + b"x"

    assert protowire.fields(body, 0, len(body)) == [((1 << 29) - 1, 2, 6, 7)]


@pytest.mark.parametrize(
    "body",
    [
        b"\x08",
        b"\x08\x80",
        b"\x12",
        b"\x12\x03hi",
        b"\x12\x80",
        b"\x19" + bytes(7),
        b"\x25" + bytes(3),
        b"\x80",
        b"\x02\x00",
        b"\x0b\x0c",
        b"\x0f",
        b"\x08" + b"\x80" * 10 + b"\x00",
    ],
)
def test_cut_or_garbage_bytes_are_refused(body: bytes) -> None:
    with pytest.raises(BadPayload, match=r"^byte \d+: "):
        protowire.fields(body, 0, len(body))


@pytest.mark.parametrize("value", [0, 1, 127, 128, 300, 1 << 31, (1 << 64) - 1])
def test_a_varint_reads_back(value: int) -> None:
    body = protowire.varint(value)

    assert protowire.read_varint(body, 0, len(body)) == (value, len(body))


def test_packed_varints_are_listed() -> None:
    body = b"\xff" + protowire.varint(1) + protowire.varint(784) + protowire.varint(0)

    assert protowire.read_varints(body, 1, len(body)) == [1, 784, 0]


def test_a_varint_does_not_pass_the_end_of_its_message() -> None:
    with pytest.raises(BadPayload):
        protowire.read_varints(b"\x80\x01", 0, 1)


def test_a_varint_is_cut_to_64_bits() -> None:
    assert protowire.read_varint(b"\xff" * 9 + b"\x7f", 0, 10) == ((1 << 64) - 1, 10)
