"""Pairs of models, one right and one that breaks a promise of their contract: the tester tells."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
from charter.testing import ContractBroken, check_component

PAIRS = sorted(path.stem for path in (Path(__file__).parent / "promises").glob("*.py"))
SEEDS = range(10)
FEWEST = 25
# The checks that find what a model does; the others find what a server does.
OF_MODELS = {
    *("status", "body", "payload", "rows", "shape", "names", "type", "finite", "range", "category"),
    *("meta", "latency", "determinism", "batch", "forms", "edges", "samples", "malformed"),
    *("feedback", "health", "metadata"),
}


def check(name: str, kind: str, seed: int) -> None:
    pair = load(name)
    check_component(getattr(pair, kind), pair.CONTRACT, seed=seed, **getattr(pair, "OPTIONS", {}))


def load(name: str) -> Any:
    return importlib.import_module(f"zoo.promises.{name}")


@pytest.mark.parametrize("name", PAIRS)
def test_a_broken_promise_is_caught_by_the_check_that_should(name: str) -> None:
    pair = load(name)

    with pytest.raises(ContractBroken) as caught:
        check(name, "Wrong", seed=0)

    failed = set(caught.value.failed)
    assert pair.CAUGHT_BY in failed
    assert failed <= {pair.CAUGHT_BY, *getattr(pair, "ALSO", ())}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", PAIRS)
def test_the_right_model_of_a_pair_raises_no_alarm(name: str, seed: int) -> None:
    check(name, "Right", seed=seed)


def test_there_is_a_pair_for_each_check_of_what_models_do() -> None:
    caught_by = {load(name).CAUGHT_BY for name in PAIRS}

    assert len(PAIRS) >= FEWEST
    assert caught_by >= OF_MODELS


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_says_what_goes_wrong(name: str) -> None:
    pair = load(name)

    assert "the wrong one" in pair.__doc__
    assert pair.CAUGHT_BY not in getattr(pair, "ALSO", ())
