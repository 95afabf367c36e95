from __future__ import annotations

import inspect
import pickle
from typing import Any

import pytest
from charter.methods import METHODS
from seldon_core.flask_utils import SeldonMicroserviceException
from seldon_core.user_model import SeldonComponent, SeldonNotImplementedError, SeldonResponse

# What the original's base class has, and says.
SAID = {
    "health_status": "health is not implemented",
    "health_status_raw": "health_raw is not implemented",
}
OTHERS = ("tags", "metrics", "class_names", "feature_names", "metadata")
NAMES = sorted({*OTHERS, *(name for row in METHODS for name in (row.name, row.raw) if name)})


@pytest.mark.parametrize("name", NAMES)
def test_a_method_says_that_it_is_not_implemented(name: str) -> None:
    method = getattr(SeldonComponent(any_parameter=1), name)
    arguments = [None] * len(inspect.signature(method).parameters)

    with pytest.raises(SeldonNotImplementedError) as raised:
        method(*arguments)

    assert raised.value.message == SAID.get(name, f"{name} is not implemented")


def test_a_component_loads_without_a_load_of_its_own() -> None:
    SeldonComponent().load()


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (SeldonMicroserviceException("m"), 400, "MICROSERVICE_BAD_DATA"),
        (SeldonMicroserviceException("m", 418, {"a": 1}, "R"), 418, "R"),
        (SeldonNotImplementedError("m"), 400, "MICROSERVICE_BAD_DATA"),
    ],
)
def test_an_error_chooses_its_status(
    error: SeldonMicroserviceException, status: int, reason: str
) -> None:
    assert (error.status_code, error.reason, error.message) == (status, reason, "m")


def test_an_error_can_be_pickled_and_printed() -> None:
    error = SeldonMicroserviceException("message", 418, reason="R")

    found = pickle.loads(pickle.dumps(error))

    assert str(found) == "message"
    assert (found.status_code, found.reason) == (418, "R")


def test_a_subclass_gives_its_own_status() -> None:
    class Teapot(SeldonMicroserviceException):  # type: ignore[misc]  # see mypy's overrides
        status_code = 418

    assert Teapot("m").status_code == 418


@pytest.mark.parametrize("data", [None, [], "text", b"bytes", {"a": 1}])
def test_a_response_holds_what_it_is_given(data: Any) -> None:
    found = SeldonResponse.create(data)

    assert (found.data, found.tags, found.metrics) == (data, {}, [])
    assert SeldonResponse.create(found) is found
