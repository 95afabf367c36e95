from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from charter import logs
from charter.component.adapter import UserComponent
from charter.errors import ServingError
from charter.message import Form, Message
from charter.methods import PREDICT


class Raises:
    def predict(self, X: object) -> object:
        return self.divide()

    def divide(self) -> float:
        return 1 / 0


class RaisesFrom:
    def predict(self, X: object) -> object:
        try:
            return dict[str, int]()["absent"]
        except KeyError as error:
            raise ValueError("no such column") from error


def traceback_of(user: object) -> str:
    call = UserComponent(user).call(PREDICT)
    with ThreadPoolExecutor(1) as pool:
        error = pool.submit(call.run, Message(Form.TEXT, "")).exception()
    assert error is not None
    assert error.__cause__ is not None
    return logs.user_traceback(error.__cause__)


def test_a_traceback_starts_at_the_first_line_of_the_users() -> None:
    lines = traceback_of(Raises()).splitlines()

    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].startswith(f'  File "{__file__}"')
    assert lines[1].endswith(", in predict")
    assert lines[-1] == "ZeroDivisionError: division by zero"


def test_a_traceback_shows_nothing_of_charter_or_of_the_thread() -> None:
    text = traceback_of(Raises())

    assert "charter/component" not in text
    assert "concurrent/futures" not in text


def test_a_traceback_keeps_what_the_error_was_raised_from() -> None:
    text = traceback_of(RaisesFrom())

    assert "KeyError: 'absent'" in text
    assert "The above exception was the direct cause" in text
    assert text.endswith("ValueError: no such column")


def test_an_error_without_frames_of_the_users_is_only_itself() -> None:
    assert logs.user_traceback(ServingError("no frames")).endswith("ServingError: no frames")


@pytest.mark.parametrize(("level", "count"), [("DEBUG", 4), ("INFO", 3), ("ERROR", 1)])
def test_lines_from_the_level_up_go_to_standard_error(level: str, count: int) -> None:
    # In a process of its own, because pytest has handlers where ours would go.
    program = (
        "import logging\n"
        "from charter import logs\n"
        f"logs.configure({level!r})\n"
        "for number in (10, 20, 30, 40):\n"
        "    logging.getLogger('charter.test').log(number, 'a line')\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == ""
    assert done.stderr.count("charter.test: a line") == count
