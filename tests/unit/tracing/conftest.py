from __future__ import annotations

from collections.abc import Iterator

import pytest
from spans import Recorded


@pytest.fixture(scope="session")
def recording() -> Recorded:
    return Recorded()


@pytest.fixture
def spans(recording: Recorded) -> Iterator[Recorded]:
    """Return the spans that the test's requests leave."""
    recording.clear()
    yield recording
    recording.clear()
