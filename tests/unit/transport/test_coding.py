from __future__ import annotations

import gzip

import pytest
from charter.errors import BadMedia, BadPayload, TooLarge
from charter.transport import coding
from hypothesis import given
from hypothesis import strategies as st

GZIP = coding.window(b"gzip")


@given(st.binary(max_size=2000), st.integers(0, 9))
def test_what_was_compressed_comes_back(body: bytes, level: int) -> None:
    packed = gzip.compress(body, level)

    assert coding.inflate(packed, GZIP, max(1, len(body))) == body


@given(st.binary(min_size=1, max_size=200), st.data())
def test_a_body_that_is_cut_anywhere_is_refused(body: bytes, data: st.DataObject) -> None:
    packed = gzip.compress(body)
    end = data.draw(st.integers(0, len(packed) - 1))

    with pytest.raises(BadPayload, match=r"^body: the gzip data are cut off$"):
        coding.inflate(packed[:end], GZIP, 1000)


@given(st.binary(min_size=2, max_size=200))
def test_one_byte_more_than_the_limit_is_too_large(body: bytes) -> None:
    with pytest.raises(TooLarge, match="--max-body-bytes"):
        coding.inflate(gzip.compress(body), GZIP, len(body) - 1)


def test_no_more_is_unpacked_than_the_limit() -> None:
    bomb = gzip.compress(b"0" * 10**8)

    with pytest.raises(TooLarge):
        coding.inflate(bomb, GZIP, 1000)


@pytest.mark.parametrize(
    "body",
    [b"plain", b"\x1f\x8b\x09" * 9, gzip.compress(b"a")[:-8] + b"?" * 8],
    ids=["no magic number", "another method", "a wrong checksum"],
)
def test_what_is_not_gzip_is_refused(body: bytes) -> None:
    with pytest.raises(BadPayload, match=r"^body: not gzip, as content-encoding says: "):
        coding.inflate(body, GZIP, 1000)


def test_a_second_member_is_refused() -> None:
    with pytest.raises(BadPayload, match="bytes after the end of the gzip data"):
        coding.inflate(gzip.compress(b"a") * 2, GZIP, 1000)


@pytest.mark.parametrize("name", [b"identity", b" Identity"])
def test_a_body_without_a_coding_has_no_window(name: bytes) -> None:
    assert coding.window(name) == 0


@pytest.mark.parametrize("name", [b"gzip", b"GZIP", b"x-gzip", b" gzip "])
def test_gzip_has_two_names(name: bytes) -> None:
    assert coding.window(name) == GZIP


@pytest.mark.parametrize("name", [b"br", b"deflate", b"gzip, gzip", b"\xff"])
def test_another_coding_is_refused(name: bytes) -> None:
    with pytest.raises(BadMedia, match=r"^content-encoding: expected gzip or none, got "):
        coding.window(name)
