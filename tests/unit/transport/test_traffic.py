from __future__ import annotations

import math
import re

import pytest
from charter.exchange import CLOSE, Answer, Asked, Header
from charter.transport.traffic import NEVER, Limits, Traffic, ended

JSON: Header = (b"content-type", b"application/json")


async def nobody(asked: Asked) -> Answer | None:
    return None


def traffic(limits: Limits | None = None) -> Traffic:
    made = Traffic(nobody, limits or Limits())
    made.tick()
    return made


def test_a_head_has_its_status_the_date_and_the_headers() -> None:
    head, closes = traffic().head(503, [JSON, CLOSE])

    assert closes
    assert re.fullmatch(
        rb"HTTP/1.1 503 Service Unavailable\r\ndate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n"
        rb"content-type: application/json\r\nconnection: close\r\n",
        head,
    )


def test_heads_are_kept_until_the_date_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    made = traffic()
    first, _ = made.head(200, [JSON])
    monkeypatch.setattr("charter.transport.traffic.formatdate", lambda usegmt: "another")
    made.tick()

    assert made.head(200, [JSON])[0] == re.sub(rb"date: [^\r]+", b"date: another", first)


def test_a_status_without_a_phrase_has_none() -> None:
    assert traffic().head(299, [])[0].startswith(b"HTTP/1.1 299 \r\n")


@pytest.mark.parametrize(
    "header", [(b"a", b"b\r\nc: d"), (b"a b", b"c"), (b"", b"c"), (b"a", b"\0"), (b"a:", b"c")]
)
def test_what_is_no_header_is_not_sent(header: Header) -> None:
    with pytest.raises(ValueError, match="no header of HTTP"):
        traffic().head(200, [header])


@pytest.mark.parametrize(("status", "end"), [(200, b"content-length: 3\r\n\r\n"), (204, b"\r\n")])
def test_only_answers_with_a_body_have_a_length(status: int, end: bytes) -> None:
    assert ended(b"", status, 3) == end


def test_times_are_sweeps_and_infinity_is_none() -> None:
    made = traffic(Limits(header_timeout_s=2.0, body_timeout_s=math.inf, keepalive_s=10.0))

    assert made.limits.sweep_s == 0.5
    assert (made.header_sweeps, made.body_sweeps, made.keepalive_sweeps) == (5, NEVER, 21)


def test_a_sweep_is_never_longer_than_a_second_or_too_short() -> None:
    assert Limits().sweep_s == 1.0
    assert Limits(keepalive_s=0.001).sweep_s == 0.02
