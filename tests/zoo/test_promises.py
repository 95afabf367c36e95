"""Pairs of models, one right and one that breaks a promise of their contract: the tester tells.

Each file of `promises/` is a pair: `CONTRACT`, the classes `Right` and `Wrong`, the check that the
wrong one is `CAUGHT_BY`, those that may fail `ALSO` since they meet the same mistake, and the
`MODE` in which the contract is enforced.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
from pathlib import Path
from typing import Any

import pytest
from charter.tester.vocabulary import CHECKS
from charter.testing import ContractBroken, check_component
from zoo import unusual_models

PAIRS = sorted(path.stem for path in (Path(__file__).parent / "promises").glob("*.py"))
UNUSUAL = [each for each in vars(unusual_models).values() if hasattr(each, "CONTRACT")]
SEEDS = range(10)
FEWEST = 25
REQUESTS = 8
"""Of each seed: many seeds with few requests meet more than few seeds with many."""
OF_SERVERS = {"ready", "openapi"}
"""The checks of what no model has a say in."""


def load(name: str) -> Any:
    return importlib.import_module(f"zoo.promises.{name}")


def mode_of(pair: Any) -> str:
    return getattr(pair, "MODE", "warn")


@pytest.mark.parametrize("name", PAIRS)
def test_a_broken_promise_is_caught_by_the_check_that_should(name: str) -> None:
    pair = load(name)

    with pytest.raises(ContractBroken) as caught:
        check_component(pair.Wrong, pair.CONTRACT, contract_mode=mode_of(pair))

    failed = set(caught.value.failed)
    assert pair.CAUGHT_BY in failed
    assert failed <= {pair.CAUGHT_BY, *getattr(pair, "ALSO", ())}


@pytest.mark.parametrize("name", PAIRS)
def test_a_broken_promise_is_caught_by_that_check_alone(name: str) -> None:
    pair = load(name)

    with pytest.raises(ContractBroken) as caught:
        check_component(
            pair.Wrong, pair.CONTRACT, checks=[pair.CAUGHT_BY], contract_mode=mode_of(pair)
        )

    assert caught.value.failed == (pair.CAUGHT_BY,)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", PAIRS)
def test_the_right_model_of_a_pair_raises_no_alarm(name: str, seed: int) -> None:
    pair = load(name)

    check_component(
        pair.Right, pair.CONTRACT, seed=seed, requests=REQUESTS, contract_mode=mode_of(pair)
    )


@pytest.mark.parametrize("mode", ["warn", "strict"])
@pytest.mark.parametrize("model", UNUSUAL)
def test_an_unusual_model_raises_no_alarm(model: Any, mode: str) -> None:
    check_component(model, model.CONTRACT, requests=REQUESTS, contract_mode=mode)


def test_there_is_a_pair_for_each_check_that_a_model_can_fail() -> None:
    caught_by = {load(name).CAUGHT_BY for name in PAIRS}

    assert len(PAIRS) >= FEWEST
    assert caught_by == CHECKS.keys() - OF_SERVERS


@pytest.mark.parametrize("name", PAIRS)
def test_the_models_of_a_pair_differ_in_one_place(name: str) -> None:
    pair = load(name)
    right, wrong = (inspect.getsource(model).splitlines()[1:] for model in (pair.Right, pair.Wrong))

    steps = difflib.SequenceMatcher(None, right, wrong, autojunk=False).get_opcodes()

    assert len([step for step, *_ in steps if step != "equal"]) == 1
    assert "the wrong one" in pair.__doc__
