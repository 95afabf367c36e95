"""The promises of a model: each wrong one is caught by its check, with the smallest request."""

from __future__ import annotations

from typing import Any

import pytest
from charter.message import Form
from charter.tester.promises import fewest
from charter.tester.run import Endpoint
from charter.tester.vocabulary import CHECKS
from trials import CONTRACT, Mean, first, outcome_of, rows_sent


@pytest.mark.parametrize("mode", ["warn", "strict"])
@pytest.mark.parametrize("seed", range(3))
def test_a_right_model_passes_all_that_can_be_checked(mode: str, seed: int) -> None:
    outcome = outcome_of(Mean, mode=mode, seed=seed)

    silent = [name for name, tally in outcome.checks.items() if not tally.made]
    open_ = ["missing_column", "extra_column", "out_of_range", "wrong_type", "nan", "zero_rows"]
    skipped = {"samples", "category", "latency", "unknown_category", "too_many_rows"}
    assert outcome.failed == {}
    assert set(silent) == skipped | (set(open_) if mode == "warn" else set())
    assert list(outcome.checks) == list(CHECKS)


class Overflows(Mean):
    def predict(self, X: Any) -> Any:
        return super().predict(X) + (X[:, 1:] > 0.6)


def test_a_failure_is_shown_by_the_smallest_request() -> None:
    outcome = outcome_of(Overflows, "range")

    assert [rows_sent(outcome, "range")] == [[[0.0, 1.0]]]
    assert first(outcome, "range") == (
        "targets[0].range: y must lie in [0, 1], got 1.5 in row 0 (1 of 1 rows)"
    )


class FailsAtTheTop(Mean):
    def predict(self, X: Any) -> Any:
        if (X == 1).all(axis=1).any():
            raise ZeroDivisionError("out of coffee")
        return super().predict(X)


def test_what_fails_at_an_edge_is_shown_by_one_row() -> None:
    outcome = outcome_of(FailsAtTheTop, "edges")

    assert "every number at its greatest must be answered" in first(outcome, "edges")
    assert "ZeroDivisionError: out of coffee" in first(outcome, "edges")
    assert rows_sent(outcome, "edges") == [[1.0, 1.0]]


class FailsInLargeBatches(Mean):
    def predict(self, X: Any) -> Any:
        if len(X) > 20:
            raise MemoryError
        return super().predict(X)


def test_the_largest_batch_is_an_edge() -> None:
    outcome = outcome_of(FailsInLargeBatches)

    assert list(outcome.failed) == ["edges"]
    assert len(rows_sent(outcome, "edges")) == 21


@pytest.mark.parametrize("needed", [{0}, {31}, {3, 17}, {0, 1, 30, 31}, set(range(32))])
def test_the_fewest_rows_are_those_that_are_needed(needed: set[int]) -> None:
    asked: list[list[int]] = []

    def fails(kept: list[int]) -> bool:
        asked.append(kept)
        return needed <= set(kept)

    assert set(fewest(32, fails, 100)) == needed
    assert all(asked)


def test_the_fewest_rows_are_not_looked_for_without_end() -> None:
    asked: list[int] = []

    def fails(kept: list[int]) -> bool:
        asked.append(len(kept))
        return False

    assert len(fewest(10_000, fails, 50)) == 10_000
    assert len(asked) == 50


def test_a_reply_check_that_fails_at_an_edge_fails_alone_as_well() -> None:
    class Tips(Mean):
        def predict(self, X: Any) -> Any:
            return super().predict(X) + (X == 1).all(axis=1, keepdims=True)

    outcome = outcome_of(Tips, "range", requests=1)

    assert rows_sent(outcome, "range") == [[1.0, 1.0]]


def test_the_meta_that_was_sent_comes_back() -> None:
    class Forgets(Mean):
        def predict_raw(self, message: Any) -> Any:
            return {"data": {"names": ["y"], "ndarray": [[0.5]]}}

    outcome = outcome_of(Forgets, "meta")

    assert first(outcome, "meta").startswith("meta.puid: must be the puid that was sent")


def test_the_tags_of_a_component_join_those_of_the_request() -> None:
    class Tags(Mean):
        def tags(self) -> Any:
            return {"model": 7}

    assert outcome_of(Tags, "meta").checks["meta"].passed == 2


@pytest.mark.parametrize(("limit_ms", "failed"), [(1e6, []), (1e-6, ["latency"])])
def test_half_of_the_single_rows_come_in_time(limit_ms: float, failed: list[str]) -> None:
    limited = {**CONTRACT, "limits": {"latency_ms": limit_ms}}

    outcome = outcome_of(Mean, "latency", contract=limited)

    assert list(outcome.failed) == failed
    assert outcome.requests == 20


@pytest.mark.parametrize(
    ("sample", "failed"),
    [
        ({"input": [0.25, 0.75], "output": [0.5]}, []),
        ({"input": [0.25, 0.75]}, []),
        ({"input": [0.25, 0.75], "output": [0.51]}, ["samples"]),
    ],
)
def test_samples_are_answered_as_they_say(sample: Any, failed: list[str]) -> None:
    outcome = outcome_of(Mean, "samples", contract={**CONTRACT, "samples": [sample]})

    assert list(outcome.failed) == failed
    assert outcome.checks["samples"].made == 1


def test_a_sample_of_bytes_is_sent_as_what_its_base64_stands_for() -> None:
    class Counts:
        def predict(self, X: Any) -> Any:
            return [[len(X)]]

    file = {"name": "f", "dtype": "BYTES", "maxLength": 4}
    count = {"name": "n", "dtype": "INT", "range": [0, 4]}
    contract = {"payload": "binData", "features": [file], "targets": [count]}

    outcome = outcome_of(Counts, contract={**contract, "samples": [{"input": "YWI=", "output": 2}]})

    assert "samples" not in outcome.failed


def test_a_sample_of_text_is_its_payload() -> None:
    class Shouts:
        def predict(self, X: Any) -> Any:
            return X.upper()

    text = {"name": "t", "dtype": "STRING"}
    contract = {"payload": "strData", "features": [text], "targets": [text]}
    samples = [{"input": "so", "output": "SO"}, {"input": "so", "output": "so"}]

    outcome = outcome_of(Shouts, contract={**contract, "samples": samples})

    assert list(outcome.failed) == ["samples"]
    assert first(outcome, "samples") == (
        "samples[1].output: must be answered, got 'SO' in place of 'so'"
    )
    assert outcome.checks["batch"].note == "skipped: text data have no rows"


class Complains(Mean):
    def send_feedback(self, features: Any, names: Any, reward: Any, truth: Any) -> Any:
        raise RuntimeError("unfair")

    def health_status(self) -> Any:
        raise RuntimeError("unwell")


def test_health_and_feedback_are_answered() -> None:
    outcome = outcome_of(Complains)

    assert list(outcome.failed) == ["health", "feedback"]
    assert "unwell" in first(outcome, "health")
    assert "unfair" in first(outcome, "feedback")


class Raises:
    def predict(self, X: Any) -> Any:
        raise RuntimeError("out of coffee")


@pytest.mark.parametrize("check", ["range", "meta", "determinism", "batch", "forms"])
def test_a_check_fails_where_no_reply_comes_and_nothing_else_says_so(check: str) -> None:
    outcome = outcome_of(Raises, check)

    assert "must come to be checked" in first(outcome, check)
    assert "out of coffee" in first(outcome, check)


def test_no_reply_is_said_once_where_a_check_is_for_it() -> None:
    outcome = outcome_of(Raises)

    assert list(outcome.failed) == ["edges", "status"]
    assert outcome.checks["batch"].note == "skipped: no reply came"


def test_a_transformer_is_held_to_its_rows_and_to_itself() -> None:
    class Transforms:
        def transform_input(self, X: Any) -> Any:
            return X[:1]

    outcome = outcome_of(Transforms, endpoint=Endpoint.TRANSFORM_INPUT)

    assert {"rows"} <= set(outcome.failed) <= {"rows", "batch"}
    assert not outcome.checks["range"].made


def test_a_transformer_that_is_strict_makes_no_promise_of_its_payload() -> None:
    class Transforms:
        def transform_input(self, X: Any) -> Any:
            return X

    contract = {**CONTRACT, "limits": {"rows": 9}}

    outcome = outcome_of(
        Transforms, contract=contract, mode="strict", endpoint=Endpoint.TRANSFORM_INPUT
    )

    assert not outcome.failed
    assert outcome.checks["payload"].note == "skipped: a transformed request is held to rows"
    assert outcome.checks["too_many_rows"].made


def test_a_router_answers_once_whatever_rows_there_are() -> None:
    class Routes:
        def route(self, X: Any) -> int:
            return int(X[0, 0] > 0)

    contract = {**CONTRACT, "targets": [{"name": "branch", "dtype": "INT", "range": [0, 1]}]}

    outcome = outcome_of(Routes, contract=contract, mode="strict", endpoint=Endpoint.ROUTE)

    assert not outcome.failed
    assert outcome.checks["rows"].made
    assert outcome.checks["meta"].made
    assert outcome.checks["batch"].note == "skipped: a route is for all rows together"
    assert outcome.checks["extra_column"].note.startswith("not enforced")


def test_a_router_that_leads_nowhere_fails() -> None:
    class Routes:
        def route(self, X: Any) -> int:
            return 2

    contract = {**CONTRACT, "targets": [{"name": "branch", "dtype": "INT", "range": [0, 1]}]}

    outcome = outcome_of(Routes, contract=contract, endpoint=Endpoint.ROUTE)

    assert list(outcome.failed) == ["range"]


def test_requests_travel_in_the_form_that_is_asked_for() -> None:
    outcome = outcome_of(Overflows, "range", form=Form.TENSOR)

    message = outcome.failed["range"].sent.message
    assert message is not None
    assert message.form is Form.TENSOR
