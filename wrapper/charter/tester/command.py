"""`charter test`, once its words are read: tests, shows, writes the files, says why it failed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from charter.contract.model import Contract
from charter.contract_file import read_contract
from charter.errors import StartError
from charter.tester.draw import nothing_left_behind
from charter.tester.exports import Report, as_json, junit
from charter.tester.report import show_message
from charter.tester.subject import Subject
from charter.tester.told import Repeat, show
from charter.tester.trial import PAIRS, Answer, Course, Watch
from charter.tester.whole import examine

_OF_EACH_PAIR = 10
"""Of so many requests in about is one test of determinism, batches and forms."""


@dataclass(frozen=True, slots=True)
class Files:
    """Say where else the report goes; `None` means nowhere.

    Args:
        junit: for JUnit's XML.
        json: for JSON.
    """

    junit: Path | None = None
    json: Path | None = None


def run(
    file: Path,
    connect: Callable[[Contract], Subject],
    course: Course,
    repeat: Repeat,
    files: Files,
    *,
    shows_messages: bool = False,
) -> str | None:
    """Test a subject by the contract in a file, print what comes of it, and write the files.

    Args:
        file: a `contract.json`.
        connect: returns the subject, which is closed at the end; called once the contract is read.
        course: how to test.
        repeat: the command that does it again.
        files: where else the report goes.
        shows_messages: print each request and reply as well.

    Returns:
        The reason in one sentence when a check failed, else `None`.

    Raises:
        Unanswered: nothing answers to the first request.
        StartError: the contract cannot be read, its data cannot be sent, or a file not be written.
    """
    console = Console()
    contract = read_contract(file)
    for path in filter(None, (files.junit, files.json)):
        if not path.parent.is_dir():  # told now, not after a long test
            raise StartError(f"{path}: no such file or directory")
    with nothing_left_behind(), contextlib.closing(connect(contract)) as subject:
        with _watching(console, course, shows_messages=shows_messages) as watch:
            outcome = examine(contract, subject, course, watch)
        title = f"{file}: {course.endpoint.value} at {subject.main.address}, --seed {course.seed}"
    report = Report(outcome, title, course, repeat)
    show(console, outcome, title, (course, repeat))
    _write(files, report)
    return _reason(report)


def _reason(report: Report) -> str | None:
    checks, failed = report.outcome.checks, report.outcome.failed
    if not failed:
        return None
    return f"{len(failed)} of {len(checks)} checks failed: {', '.join(failed)}"


def _write(files: Files, report: Report) -> None:
    for path, write in ((files.junit, junit), (files.json, as_json)):
        if path is None:
            continue
        try:
            path.write_bytes(write(report))
        except OSError as error:
            raise StartError(f"{path}: {(error.strerror or str(error)).lower()}") from error


@contextlib.contextmanager
def _watching(console: Console, course: Course, *, shows_messages: bool) -> Iterator[Watch]:
    """Yield what shows progress on a terminal, or each message where that is asked for."""
    if shows_messages:
        yield lambda answer: _show(console, answer)
        return
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        about = course.requests + min(course.requests, PAIRS) * _OF_EACH_PAIR
        task = bar.add_task("testing", total=about)
        yield lambda _: bar.advance(task)


def _show(console: Console, answer: Answer) -> None:
    show_message(console, f"request: {answer.sent.wire} {answer.sent.what}", answer.sent.message)
    took = f"response: {answer.reply.latency_s * 1000:.1f} ms"
    if answer.message is None:
        took = f"{took}, {answer.reply.error or 'no Seldon message'}"
    show_message(console, took, answer.message)
