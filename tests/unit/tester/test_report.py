from __future__ import annotations

import io
import json

import numpy as np
import pytest
from charter.contract.check import Breach
from charter.message import Form, Message
from charter.tester.report import figures, pretty, print_plain, reason, show_exchange, show_outcome
from charter.tester.run import Exchange, Outcome
from charter.tester.targets import Answer
from rich.console import Console

BREACH = Breach("range", "targets[0].range", "y must lie in [0, 1]", "7", rows=(1,), total=2)
REQUEST = Message(Form.NDARRAY, np.array([[1.5, 2.5], [3.5, 4.5]]), ["x1", "x2"])
REPLY = Message(Form.NDARRAY, np.array([[0.5], [7.0]]), ["y"], {"tags": {"a": 1}})
GOOD = Exchange(1, REQUEST, Answer(REPLY, 0.25), {"status": [], "range": []})
BAD = Exchange(2, REQUEST, Answer(REPLY, 0.75), {"status": [], "range": [BREACH]})
LOST = Exchange(3, REQUEST, None, {"status": [Breach("status", "reply", "must be", "[bold]x")]})


def outcome_of(*exchanges: Exchange) -> Outcome:
    outcome = Outcome()
    for exchange in exchanges:
        outcome.add(exchange)
    return outcome


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=60)


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_small_message_is_whole_json() -> None:
    text = pretty(Message(Form.NDARRAY, np.array([[1.0, "é"]], dtype=object), ["a", "b"]))

    assert json.loads(text) == {"data": {"names": ["a", "b"], "ndarray": [[1.0, "é"]]}}
    assert '[1.0, "é"]\n' in text


def test_meta_is_shown() -> None:
    assert json.loads(pretty(REPLY))["meta"] == {"tags": {"a": 1}}


def test_a_tensor_is_shown_with_its_shape() -> None:
    text = pretty(Message(Form.TENSOR, np.ones((1, 2, 2)), []))

    assert '"tensor", shape [1, 2, 2]: ' in text
    assert "[[1.0, 1.0], [1.0, 1.0]]" in text


def test_a_flat_array_is_shown_flat() -> None:
    assert '"ndarray": [1, 2]' in pretty(Message(Form.NDARRAY, np.array([1, 2]), []))
    assert '"ndarray": 5' in pretty(Message(Form.NDARRAY, np.array(5), []))


def test_the_first_two_rows_are_whole_and_the_middle_of_the_rest_is_left_out() -> None:
    text = pretty(Message(Form.NDARRAY, np.arange(20 * 30).reshape(20, 30), []))

    lines = [line for line in text.splitlines() if line.startswith("      ")]
    assert lines[0] == f"      {list(range(30))},"
    assert lines[1] == f"      {list(range(30, 60))},"
    assert lines[2] == "      [60, 61, 62, 63, 64, 65, … 18 more …, 84, 85, 86, 87, 88, 89],"
    assert lines[5] == "      … 14 more rows …,"
    assert lines[6].endswith("599]")
    assert len(lines) == 7


def test_many_names_are_cut_in_the_middle() -> None:
    names = [f"x{number}" for number in range(784)]

    assert '"x5", … 772 more …, "x778"' in pretty(Message(Form.NDARRAY, np.ones((1, 1)), names))


def test_other_payloads_are_shown_as_they_are() -> None:
    assert json.loads(pretty(Message(Form.JSON, {"a": [1]}))) == {"json": {"a": [1]}}
    assert json.loads(pretty(Message(Form.BINARY, b"x"))) == {"binary": "b'x'"}
    assert pretty(Message(Form.TEXT, "x" * 9999)).endswith("x …")


def test_an_exchange_shows_request_reply_and_breaches(console: Console) -> None:
    show_exchange(console, BAD, "predict")

    text = printed(console)
    assert "request 2: predict, 2 rows" in text
    assert "[1.5, 2.5]" in text
    assert "response 2: 750.0 ms" in text
    assert "[7.0]" in text
    assert "✗ range: targets[0].range: y must lie in [0, 1], got 7 in row 1 (1 of 2 rows)" in text


def test_an_exchange_without_a_reply_says_why(console: Console) -> None:
    show_exchange(console, LOST, "predict")

    assert "✗ status: reply: must be, got [bold]x\n" in printed(console)


def test_the_table_counts_each_check(console: Console) -> None:
    show_outcome(console, outcome_of(GOOD, BAD, LOST), "the title")

    cells = [line.split() for line in printed(console).splitlines()]
    assert ["the", "title"] in cells
    assert ["│", "status", "│", "2", "│", "1", "│"] in cells
    assert ["│", "range", "│", "1", "│", "1", "│"] in cells


def test_a_failure_shows_its_first_example_unbroken(console: Console) -> None:
    show_outcome(console, outcome_of(GOOD, BAD, BAD), "the title")

    lines = printed(console).splitlines()
    place = lines.index(f"✗ range failed in 2 requests: {BREACH}")
    assert lines[place + 1] == "  first in request 2, row 1 sent: [3.5, 4.5]"


def test_the_figures_are_in_milliseconds() -> None:
    assert figures(outcome_of(GOOD, BAD, LOST)) == (
        "requests 3, rows 6, errors 1; latency in ms: min 250.0, p50 500.0, max 750.0"
    )
    assert figures(outcome_of(LOST)) == "requests 1, rows 2, errors 1"


def test_the_reason_counts_checks_and_names_the_first() -> None:
    assert reason(outcome_of(BAD, LOST)) == "2 of 2 checks failed; reply: must be, got [bold]x"


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("utf-8", "✗ é \\u001b[31m \\ud800"), ("ascii", "\\u2717 \\u00e9 \\u001b[31m \\ud800")],
)
def test_what_a_server_says_is_printed_on_every_terminal_and_obeyed_by_none(
    encoding: str, expected: str
) -> None:
    written = io.BytesIO()
    file = io.TextIOWrapper(written, encoding)

    print_plain(Console(file=file, width=60), "✗ é \x1b[31m \ud800")
    file.flush()

    assert written.getvalue().decode(encoding) == f"{expected}\n"


def test_a_text_that_was_sent_is_shown_as_it_is(console: Console) -> None:
    request = Message(Form.TEXT, "fjord")
    lost = Exchange(1, request, None, {"status": [Breach("status", "reply", "must be", "no")]})

    show_exchange(console, lost, "predict")
    show_outcome(console, outcome_of(lost), "it")

    assert "request 1: predict, 1 row ─" in printed(console)
    assert "  first in request 1, sent: 'fjord'" in printed(console)
    assert "requests 1, rows 1, errors 1" in printed(console)


def test_the_reason_commands_no_terminal() -> None:
    lost = Exchange(1, REQUEST, None, {"status": [Breach("status", "reply", "must be", "\x1b[2J")]})

    assert reason(outcome_of(lost)) == "1 of 1 checks failed; reply: must be, got \\u001b[2J"
