from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from charter.contract.parse import parse
from charter.errors import StartError
from charter.testing import ContractBroken, _undisturbed, check_component
from hypothesis import given, settings
from hypothesis import strategies as st
from trials import CONTRACT, Mean

PAGE = Path(__file__).parents[2] / "docs" / "testing.md"


class Doubles(Mean):
    def predict(self, X: Any) -> Any:
        return super().predict(X) * 2


def test_a_class_an_object_and_a_name_are_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "Thirds.py").write_text(
        "class Thirds:\n    def predict(self, X):\n        return X[:, :1] / 3\n", "utf-8"
    )

    for component in (Mean, Mean(), str(tmp_path / "Thirds.py")):
        check_component(component, CONTRACT)


def test_a_component_is_asked_what_it_is_for() -> None:
    class Halves:
        def transform_input(self, X: Any) -> Any:
            return X[:1]

    with pytest.raises(ContractBroken) as raised:
        check_component(Halves, CONTRACT, endpoint="transform-input", checks=["rows"])

    assert raised.value.failed == ("rows",)
    assert "check_component(Halves, contract, endpoint='transform-input', " in str(raised.value)


def test_another_endpoint_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(StartError, match=r"endpoint: expected one of predict, .*, got 'rout'"):
        check_component(Mean, CONTRACT, endpoint="rout")


def test_a_contract_is_an_object_its_file_or_already_read(tmp_path: Path) -> None:
    file = tmp_path / "contract.json"
    file.write_text(json.dumps(CONTRACT), "utf-8")

    for contract in (CONTRACT, file, str(file), parse(CONTRACT)):
        check_component(Mean, contract, checks=["rows"], requests=2)


def test_a_broken_contract_is_an_assertion_with_the_report() -> None:
    with pytest.raises(AssertionError) as raised:
        check_component(Doubles, CONTRACT, seed=3)

    assert isinstance(raised.value, ContractBroken)
    assert raised.value.failed == ("range",)
    report = str(raised.value)
    assert report.startswith("Doubles breaks its contract")
    assert "✗ range failed" in report
    assert '"ndarray": [[1.0, ' in report
    assert (
        "again: check_component(Doubles, contract, seed=3, requests=20, checks=['range'])" in report
    )


def test_the_contract_is_enforced_as_is_said() -> None:
    with pytest.raises(ContractBroken) as raised:
        check_component(Doubles, CONTRACT, contract_mode="strict", checks=["status", "nan"])

    assert raised.value.failed == ("status",)
    assert "check_component(Doubles, contract, contract_mode='strict', " in str(raised.value)


def test_a_test_may_run_on_an_event_loop() -> None:
    async def main() -> None:
        check_component(Mean, CONTRACT, checks=["rows"])

    asyncio.run(main())


@settings(max_examples=2, deadline=None)
@given(st.integers(0, 9))
def test_a_test_may_run_in_one_of_hypothesis(seed: int) -> None:
    check_component(Mean, CONTRACT, seed=seed, checks=["rows"])


def test_a_thread_is_started_only_where_the_own_one_is_taken() -> None:
    async def main() -> threading.Thread:
        return _undisturbed(threading.current_thread)

    assert _undisturbed(threading.current_thread) is threading.current_thread()
    assert asyncio.run(main()) is not threading.current_thread()


def test_wrong_words_are_refused() -> None:
    with pytest.raises(StartError, match="checks: expected some of"):
        check_component(Mean, CONTRACT, checks=["rnage"])
    with pytest.raises(StartError, match="features: "):
        check_component(Mean, {"features": []})


def test_the_example_of_the_page_runs() -> None:
    example = PAGE.read_text("utf-8").partition("```python\n")[2].partition("```")[0]
    page: dict[str, Any] = {}

    exec(compile(example, str(PAGE), "exec"), page)

    for seed in range(3):
        page["test_churn_keeps_its_contract"](seed)
