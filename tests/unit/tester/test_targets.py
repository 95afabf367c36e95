from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from charter.errors import ComponentError, StartError
from charter.message import Feedback, Form, Message
from charter.methods import PREDICT
from charter.tester.targets import (
    ComponentTarget,
    component_target,
)

MODEL = """
class Scale:
    def __init__(self, factor=2):
        self.factor = factor

    def load(self):
        self.is_loaded = True

    async def predict(self, X):
        assert self.is_loaded
        return X * self.factor
"""


class Raw:
    def predict_raw(self, message: Any) -> Any:
        return {"data": {"names": ["n"], "ndarray": [[len(message["data"]["ndarray"])]]}}


class Careless:
    def predict(self, X: Any) -> Any:
        raise ValueError("out of coffee")


def ask(target: ComponentTarget, rows: Any) -> Message:
    with contextlib.closing(target):
        return target.call(PREDICT, Message(Form.NDARRAY, np.array(rows), ["x"])).message


def test_a_model_is_loaded_and_asked_in_this_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Scale.py").write_text(MODEL, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    parameters = '[{"name": "factor", "value": "3", "type": "INT"}]'

    target = component_target(str(tmp_path / "Scale.py"), parameters)

    with contextlib.closing(target):
        answer = target.call(PREDICT, Message(Form.NDARRAY, np.array([[2.0]]), ["x"]))
    assert answer.message.value.tolist() == [[6.0]]
    assert answer.latency_s > 0


def test_a_model_that_is_not_there_cannot_be_tested(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="no file"):
        component_target(str(tmp_path / "None.py"))


def test_a_raw_reply_is_read_as_it_would_be_sent() -> None:
    reply = ask(ComponentTarget("Raw", Raw), [[1.0], [2.0]])

    assert (reply.form, reply.value.tolist(), reply.names) == (Form.NDARRAY, [[2]], ["n"])


def test_what_user_code_raises_is_the_components_error() -> None:
    with pytest.raises(ComponentError, match="ValueError: out of coffee"):
        ask(ComponentTarget("Careless", Careless), [[1.0]])


class Learns:
    def __init__(self) -> None:
        self.rewards: list[float] = []

    def send_feedback(self, features: Any, names: Any, reward: float, truth: Any) -> None:
        self.rewards.append(reward)


def test_a_component_is_given_feedback() -> None:
    user = Learns()

    with contextlib.closing(ComponentTarget("Learns", lambda: user)) as target:
        target.send_feedback(Feedback(reward=0.5))

    assert user.rewards == [0.5]


def test_latency_is_the_time_of_the_call() -> None:
    ticks = iter([1.0, 3.5])

    with contextlib.closing(ComponentTarget("Raw", Raw, clock=lambda: next(ticks))) as target:
        answer = target.call(PREDICT, Message(Form.NDARRAY, np.ones((1, 1)), ["x"]))

    assert answer.latency_s == 2.5
