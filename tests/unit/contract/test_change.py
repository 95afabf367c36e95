from __future__ import annotations

from charter.contract.change import Change, Verdict, broken


def test_a_change_names_whom_it_breaks() -> None:
    assert str(broken("limits.rows", "was 2, is 1", "callers that send 2")) == (
        "limits.rows: was 2, is 1: breaking for callers that send 2"
    )
    assert str(Change("limits.rows", "was 1, is 2", Verdict.WIDENED)) == "limits.rows: was 1, is 2"


def test_the_worst_verdict_is_the_greatest() -> None:
    assert max(Verdict) is Verdict.BREAKING
    assert min(Verdict) is Verdict.COMPATIBLE
