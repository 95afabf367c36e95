"""Until when a caller waits."""

from __future__ import annotations

import pytest
from charter.deadline import CALLERS, earlier, within


@pytest.mark.parametrize("seconds", [None, float("inf"), 9.2e18])
def test_a_caller_that_set_no_deadline_has_none(seconds: float | None) -> None:
    assert earlier(seconds, None) is None


def test_the_earlier_deadline_counts() -> None:
    own = within(10, "--timeout")

    assert earlier(20, own) is own
    assert earlier(9.2e18, own) is own
    found = earlier(5, own)
    assert found is not None
    assert (found.source, found.limit_s) == (CALLERS, 5)
