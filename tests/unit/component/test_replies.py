from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from charter._proto.messages import SeldonMessage
from charter.component.replies import Node, Replies
from charter.errors import ComponentError, StartError
from charter.message import Feedback, Form, Message, Messages
from charter.methods import AGGREGATE, HEALTH_STATUS, PREDICT, ROUTE, SEND_FEEDBACK
from google.protobuf import json_format

COUNT = {"type": "COUNTER", "key": "c", "value": 1}
GAUGE = {"type": "GAUGE", "key": "g", "value": 2, "tags": {"x": "y"}}
CARRIED = {"key": "k", "type": "GAUGE", "value": 1}
META = {
    "puid": "P",
    "tags": {"t": 1, "u": [1]},
    "metrics": [CARRIED],
    "requestPath": {"before": "img:1"},
}
ASKED = Message(Form.NDARRAY, np.ones((1, 2)), [], {**META, "routing": {"r": 1}, "extra": 1})
BARE = Message(Form.NDARRAY, np.ones((1, 2)), [])


class SeldonResponse:
    """Data with tags and metrics of one call, as Seldon's users return it."""

    def __init__(self, data: Any, tags: Any = None, metrics: Any = None) -> None:
        self.data = data
        self.tags = tags if tags is not None else {}
        self.metrics = metrics if metrics is not None else []


def replies(node: Node | None = None, **methods: Callable[[], Any]) -> Replies:
    own = {name: staticmethod(function) for name, function in methods.items()}
    return Replies(type("Model", (), own)(), node or Node())


def meta_of(made: Replies, result: Any = "s", request: Message = ASKED) -> Mapping[str, Any]:
    return made.reply(PREDICT, result, request).meta or {}


@pytest.mark.parametrize("result", [np.zeros((1, 1)), [1], "s", b"s", {"a": 1}, 5])
def test_a_reply_keeps_what_belongs_to_it_of_the_requests_meta(result: Any) -> None:
    assert meta_of(replies(), result) == META


def test_a_reply_to_a_request_without_meta_has_none() -> None:
    assert replies().reply(PREDICT, "s", BARE).meta is None


def test_the_request_is_not_changed() -> None:
    made = replies(tags=lambda: {"t": 2}, metrics=lambda: [COUNT])

    meta_of(made)

    assert ASKED.meta == {**META, "routing": {"r": 1}, "extra": 1}


def test_tags_of_the_model_come_before_those_of_the_request_and_after_those_of_the_call() -> None:
    made = replies(tags=lambda: {"t": "model", "m": 1})

    found = meta_of(made, SeldonResponse("s", tags={"t": "call"}))

    assert found["tags"] == {"t": "call", "u": [1], "m": 1}


def test_metrics_are_the_requests_then_the_models_then_the_calls() -> None:
    made = replies(metrics=lambda: [COUNT])

    reply = made.reply(PREDICT, SeldonResponse("s", metrics=[GAUGE]), ASKED)

    assert reply.meta is not None
    assert reply.meta["metrics"] == [CARRIED, COUNT, GAUGE]
    assert reply.reported == [COUNT, GAUGE]


def test_metrics_may_be_counted_and_not_shown() -> None:
    made = replies(Node(shows_metrics=False), metrics=lambda: [COUNT])

    reply = made.reply(PREDICT, "s", BARE)

    assert (reply.meta, reply.reported) == ({}, [COUNT])


@pytest.mark.parametrize(
    "metrics",
    [
        None,
        {},
        (COUNT,),
        [1],
        [{"key": "c", "value": 1}],
        [{**COUNT, "type": "BAD"}],
        [{**COUNT, "value": "1"}],
        [{**COUNT, "value": None}],
    ],
)
def test_metrics_that_are_none_are_the_components_fault(metrics: Any) -> None:
    made = replies(metrics=lambda: metrics)

    with pytest.raises(ComponentError) as raised:
        made.reply(PREDICT, "s", BARE)

    assert raised.value.message.startswith("Bad metric created during request: ")
    assert raised.value.reason == "MICROSERVICE_BAD_METRIC"
    assert raised.value.status is None


@pytest.mark.parametrize("value", [1, 1.5, -0.5, np.float32(1), np.int64(1), True])
def test_a_metric_has_any_number(value: Any) -> None:
    made = replies(metrics=lambda: [{**COUNT, "value": value}])

    assert len(made.reply(PREDICT, "s", BARE).reported) == 1


def test_a_node_adds_itself_to_the_path_of_a_request() -> None:
    found = meta_of(replies(Node(name="me", image="org/me:2")))

    assert found["requestPath"] == {"me": "org/me:2", "before": "img:1"}


def test_a_reply_of_a_router_is_its_branch_and_carries_nothing_of_the_request() -> None:
    made = replies(tags=lambda: {"m": 1})

    reply = made.reply(ROUTE, 2, ASKED)

    assert reply.value.tolist() == [[2]]
    assert reply.meta == {"puid": "P", "tags": {"m": 1}}


@pytest.mark.parametrize("result", [0, -2, True, np.int64(1), SeldonResponse(1)])
def test_a_branch_is_any_whole_number(result: Any) -> None:
    assert replies().reply(ROUTE, result, BARE).value.shape == (1, 1)


@pytest.mark.parametrize(
    ("result", "is_strict"), [(1.0, False), ("1", False), (None, False), (np.int64(1), True)]
)
def test_a_branch_that_is_no_whole_number_is_refused(result: Any, is_strict: bool) -> None:
    made = replies(Node(is_strict=is_strict))

    with pytest.raises(ComponentError) as raised:
        made.reply(ROUTE, result, BARE)

    assert raised.value.message == f"Routing response must be int but got {result}"
    assert raised.value.rest_status == 400


def test_a_combined_reply_carries_what_all_carried_and_the_later_wins() -> None:
    later = {
        "puid": "Q",
        "tags": {"t": 2},
        "metrics": [GAUGE],
        "requestPath": {"other": "img:2"},
    }
    request = Messages([ASKED, Message(Form.TEXT, "s", [], later), BARE])

    reply = replies().reply(AGGREGATE, np.ones((1, 2)), request)

    assert reply.form is Form.NDARRAY
    assert reply.meta == {
        "puid": "P",
        "tags": {"t": 2, "u": [1]},
        "metrics": [CARRIED, GAUGE],
        "requestPath": {"before": "img:1", "other": "img:2"},
    }


def test_a_feedback_that_returns_nothing_is_answered_with_an_empty_array() -> None:
    reply = replies().reply(SEND_FEEDBACK, None, Feedback(request=ASKED, reward=1.0))

    assert (reply.form, reply.value.tolist()) == (Form.NDARRAY, [])
    assert reply.meta == {"puid": "P"}


def test_what_only_says_that_it_is_not_there_is_asked_and_adds_nothing() -> None:
    class SeldonNotImplementedError(Exception):
        pass

    def not_there() -> Any:
        raise SeldonNotImplementedError

    made = replies(tags=not_there, metrics=not_there, class_names=not_there)

    reply = made.reply(PREDICT, np.ones((1, 2)), BARE)

    assert (reply.meta, list(reply.names or ())) == ({}, ["t:0", "t:1"])


def test_a_health_that_reports_metrics_is_counted() -> None:
    made = replies(metrics=lambda: [COUNT])

    assert made.reply(HEALTH_STATUS, "ok", BARE).reported == [COUNT]


RAW = {"strData": "s", "meta": {"puid": "P", "metrics": [{"key": "c", "value": 1}, GAUGE]}}


@pytest.mark.parametrize("shows", [True, False])
@pytest.mark.parametrize("is_proto", [True, False])
def test_metrics_inside_a_raw_reply_are_counted(is_proto: bool, shows: bool) -> None:
    made = replies(Node(shows_metrics=shows))
    result = json_format.ParseDict(RAW, SeldonMessage()) if is_proto else RAW

    reply = made.raw(result)

    sent = json_format.MessageToDict(reply.value) if is_proto else reply.value
    assert reply.reported == [COUNT, GAUGE]
    assert ("metrics" in sent["meta"]) is shows
    assert sent["meta"]["puid"] == "P"


@pytest.mark.parametrize("result", ["plain", [1, 2], None, {"meta": None}, {"meta": {}}])
def test_a_raw_reply_may_be_anything(result: Any) -> None:
    assert replies().raw(result).value == result


def test_meta_that_is_null_is_as_if_it_were_not_there() -> None:
    nulls = {"puid": None, "tags": None, "metrics": None, "requestPath": None}
    request = Message(Form.TEXT, "s", [], nulls)
    made = replies(tags=lambda: {"t": 1})

    assert meta_of(made, request=request) == {"tags": {"t": 1}}
    combined = made.reply(AGGREGATE, "s", Messages([request]))
    assert combined.meta == {"tags": {"t": 1}}


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": 5},
        {"tags": ["x"]},
        {"tags": {1: "x"}},
        {"value": 10**400},
        {"value": 1j},
        {"value": np.complex64(1)},
    ],
)
def test_a_metric_that_no_page_can_show_is_the_components_fault(wrong: Any) -> None:
    made = replies(metrics=lambda: [{**COUNT, **wrong}])

    with pytest.raises(ComponentError) as raised:
        made.reply(PREDICT, "s", BARE)

    assert raised.value.reason == "MICROSERVICE_BAD_METRIC"


@pytest.mark.parametrize("tags", [["a"], 5, "a"])
def test_tags_that_are_no_dict_are_told_by_name(tags: Any) -> None:
    for made, result in ((replies(tags=lambda: tags), "s"), (replies(), SeldonResponse("s", tags))):
        with pytest.raises(ComponentError, match=r"^tags: expected a dict, got "):
            made.reply(PREDICT, result, BARE)


@pytest.mark.parametrize("name", ["tags", "metrics", "class_names"])
def test_what_nobody_would_wait_for_is_refused_at_the_start(name: str) -> None:
    async def later(self: object) -> Any: ...

    with pytest.raises(StartError, match=f"^{name}: expected a plain method, got async def$"):
        Replies(type("Model", (), {name: later})(), Node())


@pytest.mark.parametrize("name", ["tags", "metrics", "class_names"])
def test_a_property_is_asked_with_each_reply_and_not_before(name: str) -> None:
    class Lazy:
        is_set_up = False

    def read(self: Lazy) -> Any:
        assert self.is_set_up
        return {"tags": dict, "metrics": list, "class_names": ["n", "y"]}[name]

    setattr(Lazy, name, property(read))
    user = Lazy()
    made = Replies(user, Node())
    user.is_set_up = True

    reply = made.reply(PREDICT, np.ones((1, 2)), BARE)

    assert (reply.names == ["n", "y"]) is (name == "class_names")


def test_a_raw_reply_that_a_model_keeps_is_left_alone() -> None:
    made = replies(Node(shows_metrics=False))
    kept = json_format.ParseDict(RAW, SeldonMessage())

    reported = [made.raw(kept).reported for _ in range(2)]

    assert reported == [[COUNT, GAUGE], [COUNT, GAUGE]]
