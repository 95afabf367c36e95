from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest
from charter._proto.messages import SeldonMessage, SeldonMessageList
from charter.codecs import feedback_json
from charter.component.adapter import UserComponent, failure
from charter.component.replies import Node
from charter.errors import (
    BadPayload,
    CallError,
    ComponentError,
    Fault,
    MissingMethod,
    StartError,
    UserCodeRaised,
)
from charter.message import NOTHING, Form, Message, Messages
from charter.methods import (
    AGGREGATE,
    HEALTH_STATUS,
    METADATA,
    METHODS,
    PREDICT,
    ROUTE,
    SEND_FEEDBACK,
    TRANSFORM_INPUT,
    TRANSFORM_OUTPUT,
    Takes,
    Wire,
)
from google.protobuf import json_format

REQUEST = Message(Form.JSON, "X", ["a", "b"], {"puid": "P"})
FEEDBACK = feedback_json.read(
    {
        "request": {"data": {"names": ["a"], "ndarray": [[1]]}},
        "response": {"meta": {"routing": {"0": 3, "router": 1}}},
        "reward": 0.5,
    }
)
REQUESTS: dict[Takes, Any] = {
    Takes.MESSAGE: REQUEST,
    Takes.MESSAGES: Messages([REQUEST]),
    Takes.FEEDBACK: FEEDBACK,
    Takes.NOTHING: NOTHING,
}
RAW = [method for method in METHODS if method.raw and method is not HEALTH_STATUS] + [HEALTH_STATUS]
X_ONLY = {"X": "X"}
X_NAMES = {"X": "X", "names": ["a", "b"]}
X_META = {"X": "X", "meta": {"puid": "P"}}
X_NAMES_META = {"X": "X", "names": ["a", "b"], "meta": {"puid": "P"}}


def ask(user: object, request: Message = REQUEST) -> Message:
    call = UserComponent(user).call(PREDICT)
    if call.is_async:
        coroutine: Coroutine[Any, Any, Message] = call.run(request)
        return asyncio.run(coroutine)
    reply: Message = call.run(request)
    return reply


def model(predict: Callable[..., Any], **attributes: Any) -> object:
    """Return an object whose class has this function as its method `predict`."""
    return type("Model", (), {"predict": predict, **attributes})()


class TakesX:
    def predict(self, X: Any) -> Any:
        return {"X": X}


class TakesOther:
    def predict(self, features: Any, feature_names: Any) -> Any:
        return {"X": features, "names": feature_names}


class TakesOptionalNames:
    def predict(self, X: Any, features_names: Any = None) -> Any:
        return {"X": X, "names": features_names}


class TakesNames:
    def predict(self, X: Any, names: Any) -> Any:
        return {"X": X, "names": names}


class TakesNamesByPosition:
    def predict(self, X: Any, names: Any, /) -> Any:
        return {"X": X, "names": names}


class TakesMeta:
    def predict(self, X: Any, names: Any, meta: Any) -> Any:
        return {"X": X, "names": names, "meta": meta}


class TakesMetaOfAnotherName:
    def predict(self, X: Any, names: Any, info: Any) -> Any:
        return {"X": X, "names": names, "meta": info}


class TakesOptionalMeta:
    def predict(self, X: Any, names: Any = None, meta: Any = None) -> Any:
        return {"X": X, "names": names, "meta": meta}


class TakesMetaSecond:
    def predict(self, X: Any, meta: Any) -> Any:
        return {"X": X, "meta": meta}


class TakesKeywordsOnly:
    def predict(self, X: Any, *, names: Any, meta: Any = None) -> Any:
        return {"X": X, "names": names, "meta": meta}


class TakesMetaByKeyword:
    def predict(self, X: Any, *, meta: Any) -> Any:
        return {"X": X, "meta": meta}


class TakesAnyArguments:
    def predict(self, *args: Any) -> Any:
        return dict(zip(("X", "names", "meta"), args, strict=False))


class TakesAnyKeywords:
    def predict(self, X: Any, **keywords: Any) -> Any:
        return {"X": X, **keywords}


class TakesAnything:
    def predict(self, *args: Any, **keywords: Any) -> Any:
        return {**dict(zip(("X", "names"), args, strict=True)), **keywords}


class TakesNamesAndMore:
    def predict(self, X: Any, names: Any, *args: Any, **keywords: Any) -> Any:
        assert args == ()
        return {"X": X, "names": names, **keywords}


class HasADefaultThatIsNotNames:
    def predict(self, X: Any, batch_size: int = 32) -> Any:
        return {"X": X, "batch_size": batch_size}


class HasADefaultBeforeMeta:
    def predict(self, X: Any, batch_size: int = 32, meta: Any = None) -> Any:
        return {"X": X, "batch_size": batch_size, "meta": meta}


class HasADefaultAfterNames:
    def predict(self, X: Any, names: Any, batch_size: int = 32) -> Any:
        return {"X": X, "names": names, "batch_size": batch_size}


class HasADefaultBetween:
    def predict(self, X: Any, names: Any = None, batch_size: int = 32, meta: Any = None) -> Any:
        return {"X": X, "names": names, "batch_size": batch_size, "meta": meta}


class HasADefaultAfterMeta:
    def predict(self, X: Any, names: Any, meta: Any = None, batch_size: int = 32) -> Any:
        return {"X": X, "names": names, "meta": meta, "batch_size": batch_size}


class HasAKeywordWithADefault:
    def predict(self, X: Any, *, batch_size: int = 32) -> Any:
        return {"X": X, "batch_size": batch_size}


class IsStatic:
    @staticmethod
    def predict(X: Any, names: Any, meta: Any) -> Any:
        return {"X": X, "names": names, "meta": meta}


class IsOfTheClass:
    @classmethod
    def predict(cls, X: Any, names: Any) -> Any:
        return {"X": X, "names": names}


class IsAsync:
    async def predict(self, X: Any, names: Any) -> Any:
        await asyncio.sleep(0)
        return {"X": X, "names": names}


class IsAsyncAndStatic:
    @staticmethod
    async def predict(X: Any) -> Any:
        return {"X": X}


class _CallableObject:
    def __call__(self, X: Any, names: Any) -> Any:
        return {"X": X, "names": names}


class _AsyncCallableObject:
    async def __call__(self, X: Any, names: Any) -> Any:
        return {"X": X, "names": names}


class HoldsACallableObject:
    def __init__(self) -> None:
        self.predict = _CallableObject()


class HoldsAnAsyncCallableObject:
    def __init__(self) -> None:
        self.predict = _AsyncCallableObject()


class HoldsALambda:
    def __init__(self) -> None:
        self.predict = lambda X: {"X": X}


def _with_more(more: int, X: Any, names: Any) -> Any:
    return {"X": X, "names": names, "more": more}


def _with_keyword(X: Any, names: Any, size: int) -> Any:
    return {"X": X, "names": names, "more": size}


class HoldsAPartial:
    def __init__(self) -> None:
        self.predict = functools.partial(_with_more, 5)


class HoldsAPartialByKeyword:
    def __init__(self) -> None:
        self.predict = functools.partial(_with_keyword, size=5)


class HoldsAPartialOfAsync:
    def __init__(self) -> None:
        self.predict = functools.partial(IsAsync().predict)


def _logged(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **keywords: Any) -> Any:
        return function(*args, **keywords)

    return wrapper


class IsDecorated:
    @_logged
    def predict(self, X: Any) -> Any:
        return {"X": X}


class IsABuiltIn:
    predict = str


SIGNATURES: list[tuple[type, dict[str, Any]]] = [
    (TakesX, X_ONLY),
    (TakesOther, X_NAMES),
    (TakesOptionalNames, X_NAMES),
    (TakesNames, X_NAMES),
    (TakesNamesByPosition, X_NAMES),
    (TakesMeta, X_NAMES_META),
    (TakesMetaOfAnotherName, X_NAMES_META),
    (TakesOptionalMeta, X_NAMES_META),
    (TakesMetaSecond, X_META),
    (TakesKeywordsOnly, X_NAMES_META),
    (TakesMetaByKeyword, X_META),
    (TakesAnyArguments, X_NAMES),
    (TakesAnyKeywords, X_META),
    (TakesAnything, X_NAMES_META),
    (TakesNamesAndMore, X_NAMES_META),
    (HasADefaultThatIsNotNames, {**X_ONLY, "batch_size": 32}),
    (HasADefaultBeforeMeta, {**X_META, "batch_size": 32}),
    (HasADefaultAfterNames, {**X_NAMES, "batch_size": 32}),
    (HasADefaultBetween, {**X_NAMES_META, "batch_size": 32}),
    (HasADefaultAfterMeta, {**X_NAMES_META, "batch_size": 32}),
    (HasAKeywordWithADefault, {**X_ONLY, "batch_size": 32}),
    (IsStatic, X_NAMES_META),
    (IsOfTheClass, X_NAMES),
    (IsAsync, X_NAMES),
    (IsAsyncAndStatic, X_ONLY),
    (HoldsACallableObject, X_NAMES),
    (HoldsAnAsyncCallableObject, X_NAMES),
    (HoldsALambda, X_ONLY),
    (HoldsAPartial, {**X_NAMES, "more": 5}),
    (HoldsAPartialByKeyword, {**X_NAMES, "more": 5}),
    (HoldsAPartialOfAsync, X_NAMES),
    (IsDecorated, X_ONLY),
]


@pytest.mark.parametrize(
    ("kind", "given"), SIGNATURES, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_method_is_given_what_its_signature_asks_for(kind: type, given: dict[str, Any]) -> None:
    reply = ask(kind())

    assert reply.value == given


def test_a_built_in_without_a_signature_of_ours_is_given_x() -> None:
    assert ask(IsABuiltIn()).value == "X"


class RequiresFour:
    def predict(self, X: Any, names: Any, meta: Any, extra: Any) -> None: ...


class RequiresAKeyword:
    def predict(self, X: Any, *, temperature: float) -> None: ...


class RequiresNothing:
    def predict(self) -> None: ...


class RequiresXByKeyword:
    def predict(self, *, X: Any) -> None: ...


class RequiresMoreAfterMeta:
    def predict(self, X: Any, meta: Any, extra: Any, more: Any) -> None: ...


@pytest.mark.parametrize(
    "kind",
    [RequiresFour, RequiresAKeyword, RequiresNothing, RequiresXByKeyword, RequiresMoreAfterMeta],
)
def test_a_signature_that_cannot_be_called_stops_the_start(kind: type) -> None:
    with pytest.raises(StartError) as raised:
        UserComponent(kind())

    assert "predict" in raised.value.message


def test_the_message_for_a_signature_shows_it_and_what_is_expected() -> None:
    with pytest.raises(StartError) as raised:
        UserComponent(model(lambda self: None))

    assert raised.value.message == (
        "predict(): expected predict(X), predict(X, names) or predict(X, names, meta)"
    )


def test_an_object_without_any_method_changes_nothing_and_is_told_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    component = UserComponent(object())

    assert component.call(TRANSFORM_INPUT).run(REQUEST).value == "X"
    assert "object has no method of a component" in caplog.text


MINE = {"init_metadata": {"name": "mine"}, "route": 1}


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_each_method_of_the_table_is_answered_by_the_users_own(method: Any) -> None:
    mine = MINE.get(method.name, "mine")
    own = {"predict": lambda self, X: X, method.name: lambda self, *args: mine}

    reply = UserComponent(type("Model", (), own)()).call(method).run(REQUESTS[method.takes])

    found = reply.value["name"] if method is METADATA else reply.value
    assert found == (np.array([[1]]) if method is ROUTE else "mine")


def test_a_missing_predict_is_refused() -> None:
    user = type("Model", (), {"transform_input": lambda self, X: X})()
    call = UserComponent(user).call(PREDICT)

    with pytest.raises(MissingMethod, match=r"^predict: Model has no such method$"):
        call.run(REQUEST)


@pytest.mark.parametrize(
    "method", [TRANSFORM_INPUT, TRANSFORM_OUTPUT], ids=["transform_input", "transform_output"]
)
def test_a_missing_transformation_changes_nothing(method: Any) -> None:
    array = np.array([[1, 2]])
    call = UserComponent(TakesX()).call(method)

    reply = call.run(Message(Form.NDARRAY, array, ["a", "b"], {"puid": "P"}))

    assert reply.form is Form.NDARRAY
    assert reply.value is array
    # As Seldon's wrapper does: a reply is named by class_names or by number.
    assert reply.names == ("t:0", "t:1")
    assert reply.meta == {"puid": "P"}


def test_class_names_name_the_columns_of_a_missing_transformation_too() -> None:
    user = model(lambda self, X: X, class_names=lambda self: ["c", "d"])
    call = UserComponent(user).call(TRANSFORM_INPUT)

    reply = call.run(Message(Form.NDARRAY, np.array([[1, 2]])))

    assert reply.names == ["c", "d"]


@pytest.mark.parametrize("value", [{"a": 1}, {}, None], ids=repr)
def test_a_missing_transformation_passes_json_through(value: object) -> None:
    call = UserComponent(TakesX()).call(TRANSFORM_INPUT)

    reply = call.run(Message(Form.JSON, value))

    assert (reply.form, reply.value) == (Form.JSON, value)


def test_a_component_without_health_status_is_healthy() -> None:
    reply = UserComponent(TakesX()).call(HEALTH_STATUS).run(Message(Form.JSON, None))

    assert reply == Message(Form.TEXT, "healthy")


def test_health_status_is_asked_without_arguments() -> None:
    user = model(lambda self, X: X, health_status=lambda self: [0.1])

    reply = UserComponent(user).call(HEALTH_STATUS).run(Message(Form.JSON, None))

    assert reply.form is Form.TENSOR
    assert reply.value.tolist() == [0.1]


def test_an_attribute_that_cannot_be_called_is_no_method() -> None:
    user = type("Model", (), {"predict": 5, "transform_input": lambda self, X: X})()

    with pytest.raises(MissingMethod):
        UserComponent(user).call(PREDICT).run(REQUEST)


RESULT = np.array([[0.1, 0.9]])


class ClassNamesAsMethod:
    def predict(self, X: Any) -> Any:
        return RESULT

    def class_names(self) -> list[str]:
        return ["n", "y"]


class ClassNamesAsAttribute:
    class_names = ("n", "y")

    def predict(self, X: Any) -> Any:
        return RESULT


class ClassNamesAsProperty:
    def predict(self, X: Any) -> Any:
        return RESULT

    @property
    def class_names(self) -> list[str]:
        return ["n", "y"]


class ClassNamesAsArray:
    def predict(self, X: Any) -> Any:
        return RESULT

    def class_names(self) -> Any:
        return np.array(["n", "y"])


class ClassNamesAsAttributeThatIsAnArray:
    def __init__(self) -> None:
        self.class_names = np.array(["n", "y"])

    def predict(self, X: Any) -> Any:
        return RESULT


@pytest.mark.parametrize(
    "kind",
    [
        ClassNamesAsMethod,
        ClassNamesAsAttribute,
        ClassNamesAsProperty,
        ClassNamesAsArray,
        ClassNamesAsAttributeThatIsAnArray,
    ],
)
def test_class_names_are_taken_in_every_way_a_class_can_have_them(kind: type) -> None:
    assert ask(kind()).names == ["n", "y"]


def test_class_names_that_are_no_strings_become_strings() -> None:
    user = model(lambda self, X: RESULT, class_names=lambda self: [0, np.int64(1)])

    assert ask(user).names == ["0", "1"]


def test_class_names_of_none_are_null() -> None:
    user = model(lambda self, X: RESULT, class_names=lambda self: None)

    assert ask(user).names is None


class SetsUpInLoad:
    """A model as they are written: all it has comes from the file that `load` reads."""

    class_names = None

    def load(self) -> None:
        self.class_names = ["n", "y"]
        self.predict = lambda X: RESULT


def test_what_load_sets_up_is_found_when_the_component_is_made_after_it() -> None:
    user = SetsUpInLoad()
    user.load()

    assert ask(user).names == ["n", "y"]


def test_class_names_may_change_while_serving() -> None:
    user = ClassNamesAsAttribute()
    call = UserComponent(user).call(PREDICT)
    user.class_names = ("x", "z")

    reply = call.run(REQUEST)

    assert reply.names == ["x", "z"]


class RaisesInClassNames:
    def predict(self, X: Any) -> Any:
        return RESULT

    def class_names(self) -> list[str]:
        raise ZeroDivisionError("no names")


class RaisesInTheClassNamesProperty:
    def predict(self, X: Any) -> Any:
        return RESULT

    @property
    def class_names(self) -> list[str]:
        raise ZeroDivisionError("no names")


class RaisesAttributeErrorInTheClassNamesProperty:
    def predict(self, X: Any) -> Any:
        return RESULT

    @property
    def class_names(self) -> list[str]:
        names: list[str] = self.missing  # type: ignore[attr-defined]  # the mistake that is meant
        return names


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (RaisesInClassNames, ZeroDivisionError),
        (RaisesInTheClassNamesProperty, ZeroDivisionError),
        (RaisesAttributeErrorInTheClassNamesProperty, AttributeError),
    ],
)
def test_an_error_in_class_names_is_not_hidden(kind: type, error: type[Exception]) -> None:
    with pytest.raises((error, ComponentError)) as raised:
        ask(kind())

    assert error in (type(raised.value), type(raised.value.__cause__))


class RaisesAttributeErrorInThePredictProperty:
    def transform_input(self, X: Any) -> Any:
        return X

    @property
    def predict(self) -> Any:
        return self.missing  # type: ignore[attr-defined]  # the mistake that is meant


def test_an_attribute_error_in_a_property_is_not_read_as_a_missing_method() -> None:
    with pytest.raises(AttributeError, match="missing"):
        ask(RaisesAttributeErrorInThePredictProperty())


@pytest.mark.parametrize(
    "error", [AttributeError("a"), TypeError("t"), NotImplementedError("n"), ValueError("v")]
)
@pytest.mark.parametrize("parameters", [1, 2, 3])
def test_an_error_inside_the_method_is_the_users_and_the_method_ran_once(
    error: Exception, parameters: int
) -> None:
    calls = []

    def one(self: object, X: Any) -> None:
        calls.append(1)
        raise error

    def two(self: object, X: Any, names: Any) -> None:
        one(self, X)

    def three(self: object, X: Any, names: Any, meta: Any = None) -> None:
        one(self, X)

    user = model((one, two, three)[parameters - 1])

    with pytest.raises(ComponentError) as raised:
        ask(user)

    assert raised.value.__cause__ is error
    assert raised.value.message == f"{type(error).__name__}: {error}"
    assert calls == [1]


def test_signatures_are_read_once_and_not_at_each_call() -> None:
    user = TakesX()
    call = UserComponent(user).call(PREDICT)
    vars(user)["predict"] = lambda X, names: pytest.fail("looked up again")

    reply = call.run(REQUEST)

    assert reply.value == X_ONLY


class Raw:
    def predict_raw(self, message: Any) -> Any:
        return {"got": message}

    def predict(self, X: Any) -> Any:
        pytest.fail("predict_raw comes first")


def test_predict_raw_is_given_the_wire_message_and_its_result_is_sent_as_it_is() -> None:
    call = UserComponent(Raw()).call(PREDICT)
    document = {"strData": "s", "extra": 1}

    reply = call.run(Message(Form.RAW, document))

    assert call.takes_raw
    assert (reply.form, reply.value) == (Form.RAW, {"got": document})


def test_predict_raw_is_given_a_document_where_there_was_no_wire_message() -> None:
    call = UserComponent(Raw()).call(PREDICT)

    reply = call.run(Message(Form.TEXT, "s", [], {"puid": "P"}))

    assert reply.value == {"got": {"strData": "s", "meta": {"puid": "P"}}}


def test_predict_raw_may_be_async() -> None:
    async def predict_raw(self: object, message: Any) -> Any:
        return {"got": message}

    user = type("Model", (), {"predict_raw": predict_raw})()
    call = UserComponent(user).call(PREDICT)

    reply = asyncio.run(call.run(Message(Form.RAW, {"a": 1})))

    assert call.is_async
    assert reply.value == {"got": {"a": 1}}


@pytest.mark.parametrize("wire", Wire)
@pytest.mark.parametrize("method", RAW, ids=lambda method: method.name)
def test_each_method_has_a_raw_twin(method: Any, wire: Wire) -> None:
    user = type("Model", (), {method.raw: lambda self, *message: {"raw": True}})()

    reply = UserComponent(user).call(method, wire).run(REQUESTS[method.takes])

    assert (reply.form, reply.value) == (Form.RAW, {"raw": True})


@pytest.mark.parametrize("wire", Wire)
@pytest.mark.parametrize("method", RAW[:-1], ids=lambda method: method.name)
def test_the_deprecated_twin_of_a_transport_comes_before_raw(method: Any, wire: Wire) -> None:
    own = {
        method.raw: lambda self, message: pytest.fail("raw"),
        method.rest: lambda self, message: {"wire": "rest"},
        method.grpc: lambda self, message: {"wire": "grpc"},
    }

    reply = UserComponent(type("Model", (), own)()).call(method, wire).run(REQUESTS[method.takes])

    assert reply.value == {"wire": wire.value}


def test_send_feedback_rest_is_given_json_text() -> None:
    user = type("Model", (), {"send_feedback_rest": lambda self, text: json.loads(text)})()

    reply = UserComponent(user).call(SEND_FEEDBACK).run(FEEDBACK)

    assert reply.value["reward"] == 0.5


class SeldonNotImplementedError(Exception):
    """What a method raises in Seldon's way to say that it is not there."""


def not_there(self: object, *arguments: Any) -> Any:
    raise SeldonNotImplementedError("not there")


@pytest.mark.parametrize("value", [{"strData": "s"}, SeldonMessage(strData="s")])
def test_a_raw_method_that_is_not_implemented_leaves_it_to_the_other(value: Any) -> None:
    own = {"predict_raw": not_there, "predict": lambda self, X, names: {"X": X}}
    call = UserComponent(type("Model", (), own)()).call(PREDICT)

    reply = call.run(Message(Form.RAW, value))

    assert (reply.form, reply.value) == (Form.JSON, {"X": "s"})


def test_a_raw_combiner_that_is_not_implemented_leaves_it_to_the_other() -> None:
    own = {"aggregate_raw": not_there, "aggregate": lambda self, Xs, names: {"Xs": Xs}}
    call = UserComponent(type("Model", (), own)()).call(AGGREGATE)
    items = [{"strData": "a"}, {"strData": "b"}]

    listed = call.run(Message(Form.RAW, items))
    packed = call.run(
        Message(Form.RAW, json_format.ParseDict({"seldonMessages": items}, SeldonMessageList()))
    )

    assert listed.value == packed.value == {"Xs": ["a", "b"]}


def test_an_async_method_may_stand_behind_a_raw_one() -> None:
    async def predict(self: object, X: Any) -> Any:
        return {"X": X}

    call = UserComponent(type("Model", (), {"predict_raw": not_there, "predict": predict})())

    found = asyncio.run(call.call(PREDICT).run(Message(Form.RAW, {"strData": "s"})))

    assert found.value == {"X": "s"}


@pytest.mark.parametrize(
    ("method", "expected"),
    [(TRANSFORM_INPUT, "X"), (SEND_FEEDBACK, []), (HEALTH_STATUS, "healthy")],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_method_that_is_not_implemented_is_as_if_it_were_not_there(
    method: Any, expected: Any
) -> None:
    user = type("Model", (), {method.name: not_there, "predict": lambda self, X: X})()

    reply = UserComponent(user).call(method).run(REQUESTS[method.takes])

    assert reply.value.tolist() == [] if expected == [] else reply.value == expected


def test_a_predict_that_is_not_implemented_is_answered_with_an_empty_array() -> None:
    user = type("Model", (), {"predict": not_there})()

    reply = UserComponent(user).call(PREDICT).run(REQUEST)

    assert (reply.form, reply.value.tolist()) == (Form.TENSOR, [])


def test_strict_answers_an_empty_array_where_predict_is_missing() -> None:
    user = type("Model", (), {"route": lambda self, X, names: 0})()

    reply = UserComponent(user, Node(is_strict=True)).call(PREDICT).run(REQUEST)

    assert (reply.form, reply.value.tolist()) == (Form.TENSOR, [])


@pytest.mark.parametrize(("method", "title"), [(ROUTE, "Route"), (AGGREGATE, "Aggregate")])
def test_what_only_some_components_do_is_refused_in_seldons_words(method: Any, title: str) -> None:
    call = UserComponent(TakesX()).call(method)

    with pytest.raises(ComponentError, match=f"^{title} not defined$") as raised:
        call.run(REQUESTS[method.takes])

    assert (raised.value.rest_status, raised.value.reason) == (400, "MICROSERVICE_BAD_DATA")


class SeldonComponent:
    """The base class of Seldon's users, all of whose methods say that they are not there."""

    predict = predict_raw = transform_input = route = aggregate = send_feedback = not_there
    health_status = tags = metrics = class_names = not_there


class Subclass(SeldonComponent):
    def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        return X


def test_what_a_component_inherits_from_seldons_base_class_is_not_there() -> None:
    component = UserComponent(Subclass())

    replies = {
        method: component.call(method).run(REQUESTS[method.takes])
        for method in (PREDICT, TRANSFORM_INPUT, SEND_FEEDBACK, HEALTH_STATUS)
    }

    assert not component.call(PREDICT).takes_raw
    assert replies[TRANSFORM_INPUT].value == replies[PREDICT].value == "X"
    assert replies[SEND_FEEDBACK].value.tolist() == []
    assert replies[HEALTH_STATUS].value == "not implemented - assuming healthy"
    with pytest.raises(ComponentError, match=r"^route is not implemented$"):
        component.call(ROUTE).run(REQUEST)


class Learner:
    def send_feedback(
        self, features: Any, names: Any, reward: Any, truth: Any, routing: Any = None
    ) -> Any:
        return {
            "features": features.tolist(),
            "names": list(names),
            "reward": reward,
            "truth": truth.tolist(),
            "routing": routing,
        }


@pytest.mark.parametrize(("node", "branch"), [("", 3), ("router", 1), ("other", None)])
def test_feedback_comes_with_the_child_that_the_node_had_chosen(
    node: str, branch: int | None
) -> None:
    call = UserComponent(Learner(), Node(name=node)).call(SEND_FEEDBACK)

    reply = call.run(FEEDBACK)

    assert reply.value == {
        "features": [[1.0]],
        "names": ["a"],
        "reward": 0.5,
        "truth": [],
        "routing": branch,
    }


def test_feedback_may_be_taken_without_the_routing() -> None:
    user = type("Model", (), {"send_feedback": lambda self, f, n, r, t: {"reward": r}})()

    reply = UserComponent(user).call(SEND_FEEDBACK).run(FEEDBACK)

    assert reply.value == {"reward": 0.5}


def test_a_combiner_is_given_all_payloads_and_all_names() -> None:
    user = type("Model", (), {"aggregate": lambda self, Xs, names: {"Xs": Xs, "names": names}})()
    items = [Message(Form.TEXT, "a", []), Message(Form.JSON, "b", ["x"])]

    reply = UserComponent(user).call(AGGREGATE).run(Messages(items))

    assert reply.value == {"Xs": ["a", "b"], "names": [[], ["x"]]}


@pytest.mark.parametrize(
    ("method", "function", "expected"),
    [
        (AGGREGATE, lambda self, Xs, names, more: 0, "aggregate(Xs) or aggregate(Xs, names)"),
        (
            SEND_FEEDBACK,
            lambda self, X, names, reward, truth, routing, more: 0,
            "send_feedback(X, names, reward, truth) or "
            "send_feedback(X, names, reward, truth, routing)",
        ),
    ],
)
def test_a_method_that_requires_more_stops_the_start(
    method: Any, function: Any, expected: str
) -> None:
    user = type("Model", (), {method.name: function})()

    with pytest.raises(StartError) as raised:
        UserComponent(user)

    assert raised.value.message.endswith(f"expected {expected}")


class SeldonMicroserviceException(Exception):
    """What Seldon's users raise, without Seldon."""

    status_code = 400

    def __init__(
        self, message: str, status_code: int | None = None, reason: str = "MICROSERVICE_BAD_DATA"
    ) -> None:
        super().__init__()
        self.message = message
        if status_code is not None:
            self.status_code = status_code
        self.reason = reason


class OwnException(SeldonMicroserviceException):
    """A subclass of it, of the user's."""


@pytest.mark.parametrize("kind", [SeldonMicroserviceException, OwnException])
def test_an_exception_in_seldons_way_chooses_status_reason_and_message(
    kind: type[SeldonMicroserviceException],
) -> None:
    fault = failure(kind("boom", status_code=403, reason="MY_REASON"))

    assert isinstance(fault, ComponentError)
    assert (fault.status, fault.reason, fault.message) == (403, "MY_REASON", "boom")


def test_an_exception_in_seldons_way_is_400_where_it_says_nothing() -> None:
    fault = failure(SeldonMicroserviceException("boom"))

    assert (fault.status, fault.reason) == (400, "MICROSERVICE_BAD_DATA")


@pytest.mark.parametrize("status", [0, 99, 600, -1, "x", 40.5, None, True])
def test_a_status_that_http_does_not_have_is_not_passed_on(status: Any) -> None:
    error = SeldonMicroserviceException("boom")
    error.status_code = status

    assert failure(error).status is None


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("boom"), "ValueError: boom"),
        (KeyError("k"), "KeyError: 'k'"),
        (ValueError(), "ValueError"),
        (AttributeError("a"), "AttributeError: a"),
    ],
)
def test_any_other_exception_is_the_components_fault_with_its_type(
    error: Exception, message: str
) -> None:
    fault = failure(error)

    assert isinstance(fault, ComponentError)
    assert fault.fault is Fault.COMPONENT
    assert (fault.status, fault.message) == (None, message)


def test_an_error_of_charter_that_user_code_raises_keeps_its_fault() -> None:
    error = BadPayload("data: expected two columns")

    def predict(self: object, X: Any) -> Any:
        raise error

    with pytest.raises(BadPayload) as raised:
        ask(model(predict))

    assert raised.value is error


def passing_on(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate as people do who do not know functools.wraps."""

    def inner(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return inner


def passing_on_later(function: Callable[..., Any]) -> Callable[..., Any]:
    async def inner(*args: Any, **kwargs: Any) -> Any:
        return await function(*args, **kwargs)

    return inner


@pytest.mark.parametrize("is_async", [False, True])
def test_a_decorator_may_hide_that_a_method_takes_no_meta(is_async: bool) -> None:
    calls = []

    def predict(self: object, X: Any, names: Any) -> Any:
        calls.append(X)
        return {"X": X, "names": names}

    async def predict_later(self: object, X: Any, names: Any) -> Any:
        return predict(self, X, names)

    decorated = passing_on_later(predict_later) if is_async else passing_on(predict)
    user = model(decorated)

    replies = [ask(user), ask(user)]

    assert [reply.value for reply in replies] == [X_NAMES, X_NAMES]
    assert calls == ["X", "X"]


def test_a_type_error_inside_a_decorated_method_is_the_users() -> None:
    calls = []

    def predict(self: object, X: Any, names: Any, meta: Any) -> Any:
        calls.append(X)
        raise TypeError("got an unexpected keyword argument 'batch'")

    with pytest.raises(ComponentError, match="'batch'"):
        ask(model(passing_on(predict)))

    assert calls == ["X"]


def test_what_a_client_raises_that_user_code_asks_is_user_codes_own_error() -> None:
    error = CallError("status 400: no", status=400)

    def predict(self: object, X: Any) -> Any:
        raise error

    with pytest.raises(UserCodeRaised) as raised:
        ask(model(predict))

    assert (raised.value.__cause__, raised.value.status) == (error, None)


class HasItsOwnBody(SeldonMicroserviceException):
    def to_dict(self) -> dict[str, Any]:
        return {"mine": self.message}


def test_an_exception_in_seldons_way_may_have_its_own_body() -> None:
    assert failure(HasItsOwnBody("boom")).document == {"mine": "boom"}
    assert failure(SeldonMicroserviceException("boom")).document is None


def test_a_message_with_half_a_character_can_be_sent() -> None:
    assert failure(ValueError("bad \ud800")).message == "ValueError: bad ?"
