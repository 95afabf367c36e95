from __future__ import annotations

from itertools import islice, pairwise

from charter.transport.crew import delays


def test_each_next_attempt_waits_twice_as_long_up_to_half_a_minute() -> None:
    waits = list(islice(delays(), 20))

    assert waits[0] == 0.1
    assert all(later == min(2 * earlier, 30.0) for earlier, later in pairwise(waits))
    assert waits[-1] == 30.0
