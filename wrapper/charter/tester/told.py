"""The report of a whole test, for people: a table, and each failure with its request. Text only."""

from __future__ import annotations

import io
import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from charter.client import json_wire
from charter.errors import ServingError
from charter.message import ARRAY_FORMS, Json
from charter.tester.outcome import Failure, Outcome, Sent, Tally
from charter.tester.report import latencies, pretty, print_plain
from charter.tester.trial import Course

_WIDTH = 100
_SHOWN_CHARACTERS = 600
"""A request that is longer as JSON is shown with the middle of its rows left out."""
_STYLES = {"failed": "red", "passed": "", "not enforced": "yellow", "skipped": "dim"}


@dataclass(frozen=True, slots=True)
class Repeat:
    """Say how a test is run again.

    Args:
        command: the words of the command line before the options of the course.
        is_python: whether it was run by `check_component`, which these words then call.
    """

    command: Sequence[str]
    is_python: bool = False

    def line(self, course: Course, check: str) -> str:
        """Return what runs one check of a course again."""
        if self.is_python:
            words = [*self.command, f"seed={course.seed}", f"requests={course.requests}"]
            return f"check_component({', '.join([*words, f'checks=[{check!r}]'])})"
        words = [*self.command, "--checks", check, "--seed", str(course.seed)]
        words += ["-n", str(course.requests), "-b", str(course.rows)]
        return shlex.join(words)


def told(outcome: Outcome, title: str, course: Course, repeat: Repeat) -> str:
    """Return the report as text, for an exception's message."""
    console = Console(file=io.StringIO(), width=_WIDTH)
    show(console, outcome, title, (course, repeat))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def show(console: Console, outcome: Outcome, title: str, origin: tuple[Course, Repeat]) -> None:
    """Print the table of checks, each failure with the smallest request that shows it, remarks.

    Args:
        console: where to.
        outcome: what came of the test.
        title: what was tested.
        origin: the course of the test, and how it is run again.
    """
    course, repeat = origin
    print_plain(console, title, "bold")
    table = Table("check", box=None, pad_edge=False)
    for heading in ("passed", "failed"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for name, tally in outcome.checks.items():
        state = state_of(tally)
        table.add_row(name, str(tally.passed), str(tally.failed), tally.note, style=_STYLES[state])
    console.print(table)
    for name, failure in outcome.failed.items():
        _show_failure(console, name, outcome.checks[name], failure)
        print_plain(console, f"  again: {repeat.line(course, name)}")
    for remark in outcome.remarks:
        print_plain(console, remark, "yellow")
    print_plain(console, f"requests {outcome.requests}{latencies(outcome.latencies_s)}")


def state_of(tally: Tally) -> str:
    """Return in a word what came of a check."""
    if tally.failed:
        return "failed"
    if tally.unenforced:
        return "not enforced"
    return "passed" if tally.passed else "skipped"


def document(sent: Sent) -> Json:
    """Return a request as JSON, whole; bytes that are none as text."""
    if sent.message is None:
        return sent.body.decode("utf-8", "backslashreplace")
    try:
        return json.loads(json_wire.encode(sent.message))
    except ServingError:  # what only protobuf carries, such as NaN
        return pretty(sent.message)


def _show_failure(console: Console, name: str, tally: Tally, failure: Failure) -> None:
    times = "once" if tally.failed == 1 else f"{tally.failed} times"
    print_plain(console, f"\n✗ {name} failed {times}: {failure.breach}", "red")
    sent = failure.sent
    print_plain(console, f"  {sent.wire} {sent.what}{_request(sent)}")


def _request(sent: Sent) -> str:
    """Return the body of a request on a line, or with its middle left out on several."""
    if sent.message is None:
        return f": {document(sent)}" if sent.body else ""
    text = json.dumps(document(sent), ensure_ascii=False)
    if len(text) <= _SHOWN_CHARACTERS or sent.message.form not in ARRAY_FORMS:
        return f": {text[:_SHOWN_CHARACTERS]}"
    return ":\n" + "\n".join(f"  {line}" for line in pretty(sent.message).splitlines())
