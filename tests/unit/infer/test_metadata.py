from __future__ import annotations

from typing import Any

import pytest
from charter.infer import metadata


class Model:
    def __init__(self, said: Any) -> None:
        self.said = said

    def init_metadata(self) -> Any:
        return self.said


FLOAT = {"dtype": "FLOAT", "ftype": "continuous", "range": ["inf", "inf"]}


def array(**schema: Any) -> Any:
    return {"messagetype": "tensor", "schema": schema}


@pytest.mark.parametrize(
    ("item", "entries"),
    [
        (array(names=["a", "b"], shape=[2]), [{"name": "a", **FLOAT}, {"name": "b", **FLOAT}]),
        (array(shape=[4]), [{"name": "x", **FLOAT, "repeat": 4}]),
        (array(shape=[-1, 4]), [{"name": "x", **FLOAT, "repeat": 4}]),
        (array(shape=[28, 28]), [{"name": "x", **FLOAT, "shape": [28, 28]}]),
        (
            {"name": "i", "datatype": "FP32", "shape": [1, 3]},
            [{"name": "i", **FLOAT, "physical": "float32", "repeat": 3}],
        ),
        (
            {"name": "i", "datatype": "INT64", "shape": [-1, 2, 2]},
            [{"name": "i", **FLOAT, "dtype": "INT", "shape": [2, 2]}],
        ),
        ({"name": "b", "datatype": "BOOL", "shape": [1]}, [{"name": "b", "dtype": "BOOL"}]),
        ({"name": "s", "datatype": "BYTES"}, [{"name": "s", "dtype": "STRING"}]),
    ],
)
def test_an_input_becomes_features(item: Any, entries: list[Any]) -> None:
    found = metadata.features(Model({"inputs": [item]}))

    assert found is not None
    assert list(found.entries) == entries


def test_outputs_become_targets() -> None:
    found = metadata.targets(Model({"outputs": [array(names=["y"])]}))

    assert found is not None
    assert found.entries == ({"name": "y", **FLOAT},)


@pytest.mark.parametrize(
    "said", [{}, None, {"inputs": []}, {"inputs": "x"}, {"inputs": [3, {"messagetype": "strData"}]}]
)
def test_metadata_that_say_nothing_of_columns(said: Any) -> None:
    assert metadata.features(Model(said)) is None


def test_a_model_without_metadata_says_nothing() -> None:
    assert metadata.features(object()) is None
