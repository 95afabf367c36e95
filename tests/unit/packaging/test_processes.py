from __future__ import annotations

import pytest
from charter.errors import StartError
from charter.packaging import processes


def test_an_answer_has_what_was_said() -> None:
    answer = processes.ask(["sh", "-c", "echo out; echo one >&2; echo two >&2; exit 3"])

    assert (answer.status, answer.text, answer.reason) == (3, "out\n", "two")


def test_a_failure_without_words_has_its_status_as_reason() -> None:
    assert processes.ask(["sh", "-c", "exit 3"]).reason == "it ended with status 3"


def test_a_program_that_is_not_there_has_the_status_of_a_shell() -> None:
    answer = processes.ask(["no-such-program"])

    assert answer.status == 127
    assert "no-such-program" in answer.reason
    assert not processes.is_there("no-such-program")


def test_a_program_that_hangs_is_ended() -> None:
    assert "did not answer" in processes.ask(["tail", "-f", "/dev/null"], 0.05).reason


def test_the_status_of_what_writes_to_our_output_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    assert processes.tell(["sh", "-c", "echo $WORD; exit 4"], {"WORD": "said"}) == 4
    assert capfd.readouterr().out == "said\n"


def test_what_cannot_be_run_is_a_sentence() -> None:
    with pytest.raises(StartError, match="no-such-program: No such file"):
        processes.tell(["no-such-program"])
