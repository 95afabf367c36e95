from __future__ import annotations

import asyncio
import logging
from typing import Any, ClassVar

import numpy as np
import pytest
from charter.assembly import make
from charter.batching.proof import rows_alone_and_together
from charter.contract.parse import parse
from charter.errors import StartError
from charter.health import State
from charter.message import Form, Message
from charter.service import Service
from charter.settings import Settings
from zoo import batch_models
from zoo.batch_models import CONTRACT, MODELS, KeepsRowsApart, SubtractsTheBatchMean

REFUSED = [model for model in MODELS if model.SAID]
TAKEN = [model for model in MODELS if not model.SAID]
WARNING = "--batch-max-rows: not tested that the model answers rows together as it does alone: "


def started(model: Any, document: Any = CONTRACT, **chosen: Any) -> Service:
    contract = None if document is None else parse(document)
    service = make(model, Settings(**{"batch_max_rows": 64, **chosen}), contract=contract)
    try:
        asyncio.run(service.load())
    finally:
        service.close()
    return service


@pytest.mark.parametrize("model", REFUSED, ids=lambda model: str(model.__name__))
def test_a_model_that_may_not_be_asked_with_rows_of_others_is_not_started(model: Any) -> None:
    with pytest.raises(StartError) as raised:
        started(model)

    assert model.SAID in raised.value.message
    assert raised.value.message.startswith("--batch-max-rows: ")
    assert raised.value.message.endswith("leave batching off: --batch-max-rows 1")


@pytest.mark.parametrize("model", TAKEN, ids=lambda model: str(model.__name__))
def test_a_model_that_keeps_rows_apart_is_started(
    model: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        started(model)

    assert any(text.endswith("are answered together as they are alone") for text in caplog.messages)


@pytest.mark.parametrize("model", REFUSED, ids=lambda model: str(model.__name__))
def test_without_batching_nothing_is_asked(model: Any) -> None:
    started(model, batch_max_rows=1)


def test_the_sentence_names_the_row_the_target_and_both_values() -> None:
    with pytest.raises(StartError) as raised:
        started(SubtractsTheBatchMean)

    said = raised.value.message
    start = "--batch-max-rows: the model mixes rows: y:0 of the row [0."
    assert said.startswith(start)
    assert "] is 0.0 alone and " in said
    assert said.endswith(" among 2 rows; mend the model, or leave batching off: --batch-max-rows 1")


def test_the_service_is_warming_meanwhile() -> None:
    seen: list[State] = []
    service = make(KeepsRowsApart, Settings(batch_max_rows=2), contract=parse(CONTRACT))
    service.life.watch(seen.append)

    asyncio.run(service.load())
    service.close()

    assert seen[:4] == [State.STARTING, State.LOADING, State.WARMING, State.READY]


@pytest.mark.parametrize(("most", "sizes"), [(2, {1, 2}), (5, {1, 2, 5}), (64, {1, 2, 8, 64})])
def test_no_batch_is_larger_than_the_knob_says(most: int, sizes: set[int]) -> None:
    seen: set[int] = set()

    class Model:
        def predict(self, X: Any) -> Any:
            seen.add(len(X))
            return X

    started(Model, batch_max_rows=most)

    assert seen == sizes


@pytest.mark.parametrize(("most", "sizes"), [(1, set()), (2, {1, 2}), (3, {1, 2, 3})])
def test_the_limit_of_the_contract_is_that_of_batches_too(most: int, sizes: set[int]) -> None:
    seen: set[int] = set()

    class Model:
        def predict(self, X: Any) -> Any:
            seen.add(len(X))
            return X

    service = started(Model, {**CONTRACT, "limits": {"rows": most}}, contract_mode="strict")

    assert service.batch_rows == most
    assert seen == sizes


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (None, "there is no contract"),
        ({**CONTRACT, "payload": "jsonData"}, "its contract describes no rows"),
    ],
)
def test_where_nothing_can_be_asked_the_log_says_so(
    document: Any, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    started(SubtractsTheBatchMean, document)

    (told,) = [text for text in caplog.messages if text.startswith("--batch-max-rows")]
    assert told.startswith(f"{WARNING}{why}; give it a contract")


class Raw:
    def predict_raw(self, message: Any) -> Any:
        return message


class PassesOn:
    class_names = ("a", "b")


class TakesFrames:
    CONTRACT: ClassVar[Any] = {
        "features": [{"name": "c", "ftype": "categorical", "values": ["a", "b"]}],
        "targets": [{"name": "y", "ftype": "continuous"}],
        "input": "dataframe",
    }

    def predict(self, X: Any) -> Any:
        return X


@pytest.mark.parametrize("model", [Raw, PassesOn, TakesFrames])
def test_a_model_whose_requests_are_never_joined_is_told(
    model: Any, caplog: pytest.LogCaptureFixture
) -> None:
    started(model, getattr(model, "CONTRACT", CONTRACT))

    (told,) = [text for text in caplog.messages if text.startswith("--batch-max-rows")]
    assert told.startswith("--batch-max-rows: requests of this model are never joined: expected p")


def test_rows_that_are_never_joined_need_no_proof(caplog: pytest.LogCaptureFixture) -> None:
    asked: list[Message] = []

    async def ask(request: Message) -> Message:
        asked.append(request)
        return request

    rows = Message(Form.NDARRAY, np.zeros((8, 2)))

    assert not asyncio.run(rows_alone_and_together(ask, lambda _: None, rows, 64, ()))
    assert asked == []


def test_only_rows_of_one_kind_are_asked_together() -> None:
    null = {"name": "x", "ftype": "categorical", "values": ["a"], "nullable": True}
    seen: list[Any] = []

    class Model:
        def predict(self, X: Any) -> Any:
            seen.append(X.tolist())
            return X

    started(Model, {"features": [null], "targets": [{**null, "name": "y"}]})

    assert seen
    assert all(row == ["a"] for rows in seen for row in rows)


def test_each_model_of_the_zoo_is_asked() -> None:
    assert len(MODELS) > 15
    assert batch_models.CONTRACT is CONTRACT
