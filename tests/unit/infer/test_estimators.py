from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from charter.infer import estimators

UNLIMITED = {"dtype": "FLOAT", "ftype": "continuous", "range": ["inf", "inf"]}


class Holder:
    def __init__(self, **held: Any) -> None:
        self.__dict__.update(held)


def entries(*held: Any) -> list[dict[str, Any]]:
    described = estimators.features(Holder(models=list(held)))
    assert described is not None
    return list(described.entries)


@pytest.fixture
def sklearn() -> Any:
    return pytest.importorskip("sklearn", reason="estimators are of scikit-learn")


@pytest.fixture
def table(sklearn: Any) -> Any:
    pandas = pytest.importorskip("pandas", reason="tables need pandas")
    data = {"size": [1.0, 2.0, 3.0, 4.0], "colour": ["red", "blue", "red", "blue"]}
    return pandas.DataFrame(data)


def test_names_of_columns_are_those_of_the_fit(table: Any) -> None:
    from sklearn.linear_model import LogisticRegression

    numbers = table.assign(colour=[0, 1, 0, 1])
    model = LogisticRegression().fit(numbers, [0, 1, 0, 1])

    assert entries(model) == [{"name": "size", **UNLIMITED}, {"name": "colour", **UNLIMITED}]
    assert estimators.classes(Holder(model=model)) == [0, 1]


def test_columns_without_names_are_counted(sklearn: Any) -> None:
    from sklearn.tree import DecisionTreeClassifier

    model = DecisionTreeClassifier().fit(np.eye(3), ["a", "b", "c"])

    assert entries(model) == [{"name": "x", **UNLIMITED, "repeat": 3}]
    assert estimators.classes(Holder(model=model)) == ["a", "b", "c"]


def test_categories_and_ranges_of_a_pipeline_are_found(table: Any) -> None:
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import MinMaxScaler, OneHotEncoder

    parts = [("scale", MinMaxScaler(), ["size"]), ("encode", OneHotEncoder(), ["colour"])]
    steps = [("prepare", ColumnTransformer(parts)), ("model", LogisticRegression())]
    pipeline = Pipeline(steps).fit(table, [0, 1, 0, 1])

    assert entries(pipeline) == [
        {"name": "size", **UNLIMITED, "range": [1.0, 4.0]},
        {
            "name": "colour",
            "dtype": "STRING",
            "ftype": "categorical",
            "values": ["blue", "red"],
        },
    ]


def test_categories_without_names_are_found_by_their_place(sklearn: Any) -> None:
    from sklearn.preprocessing import OrdinalEncoder

    rows = np.array([["a", None], ["b", "x"]], dtype=object)

    assert entries(OrdinalEncoder().fit(rows)) == [
        {"name": "x1", "dtype": "STRING", "ftype": "categorical", "values": ["a", "b"]},
        {
            "name": "x2",
            "dtype": "STRING",
            "ftype": "categorical",
            "values": ["x"],
            "nullable": True,
        },
    ]


def test_numbers_as_categories_have_no_dtype_of_text(sklearn: Any) -> None:
    from sklearn.preprocessing import OneHotEncoder

    (found,) = entries(OneHotEncoder().fit(np.array([[1], [2]])))

    assert found == {"name": "x1", "dtype": "FLOAT", "ftype": "categorical", "values": [1, 2]}


def test_estimators_of_different_widths_are_noted(sklearn: Any) -> None:
    from sklearn.preprocessing import StandardScaler

    two, three = (StandardScaler().fit(np.eye(size)) for size in (2, 3))
    described = estimators.features(Holder(a=two, b={"c": three}))

    assert described is not None
    assert described.notes == (
        "features: the model holds estimators of 2 and [3] columns; 2 are taken",
    )


def test_what_is_not_fitted_or_no_estimator_says_nothing(sklearn: Any) -> None:
    from sklearn.linear_model import LogisticRegression

    holder = Holder(a=LogisticRegression(), b=3, c="text", d=LogisticRegression)

    assert estimators.features(holder) is None
    assert estimators.features(3) is None
    assert estimators.classes(holder) == []


def softmax() -> None:
    """Stand for the activation of that name."""


# Keras' own models have these attributes; importing it takes seconds, and it may not be there.
def network(inputs: Any, outputs: Any, activation: Any = None) -> Holder:
    layers = [Holder(activation=activation)]
    return Holder(input_shape=inputs, output_shape=outputs, layers=layers)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((None, 4), {"repeat": 4}),
        ((None, 1), {}),
        ((None, 28, 28, 1), {"shape": [28, 28, 1]}),
        ([(None, 4), (None, 2)], {"repeat": 4}),
    ],
)
def test_a_network_says_its_shape(shape: Any, expected: dict[str, Any]) -> None:
    assert entries(network(shape, (None, 2))) == [{"name": "x", **UNLIMITED, **expected}]


def test_a_network_says_its_targets() -> None:
    plain = estimators.network_targets(Holder(net=network((None, 4), (None, 1))))
    bounded = estimators.network_targets(Holder(net=network((None, 4), (None, 3), softmax)))

    assert plain is not None
    assert bounded is not None
    assert plain.entries == ({"name": "t", **UNLIMITED},)
    assert bounded.entries == ({"name": "t", **UNLIMITED, "range": [0, 1], "repeat": 3},)
    assert estimators.network_targets(Holder()) is None
