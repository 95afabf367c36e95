"""What must be the same, however it is asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from trials import CONTRACT, Mean, first, outcome_of, rows_sent


class Remembers(Mean):
    def __init__(self) -> None:
        self.calls = 0

    def predict(self, X: Any) -> Any:
        self.calls += 1
        return super().predict(X) * (self.calls % 3) / 3


def test_the_same_request_has_the_same_answer() -> None:
    outcome = outcome_of(Remembers, "determinism")

    assert "the same request again must be answered the same" in first(outcome, "determinism")
    assert len(rows_sent(outcome, "determinism")) == 1


class Centres(Mean):
    def predict(self, X: Any) -> Any:
        return np.abs(super().predict(X) - X.astype(float).mean())


def test_rows_do_not_depend_on_each_other() -> None:
    outcome = outcome_of(Centres)

    assert list(outcome.failed) == ["batch"]
    assert len(rows_sent(outcome, "batch")) == 2


def test_objects_are_rows_as_well() -> None:
    class Shares:
        def predict_raw(self, message: Any) -> Any:
            if not isinstance(message, dict):
                raise NotImplementedError
            rows = message["jsonData"]
            total = sum(row["x1"] for row in rows) or 1
            return {"jsonData": [{"y": row["x1"] / total} for row in rows]}

    outcome = outcome_of(Shares, "batch", contract={**CONTRACT, "payload": "jsonData"})

    assert list(outcome.failed) == ["batch"]


def test_a_batch_has_two_rows_whatever_is_said_of_random_requests() -> None:
    assert list(outcome_of(Centres, "batch", rows=1).failed) == ["batch"]


def test_a_model_of_one_row_has_no_batches() -> None:
    limited = {**CONTRACT, "limits": {"rows": 1}}

    outcome = outcome_of(Centres, "batch", contract=limited)

    assert outcome.checks["batch"].note == "skipped: limits.rows is 1"


class RefusesSingleRows(Mean):
    def predict(self, X: Any) -> Any:
        if len(X) == 1:
            raise ValueError("at least two")
        return super().predict(X)


def test_rows_are_answered_apart_as_they_are_together() -> None:
    outcome = outcome_of(RefusesSingleRows, "batch")

    assert "at least two" in first(outcome, "batch")


class KnowsItsWire(Mean):
    """Answer wrongly over gRPC alone."""

    def predict_grpc(self, message: Any) -> Any:
        from charter._proto.messages import SeldonMessage

        reply = SeldonMessage()
        rows = (
            message.data.tensor.shape[0]
            if message.data.HasField("tensor")
            else len(message.data.ndarray.values)
        )
        reply.data.tensor.shape.extend([rows, 1])
        reply.data.tensor.values.extend([0.25] * rows)
        reply.data.names.append("y")
        reply.meta.CopyFrom(message.meta)
        return reply


def test_each_wire_has_the_same_answer() -> None:
    outcome = outcome_of(KnowsItsWire, "forms", "determinism", "status")

    assert list(outcome.failed) == ["forms"]
    assert outcome.failed["forms"].sent.wire == "gRPC"
    assert rows_sent(outcome, "forms") == [[0.0, 0.0]]


class Tires(Mean):
    """Answer so often, and then no more."""

    def __init__(self) -> None:
        self.left = 6

    def predict(self, X: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            raise RuntimeError("out of coffee")
        return super().predict(X)


@pytest.mark.parametrize("check", ["batch", "determinism"])
def test_answers_that_cannot_be_compared_do_not_pass(check: str) -> None:
    outcome = outcome_of(Tires, check)

    assert outcome.checks[check].passed
    assert "RuntimeError: out of coffee" in first(outcome, check)
