"""A minute of what `make soak` does for fifteen."""

from __future__ import annotations

from pathlib import Path

import pytest
from serving import HAS_PROC
from soak.plan import short
from soak.report import told
from soak.run import soak

pytestmark = pytest.mark.skipif(not HAS_PROC, reason="needs Linux's /proc")


def test_a_minute_of_kills_and_a_reload_loses_mixes_and_leaks_nothing(tmp_path: Path) -> None:
    plan = short()

    seen = soak(plan, tmp_path / "log")

    assert not seen.faults, told(seen)
    assert len(seen.accounts.kills) == len(plan.kills)
    assert len(seen.reloads) == len(plan.reloads)
