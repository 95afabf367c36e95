"""The model behind each record of REST, by the record's group and name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from parity.returned import RETURNED
from parity.signatures import RAW, S10, SIGNATURES
from seldon_core.flask_utils import SeldonMicroserviceException
from seldon_core.user_model import SeldonResponse

Predict: TypeAlias = Callable[[Any, Any, Any], Any]


def make(record: str) -> object:
    """Return a new model for a record."""
    return _MODELS[model_name(record)]()


def model_name(record: str) -> str:
    """Return what the model behind a record is called; some serve many records."""
    group, name = record.split("/")
    if group in _ONE_FOR_ALL:
        return group
    return f"{group}/{name.partition('<-')[0].removesuffix('_meta')}"


def having(**members: Any) -> object:
    """Return an object of a new class with these members."""
    return type("Model", (), members)()


def predicting(function: Predict, **members: Any) -> object:
    """Return a model that predicts with a function of X, names and meta."""

    def predict(self: object, X: Any, names: Any, meta: Any = None) -> Any:
        return function(X, names, meta)

    return having(predict=predict, **members)


def _same(X: Any, names: Any, meta: Any) -> Any:
    return X


def _described(X: Any, names: Any, meta: Any) -> Any:
    return {
        "type": type(X).__name__,
        "dtype": str(getattr(X, "dtype", "")),
        "shape": list(getattr(X, "shape", [])),
        "repr": repr(X)[:200],
        "names_type": type(names).__name__,
        "names": None if names is None else list(names),
        "meta": meta,
    }


def _two(X: Any, names: Any, meta: Any) -> Any:
    return np.array([[0.1, 0.9]])


def _responding(**given: Any) -> Predict:
    return lambda X, names, meta: SeldonResponse(X, **given)


def _raising(error: Exception) -> object:
    def fail(X: Any, names: Any, meta: Any) -> Any:
        raise error

    return predicting(fail)


def _raising_not_found() -> object:
    from werkzeug import exceptions  # the user's code brings it

    return _raising(exceptions.NotFound("nf"))


def _giving(value: Any) -> Callable[[object], Any]:
    """Return a method without arguments that returns a value."""
    return lambda self: value


def _dividing(self: object) -> Any:
    return 1 / 0


def _metric(kind: str, key: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"type": kind, "key": key, "value": value, **more}


def _routing(value: Any) -> object:
    return having(route=lambda self, X, names: value)


def _with_error_handler() -> object:
    import flask  # the user's code brings it

    class Custom(Exception):
        pass

    blueprint = flask.Blueprint("errors", __name__)

    @blueprint.app_errorhandler(Custom)
    def handle(error: Custom) -> flask.Response:
        response = flask.jsonify({"mine": str(error)})
        response.status_code = 418
        return response

    def fail(X: Any, names: Any, meta: Any) -> Any:
        raise Custom("custom")

    return predicting(fail, model_error_handler=blueprint)


def _doubled(self: object, X: Any, names: Any, meta: Any) -> Any:
    return X * 2


def _mean(self: object, Xs: Any, names: Any) -> Any:
    return np.mean(Xs, axis=0)


def _types(self: object, Xs: Any, names: Any) -> Any:
    return {"t": [type(X).__name__ for X in Xs], "n": [list(name) for name in names]}


def _metas(self: object, Xs: Any, names: Any, metas: Any = None) -> Any:
    return {"metas": metas}


def _feedback(
    self: object, X: Any, names: Any, reward: Any, truth: Any, routing: Any = None
) -> Any:
    return {
        "f": repr(X),
        "names": list(names),
        "names_t": type(names).__name__,
        "reward": reward,
        "truth": repr(truth),
        "routing": routing,
    }


def _forgetting(
    self: object, X: Any, names: Any, reward: Any, truth: Any, routing: Any = None
) -> Any:
    return None


_V2_METADATA = {
    "name": "n",
    "versions": ["1"],
    "platform": "p",
    "inputs": [{"name": "i", "datatype": "FP32", "shape": [1]}],
    "outputs": [{"messagetype": "tensor", "schema": {"names": ["a"], "shape": [1]}}],
    "custom": {"a": "b"},
}
_THREE_METRICS = [
    _metric("COUNTER", "c", 1),
    _metric("GAUGE", "g", 2),
    _metric("TIMER", "t", 20.2, tags={"x": "y"}),
]
_NY = ["n", "y"]
_GAUGE = _metric("GAUGE", "c", 1)
_RUNTIME_GAUGE = _metric("GAUGE", "r", 1)


def _two_with(**members: Any) -> Callable[[], object]:
    return lambda: predicting(_two, **members)


def _returning(value: Any) -> Callable[[], object]:
    return lambda: predicting(lambda X, names, meta: value)


_ONE_FOR_ALL = frozenset({"decode", "identity", "transport", "multipart"})
_MODELS: Mapping[str, Callable[[], object]] = {
    "decode": lambda: predicting(_described),
    "identity": lambda: predicting(_same),
    "transport": lambda: predicting(_same),
    "multipart": lambda: predicting(_same),
    **{f"return/{name}": _returning(value) for name, value in RETURNED.items()},
    **{f"signature/{name}": kind for name, kind in SIGNATURES.items()},
    "class_names/method": _two_with(class_names=_giving(_NY)),
    "class_names/attr_list": _two_with(class_names=_NY),
    "class_names/method_np": _two_with(class_names=_giving(np.array(_NY))),
    "class_names/method_None": _two_with(class_names=_giving(None)),
    "class_names/property": _two_with(class_names=property(_giving(_NY))),
    "class_names/method_wrong_len": _two_with(class_names=_giving(["n"])),
    "class_names/1d_ignored": lambda: predicting(
        lambda X, names, meta: np.array([1, 2]), class_names=_giving(_NY)
    ),
    "class_names/raises": _two_with(class_names=_dividing),
    "class_names/str_result_ignored": lambda: predicting(
        lambda X, names, meta: "s", class_names=_giving(_NY)
    ),
    "class_names/feature_names_ignored_in_predict": _two_with(feature_names=_giving(["f1", "f2"])),
    "tags/method": _two_with(tags=_giving({"a": 1, "b": [1]})),
    "tags/attr": _two_with(tags={"a": 1}),
    "tags/merge_request_priority": _two_with(tags=_giving({"t": "model"})),
    "tags/runtime_priority": lambda: predicting(
        _responding(tags={"t": "runtime"}), tags=_giving({"t": "model"})
    ),
    "tags/none": _two_with(tags=_giving(None)),
    "tags/np_value": _two_with(tags=_giving({"a": np.float64(1)})),
    "metrics/ok3": _two_with(metrics=_giving(_THREE_METRICS)),
    "metrics/bad_type": _two_with(metrics=_giving([_metric("BAD", "c", 1)])),
    "metrics/no_type": _two_with(metrics=_giving([{"key": "c", "value": 1}])),
    "metrics/str_value": _two_with(metrics=_giving([_metric("GAUGE", "c", "1")])),
    "metrics/np_value": _two_with(metrics=_giving([_metric("GAUGE", "c", np.float64(1))])),
    "metrics/dict_not_list": _two_with(metrics=_giving(_GAUGE)),
    "metrics/tuple": _two_with(metrics=_giving((_GAUGE,))),
    "metrics/None": _two_with(metrics=_giving(None)),
    "metrics/request_metrics_echo": _two_with(metrics=_giving([_GAUGE])),
    "metrics/runtime": lambda: predicting(
        _responding(metrics=[_RUNTIME_GAUGE]), metrics=_giving([_GAUGE])
    ),
    "metrics/runtime_bad": lambda: predicting(_responding(metrics=[_metric("X", "r", 1)])),
    "metrics/runtime_tuple": lambda: predicting(_responding(metrics=(_RUNTIME_GAUGE,))),
    "metadata/none": lambda: predicting(_same),
    "metadata/v2": _two_with(init_metadata=_giving(_V2_METADATA)),
    "metadata/bad": _two_with(init_metadata=_giving({"foo": 1})),
    "metadata/api_v1": lambda: predicting(_same),
    "metadata/notdict": _two_with(init_metadata=_giving([1])),
    "metadata/raises": _two_with(init_metadata=_dividing),
    "metadata/model_metadata_method_ignored": _two_with(metadata=_giving({"name": "x"})),
    "health/list": _two_with(health_status=_giving([0.1])),
    "health/str": _two_with(health_status=_giving("ok")),
    "health/none": lambda: predicting(_same),
    "health/dict": _two_with(health_status=_giving({"ok": True})),
    "health/raw": _two_with(health_status_raw=_giving({"data": {"ndarray": [1]}})),
    "health/api_v1": lambda: predicting(_same),
    "health/post": lambda: predicting(_same),
    "health/raises": _two_with(health_status=_dividing),
    "health/seldoncomponent": S10,
    "health/ping": lambda: predicting(_same),
    "errors/seldon_default": lambda: _raising(SeldonMicroserviceException("boom")),
    "errors/generic": lambda: _raising(ValueError("boom")),
    "errors/seldon_403_reason_payload": lambda: _raising(
        SeldonMicroserviceException("boom", 403, {"x": 1}, "MY_REASON")
    ),
    "errors/werkzeug_404": _raising_not_found,
    "errors/empty_message": lambda: _raising(ValueError()),
    "errors/options": lambda: predicting(_same),
    "errors/get_v1_predictions": lambda: predicting(_same),
    "errors/keyerror": lambda: _raising(KeyError("k")),
    "errors/attribute": lambda: _raising(AttributeError("a")),
    "errors/unknown_path": lambda: predicting(_same),
    "errors/put": lambda: predicting(_same),
    "errors/head": lambda: predicting(_same),
    "errors/model_error_handler": _with_error_handler,
    **{f"raw/{name}": kind for name, kind in RAW.items()},
    "transform/in_none": having,
    "transform/out_none": having,
    "transform/in": lambda: having(transform_input=_doubled),
    "transform/out": lambda: having(transform_output=lambda self, X, names, meta: "s"),
    "transform/in_on_predict_only_model": lambda: predicting(_same),
    "transform/in_feature_names": lambda: having(
        transform_input=_doubled,
        feature_names=_giving(["f", "g"]),
        class_names=_giving(["c", "d"]),
    ),
    "route/0": lambda: _routing(0),
    "route/1": lambda: _routing(1),
    "route/str": lambda: _routing("1"),
    "route/None": lambda: _routing(None),
    "route/none": having,
    "route/str_req": lambda: _routing(1),
    "route/m1": lambda: _routing(-1),
    "route/m2": lambda: _routing(-2),
    "route/np_int64": lambda: _routing(np.int64(1)),
    "route/float": lambda: _routing(1.0),
    "route/True": lambda: _routing(True),
    "route/list": lambda: _routing([1]),
    "route/resp": lambda: _routing(SeldonResponse(1, tags={"a": 1})),
    "route/seldoncomponent": S10,
    "route/tensor_req": lambda: _routing(1),
    "aggregate/list": lambda: having(aggregate=_mean),
    "aggregate/seldonMessages": lambda: having(aggregate=_mean),
    "aggregate/empty_list": lambda: having(aggregate=_mean),
    "aggregate/bad": lambda: having(aggregate=_mean),
    "aggregate/bad_items": lambda: having(aggregate=_mean),
    "aggregate/no_method": having,
    "aggregate/mixed_types": lambda: having(aggregate=_types),
    "aggregate/with_meta_arg": lambda: having(aggregate=_metas),
    "feedback/full": lambda: having(send_feedback=_feedback),
    "feedback/v01": lambda: having(send_feedback=_feedback),
    "feedback/returns_none": lambda: having(send_feedback=_forgetting),
    "feedback/v1": lambda: having(send_feedback=_feedback),
    "feedback/four_args": lambda: having(send_feedback=lambda self, f, n, r, t: None),
    "feedback/strdata_request": lambda: having(send_feedback=_feedback),
    "feedback/unknown_field": lambda: having(send_feedback=_feedback),
    "feedback/empty": lambda: having(send_feedback=_feedback),
    "feedback/tensor": lambda: having(send_feedback=_feedback),
    "feedback/none": having,
    "feedback/no_reward": lambda: having(send_feedback=_feedback),
}
NAMES = frozenset(_MODELS)
