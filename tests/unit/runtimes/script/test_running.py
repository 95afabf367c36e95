from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from charter.runtimes.script import running
from charter.runtimes.script.lines import Lines, Rate
from charter.runtimes.script.running import End, Limits, Outcome, Program, run

# Other workers of pytest must not end our processes.
TAG = f"test-{os.getpid()}.1"
LIMITS = Limits(timeout_s=20, memory=0, processes=0, output=1000)


def outcome(folder: Path, text: str, limits: Limits = LIMITS, said: Any = None) -> Outcome:
    say = (lambda line: None) if said is None else said.append
    program = Program(["/bin/sh", "-c", text], folder, {"A": "b"}, TAG)
    return run(program, limits, Lines(say, Rate(100, 1)))


def test_a_call_has_its_output_and_status(tmp_path: Path) -> None:
    assert outcome(tmp_path, "echo out; exit 3") == Outcome(End.EXITED, 3, b"out\n", 0)


def test_it_has_only_the_variables_it_is_given_and_its_tag(tmp_path: Path) -> None:
    found = outcome(tmp_path, 'echo "$A $CHARTER_CALL ${HOME-none}"')

    assert found.output == f"b {TAG} none\n".encode()


def test_output_up_to_the_limit_is_no_breach(tmp_path: Path) -> None:
    full = outcome(tmp_path, "head -c 1000 /dev/zero")
    more = outcome(tmp_path, "head -c 1001 /dev/zero")

    assert (full.end, len(full.output)) == (End.EXITED, 1000)
    assert more.end is End.OUTPUT


def test_large_output_and_stderr_are_read_side_by_side(tmp_path: Path) -> None:
    said: list[str] = []
    limits = replace(LIMITS, output=2**21)

    found = outcome(
        tmp_path, "head -c 2000000 /dev/zero >&2; head -c 2000000 /dev/zero", limits, said
    )

    assert (found.end, len(found.output)) == (End.EXITED, 2_000_000)
    assert len(said) == 1


def test_no_limit_is_no_limit(tmp_path: Path) -> None:
    limits = replace(LIMITS, processes=2)
    start = "for i in 1 2 3 4; do sleep 0.2 & done; wait; echo ok"

    assert outcome(tmp_path, start).end is End.EXITED
    assert outcome(tmp_path, start, limits).end is End.PROCESSES


def test_where_no_descriptor_tells_of_the_end_it_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_descriptor_of", lambda pid: None)

    assert outcome(tmp_path, "echo out").output == b"out\n"
    assert outcome(tmp_path, "exec >&- 2>&-; sleep 0.1").end is End.EXITED
    assert outcome(tmp_path, "sleep 1000", replace(LIMITS, timeout_s=0.1)).end is End.TIMEOUT


def test_an_interruption_leaves_no_process(tmp_path: Path) -> None:
    class Interrupted(Exception):
        pass

    class Interrupting(Lines):
        def feed(self, data: bytes) -> None:
            raise Interrupted

    program = Program(["/bin/sh", "-c", "echo >&2; sleep 1000"], tmp_path, {}, TAG)

    with pytest.raises(Interrupted):
        run(program, LIMITS, Interrupting(lambda line: None, Rate(1, 1)))


def test_what_cannot_be_started_raises(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run(Program(["/no/such"], tmp_path, {}, TAG), LIMITS, Lines(print, Rate(1, 1)))
