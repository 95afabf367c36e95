from __future__ import annotations

from typing import Any

import pytest
from charter.contract.parse import parse
from charter.tester.recipe import Cook, Recipe
from charter.tester.refusals import WRONG
from trials import CONTRACT, UNIT, Mean, first, outcome_of

MIXED: Any = {
    "features": [
        {"name": "x", **UNIT},
        {"name": "n", "dtype": "INT", "range": [3, "inf"], "nullable": True},
        {"name": "k", "ftype": "categorical", "values": ["u", "v"]},
        {"name": "day", "dtype": "DATETIME"},
        {"name": "text", "dtype": "STRING"},
        {"name": "is", "dtype": "BOOL"},
        {"name": "one", "ftype": "categorical", "values": [1, 2]},
    ],
    "targets": [],
    "limits": {"rows": 2},
}


class SeldonMicroserviceException(Exception):
    status_code = 400


def wrong(check: str, document: Any = MIXED) -> list[tuple[str, Any]]:
    """Return the places and the values of the wrong requests of a check."""
    contract = parse(document)
    request = Cook(contract, None, 8).request(Recipe(1))
    return [
        (where, [*made.value.tolist()[:1], len(made.value)])
        for where, made in WRONG[check].requests(contract, request)
    ]


RIGHT = [0.0, 3.0, "u", "1970-01-01T00:00:00Z", "", False, 1]


def replaced(column: int, value: Any) -> Any:
    return [[*RIGHT[:column], value, *RIGHT[column + 1 :]], 1]


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ("missing_column", [("a missing column", [RIGHT[:-1], 1])]),
        ("extra_column", [("an extra column", [[*RIGHT, 1], 1])]),
        (
            "out_of_range",
            [
                ("features[0]", replaced(0, 2.0)),
                ("features[0]", replaced(0, -1.0)),
                ("features[1]", replaced(1, 0.0)),
            ],
        ),
        (
            "unknown_category",
            [
                ("features[2]", replaced(2, "charter-unknown")),
                ("features[6]", replaced(6, 3.0)),
            ],
        ),
        ("nan", [(f"features[{index}]", replaced(index, None)) for index in (0, 2, 3, 4, 5, 6)]),
        ("zero_rows", [("no rows", [0])]),
        ("too_many_rows", [("3 rows", [RIGHT, 3])]),
    ],
)
def test_each_check_sends_what_is_wrong_in_one_place(check: str, expected: Any) -> None:
    assert wrong(check) == expected


def test_a_value_of_another_type_is_wrong_in_every_feature() -> None:
    places = [where for where, _ in wrong("wrong_type")]

    # A number in place of a text is that text, once it stands in a row with other texts.
    assert places == [f"features[{index}]" for index in (0, 1, 2, 3, 5, 6)]


def test_wide_contracts_are_not_sent_wrongly_in_every_column() -> None:
    features = [{"name": f"x{number}", **UNIT} for number in range(100)]

    assert len(wrong("nan", {"features": features, "targets": []})) == 8


def test_a_strict_service_refuses_all_that_is_wrong() -> None:
    class Echo:
        def predict(self, X: Any) -> Any:
            return [[0.5]] * len(X)

    outcome = outcome_of(Echo, *WRONG, "malformed", contract=MIXED, mode="strict")

    assert outcome.failed == {}
    assert all(outcome.checks[name].passed for name in WRONG)


def test_what_a_service_does_not_enforce_is_no_failure() -> None:
    outcome = outcome_of(Mean, *WRONG)

    assert outcome.failed == {}
    assert outcome.checks["missing_column"].note == (
        "not enforced: status 200 for a missing column"
    )
    assert outcome.checks["wrong_type"].note == "not enforced: status 500 for features[0]"


class SaysStrict(Mean):
    def init_metadata(self) -> Any:
        return {"custom": {"contract_mode": "strict"}}


def test_what_says_that_it_is_strict_is_held_to_it() -> None:
    outcome = outcome_of(SaysStrict, *WRONG, mode="off")

    unmade = {"unknown_category", "too_many_rows"}
    assert outcome.failed.keys() == WRONG.keys() - unmade
    assert first(outcome, "out_of_range") == (
        "features[0]: must be refused with 4xx over REST, got status 200"
    )


class Complains(Mean):
    """Fail, or refuse, what lies beyond the range."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def predict(self, X: Any) -> Any:
        if (X > 1).any():
            raise self._error
        return super().predict(X)


class ComplainsStrictly(Complains, SaysStrict):
    """Say that nothing else is answered."""


def test_a_model_that_fails_outside_its_contract_has_not_promised_to_refuse() -> None:
    outcome = outcome_of(Complains(ValueError("too much")), "out_of_range")

    assert outcome.failed == {}
    assert outcome.checks["out_of_range"].note == (
        "not enforced: status 500 for features[0]; status 200 for features[0]"
    )


def test_what_says_that_it_is_strict_must_not_fail_in_place_of_a_refusal() -> None:
    outcome = outcome_of(ComplainsStrictly(ValueError("too much")), "out_of_range", mode="off")

    assert first(outcome, "out_of_range") == (
        "features[0]: must be refused with 4xx over REST, got status 500: ValueError: too much"
    )


def test_what_is_refused_where_it_need_not_be_passes() -> None:
    outcome = outcome_of(Complains(SeldonMicroserviceException("too much")), "out_of_range")

    assert outcome.failed == {}
    assert outcome.checks["out_of_range"].passed == 2


class Trusting:
    """Read the wire message without care."""

    def predict_raw(self, message: Any) -> Any:
        if isinstance(message, dict):
            rows = message["data"]["ndarray"]
            return {"data": {"names": ["y"], "ndarray": [[sum(row) / len(row)] for row in rows]}}
        raise RuntimeError("out of coffee")


def test_malformed_requests_are_refused_always() -> None:
    outcome = outcome_of(Trusting, "malformed", mode="off")

    failure = outcome.failed["malformed"]
    assert "must be refused with 4xx over REST" in str(failure.breach)
    assert failure.sent.message is None
    assert outcome.checks["malformed"].failed > 4


def test_data_without_columns_have_no_wrong_ones() -> None:
    class Shouts:
        def predict(self, X: Any) -> Any:
            return X.upper()

    contract = {"payload": "strData", "features": [{"name": "t", "dtype": "STRING"}], "targets": []}

    outcome = outcome_of(Shouts, contract=contract)

    assert outcome.failed == {}
    assert outcome.checks["nan"].note == "skipped: text data have no columns"


def test_a_single_column_cannot_be_missing() -> None:
    contract = {**CONTRACT, "features": [{"name": "x", **UNIT}]}

    outcome = outcome_of(Mean, "missing_column", contract=contract)

    assert outcome.checks["missing_column"].note == "skipped: there is one column only"
