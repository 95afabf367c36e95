"""Show exchanges and the outcome of a test to a person, on a rich console."""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from charter.contract.check import Breach
from charter.errors import shown
from charter.message import ARRAY_FORMS, Form, Message
from charter.tester.run import Exchange, Outcome, Tally

_FULL_ROWS = 2
"""So many rows are shown with all their values."""
_SHOWN_ROWS = 6
_SHOWN_VALUES = 12
_SHOWN_CHARACTERS = 2000
_NO_ASCII = re.compile("[^\t\n\x20-\x7e]")
_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Controls, which may be those of a terminal, and halves of characters."""


def show_exchange(console: Console, exchange: Exchange, title: str) -> None:
    """Print a request and its reply, long arrays with their middle left out.

    Args:
        console: where to.
        exchange: what was sent and came back.
        title: what was asked, such as `predict`.
    """
    rows = "1 row" if exchange.rows == 1 else f"{exchange.rows} rows"
    console.rule(f"request {exchange.number}: {title}, {rows}", align="left")
    print_plain(console, pretty(exchange.request))
    if exchange.answer is not None:
        took = f"{exchange.answer.latency_s * 1000:.1f} ms"
        console.rule(f"response {exchange.number}: {took}", align="left", characters="┄")
        print_plain(console, pretty(exchange.answer.message))
    for breach in exchange.breaches:
        print_plain(console, f"✗ {breach.check}: {breach}", style="red")


def show_message(console: Console, title: str, message: Message | None) -> None:
    """Print a message under a title, long arrays with their middle left out."""
    console.rule(title, align="left")
    if message is not None:
        print_plain(console, pretty(message))


def show_outcome(console: Console, outcome: Outcome, title: str) -> None:
    """Print the table of checks, the first failure of each, and the figures.

    Args:
        console: where to.
        outcome: the sum of all exchanges, at least one.
        title: what was tested.
    """
    print_plain(console, title, style="bold")
    table = Table("check")
    table.add_column("passed", justify="right")
    table.add_column("failed", justify="right")
    for name, tally in outcome.checks.items():
        table.add_row(name, str(tally.passed), str(tally.failed), style=_style(tally))
    console.print(table)
    for name, tally in outcome.failed.items():
        _show_failure(console, name, tally)
    print_plain(console, figures(outcome))


def figures(outcome: Outcome) -> str:
    """Return the counts and latencies of a test in one line."""
    line = f"requests {outcome.requests}, rows {outcome.rows}, errors {outcome.errors}"
    return line + latencies(outcome.latencies_s)


def latencies(seconds: Sequence[float]) -> str:
    """Return the least, the middle and the greatest of some times as the end of a line."""
    if not seconds:
        return ""
    ends = (min(seconds), statistics.median(seconds), max(seconds))
    least, middle, most = (f"{each * 1000:.1f}" for each in ends)
    return f"; latency in ms: min {least}, p50 {middle}, max {most}"


def reason(outcome: Outcome) -> str:
    """Return in one sentence why a test failed."""
    first = next(iter(outcome.failed.values())).first
    count = len(outcome.failed)
    return plain(f"{count} of {len(outcome.checks)} checks failed; {first}")


def pretty(message: Message) -> str:
    """Return a message as indented JSON, a row a line, long arrays with their middle left out."""
    if message.form not in ARRAY_FORMS:
        text = json.dumps({message.form.value: message.value}, indent=2, default=shown)
        return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]} …"
    names = [json.dumps(name) for name in message.names or ()]
    entries = [f'"names": [{", ".join(_elided(names))}]', *_array_lines(message)]
    data = ",\n".join(f"    {entry}" for entry in entries)
    meta = f',\n  "meta": {json.dumps(message.meta, default=shown)}' if message.meta else ""
    return f'{{\n  "data": {{\n{data}\n  }}{meta}\n}}'


def _array_lines(message: Message) -> list[str]:
    rows = _rows(message.value)
    if message.form is Form.NDARRAY:
        return [f'"ndarray": {rows}']
    shape = json.dumps(list(message.value.shape))
    return [f'"{message.form.value}", shape {shape}: {rows}']


def _rows(array: Any) -> str:
    values = np.asarray(array).tolist()
    if not isinstance(values, list) or not any(isinstance(row, list) for row in values):
        return _row(values, is_full=True)
    lines = [_row(row, is_full=index < _FULL_ROWS) for index, row in enumerate(values)]
    if len(lines) > _SHOWN_ROWS:
        left_out = len(lines) - _SHOWN_ROWS + 1
        lines = [*lines[: _SHOWN_ROWS - 1], f"… {left_out - 1} more rows …", lines[-1]]
    return "[\n" + ",\n".join(f"      {line}" for line in lines) + "\n    ]"


def _row(row: Any, *, is_full: bool) -> str:
    if not isinstance(row, list):
        return json.dumps(row, ensure_ascii=False, default=shown)
    values = [_row(value, is_full=is_full) for value in row]
    return f"[{', '.join(values if is_full else _elided(values))}]"


def _elided(values: list[str]) -> list[str]:
    if len(values) <= _SHOWN_VALUES:
        return values
    half = _SHOWN_VALUES // 2
    return [*values[:half], f"… {len(values) - 2 * half} more …", *values[-half:]]


def _show_failure(console: Console, name: str, tally: Tally) -> None:
    assert tally.first is not None
    assert tally.exchange is not None
    times = "once" if tally.failed == 1 else f"in {tally.failed} requests"
    print_plain(console, f"✗ {name} failed {times}: {tally.first}", style="red")
    print_plain(console, f"  first in request {tally.exchange.number}{_example(tally)}")


def _example(tally: Tally) -> str:
    """Return the row that was sent for the first failure."""
    assert tally.exchange is not None
    if tally.exchange.request.form not in ARRAY_FORMS:
        return f", sent: {shown(tally.exchange.request.value)}"
    breach: Breach | None = tally.first
    row = breach.rows[0] if breach is not None and breach.rows else 0
    sent = np.asarray(tally.exchange.request.value)[row]
    return f", row {row} sent: {_row(sent.tolist(), is_full=False)}"


def _style(tally: Tally) -> str:
    return "red" if tally.failed else ""


def print_plain(console: Console, text: str, style: str | None = None) -> None:
    """Print text as it is: no markup, no colouring of numbers, no breaking of lines.

    What a terminal would obey, or its encoding has no bytes for, is escaped as in JSON.
    """
    is_ascii = not console.encoding.startswith("utf")
    text = plain(text, is_ascii=is_ascii)
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def plain(text: str, *, is_ascii: bool = False) -> str:
    """Return text with controls, or all that is not ASCII, escaped as in JSON."""
    unshown = _NO_ASCII if is_ascii else _UNSHOWN
    return unshown.sub(lambda found: json.dumps(found[0])[1:-1], text)
