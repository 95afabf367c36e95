"""The laws of `fuzzing/targets.py`, tried on inputs that are changed at random.

`make test` gives each codec two seconds, so that a failing law shows soon, and CI thirty, both with
the same seed each time; `make fuzz` ten minutes with another one, printed with what is found.
"""

from __future__ import annotations

import os

import pytest
from fuzzing.campaign import fuzz
from fuzzing.targets import TARGETS

SECONDS = float(os.environ.get("FUZZ_SECONDS", "2"))
SEED = int(os.environ.get("FUZZ_SEED", "0"))


@pytest.mark.fuzz
@pytest.mark.parametrize("name", TARGETS)
def test_inputs_of_any_kind_keep_the_laws_of_a_codec(name: str) -> None:
    found = fuzz(name, SECONDS, SEED)

    told = [f"{each.why}\n    {each.body[:500]!r}" for each in found.findings.values()]
    assert not told, f"FUZZ_SEED={SEED}, {found.runs} inputs:\n" + "\n".join(told)
    assert len(found.ways) > 1
