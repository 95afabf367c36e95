from __future__ import annotations

import pytest
from charter.settings import Settings
from charter.transport.servers import most_calls


@pytest.mark.parametrize(
    ("settings", "calls"),
    [
        (Settings(threads=1), 513),
        (Settings(threads=2, max_queue=0), 2),
        (Settings(threads=1, batch_max_rows=64), 512 + 64),
        (Settings(threads=2, max_queue=10, batch_max_rows=64), 10 + 2 * 11),
        (Settings(), 512 + 32),
    ],
)
def test_grpc_has_room_for_all_that_wait_and_all_that_are_answered_together(
    settings: Settings, calls: int
) -> None:
    assert most_calls(settings) == calls
