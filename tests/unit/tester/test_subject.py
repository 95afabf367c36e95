from __future__ import annotations

import contextlib
import logging
from typing import Any

import pytest
from charter.contract.parse import parse
from charter.errors import StartError
from charter.methods import METADATA
from charter.tester.subject import component, quiet

CONTRACT = parse(
    {"features": [{"name": "x", "ftype": "continuous", "range": [0, 1]}], "targets": []},
)


class Echo:
    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor

    def load(self) -> None:
        if self.factor < 0:
            raise RuntimeError("out of coffee")

    def predict(self, X: Any) -> Any:
        return X * self.factor


@pytest.mark.parametrize(("mode", "said"), [("strict", "strict"), ("warn", "warn"), ("off", None)])
def test_the_contract_is_enforced_as_is_said(mode: str, said: str | None) -> None:
    with contextlib.closing(component("Echo", Echo, CONTRACT, mode=mode)) as subject:
        metadata = subject.main.form.decode_metadata(subject.main.ask(METADATA, b"").body)

    assert metadata["custom"].get("contract_mode") == said
    assert subject.is_in_process


def test_what_is_wrong_at_its_start_is_told() -> None:
    wrong = '[{"name": "factor", "value": "-1", "type": "FLOAT"}]'

    with pytest.raises(RuntimeError, match="out of coffee"):
        component("Echo", Echo, CONTRACT, parameters=wrong)
    with pytest.raises(StartError, match="no file"):
        component("Nothing.py", "Nothing.py", CONTRACT)


def test_a_subject_may_be_closed_twice() -> None:
    subject = component("Echo", Echo, CONTRACT)

    subject.close()
    subject.close()


def test_the_service_is_quiet_while_it_is_tested(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("charter.service")

    with quiet():
        log.error("unheard")
    log.error("heard")

    assert [record.message for record in caplog.records] == ["heard"]
