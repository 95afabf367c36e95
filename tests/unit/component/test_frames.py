from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from charter.component import frames
from charter.component.adapter import UserComponent
from charter.component.arguments import arguments
from charter.component.replies import Node
from charter.contract.model import Contract
from charter.contract.parse import parse
from charter.errors import BadPayload, StartError
from charter.message import Form, Message
from charter.methods import PREDICT, TRANSFORM_INPUT, TRANSFORM_OUTPUT, Takes

pd = pytest.importorskip("pandas")

AGE = {"name": "age", "dtype": "INT", "ftype": "continuous", "range": [0, 120]}
FARE = {"name": "fare", "dtype": "FLOAT", "ftype": "continuous", "range": [0, "inf"]}
COLOUR = {"name": "colour", "dtype": "STRING", "values": ["red", "green"]}
AT = {"name": "at", "dtype": "DATETIME"}
MEMBER = {"name": "member", "dtype": "BOOL"}
WORD = {"name": "word", "dtype": "STRING"}


def contract(*features: Any, **more: Any) -> Contract:
    return parse({"features": list(features), "targets": [], "input": "dataframe", **more})


def given(
    message: Message,
    made: Contract | None = None,
    function: Callable[..., Any] = lambda X: X,
    method: Any = PREDICT,
) -> Any:
    """Return what a function is given as X."""
    pick = arguments(function, "predict", Takes.MESSAGE)
    (X, *_), _ = frames.giving(pick, function, method, made)(message)
    return X


def rows(values: Any, *names: str, **how: Any) -> Message:
    return Message(Form.NDARRAY, np.array(values, **how), list(names))


def annotated(annotation: object) -> Callable[..., Any]:
    def function(X: Any) -> None: ...

    function.__annotations__["X"] = annotation
    return function


quoted = annotated("pd.DataFrame")


@pytest.mark.parametrize(
    "annotation",
    [
        pd.DataFrame,
        "pd.DataFrame",
        "'pd.DataFrame'",
        "pandas.DataFrame",
        "pandas.core.frame.DataFrame",
    ],
)
def test_an_annotation_asks_for_a_dataframe(annotation: object) -> None:
    X = given(rows([[1, 2.5]], "a", "b"), None, annotated(annotation))

    assert isinstance(X, pd.DataFrame)
    assert list(X.columns) == ["a", "b"]
    assert X.dtypes.tolist() == [np.float64, np.float64]


class DataFrame:
    """Another library's."""


@pytest.mark.parametrize(
    "annotation",
    [DataFrame, "pl.DataFrame", "np.DataFrame", "np.ndarray", np.ndarray, "list[pd.DataFrame]"],
)
def test_any_other_annotation_asks_for_an_array(annotation: object) -> None:
    message = rows([[1, 2.5]])

    assert given(message, None, annotated(annotation)) is message.value


def test_no_annotation_asks_for_an_array() -> None:
    message = rows([[1, 2.5]])

    assert given(message, None, lambda X, names: X) is message.value
    assert given(message, None, print) is message.value


def test_a_contract_asks_for_a_dataframe_where_it_describes_the_request() -> None:
    message = rows([[1, 2.5]])

    assert isinstance(given(message, contract(AGE, FARE)), pd.DataFrame)
    assert isinstance(given(message, contract(AGE, FARE), method=TRANSFORM_INPUT), pd.DataFrame)
    assert given(message, contract(AGE, FARE), method=TRANSFORM_OUTPUT) is message.value
    assert given(message, contract(AGE, FARE, input="array")) is message.value


def test_columns_have_the_types_of_the_contract() -> None:
    made = contract(AGE, FARE, COLOUR, AT, MEMBER, WORD)
    X = given(rows([[7, 2.5, "red", "2026-11-25T14:30:00+01:00", True, "7"]]), made)

    assert X.columns.tolist() == ["age", "fare", "colour", "at", "member", "word"]
    assert X["age"].dtype == np.int64
    assert X["fare"].dtype == np.float64
    assert X["colour"].dtype == pd.CategoricalDtype(["red", "green"])
    assert X["at"].dtype == "datetime64[ns, UTC]"
    assert X["member"].dtype == np.bool_
    moment = pd.Timestamp("2026-11-25T13:30:00Z")
    assert X.iloc[0].tolist() == [7, 2.5, "red", moment, True, "7"]


def test_missing_values_have_types_that_hold_them() -> None:
    made = contract(*[{**each, "nullable": True} for each in (AGE, FARE, COLOUR, AT, MEMBER)])
    X = given(rows([[None] * 5, [7, 2.5, "red", "2026-11-25", True]], dtype=object), made)

    assert X["age"].dtype == pd.Int64Dtype()
    assert X["fare"].dtype == np.float64
    assert X["member"].dtype == pd.BooleanDtype()
    assert X.iloc[0].isna().all()
    assert X.iloc[1].tolist() == [7, 2.5, "red", pd.Timestamp("2026-11-25", tz="UTC"), True]


@pytest.mark.parametrize(
    ("feature", "values", "dtype"),
    [
        ({**FARE, "physical": "float32"}, [1.5], "float32"),
        ({**AGE, "physical": "uint8"}, [1.0], "uint8"),
        ({**AGE, "physical": "uint8", "nullable": True}, [1.0, np.nan], "UInt8"),
        ({**AGE, "range": [0, 1], "physical": "bool"}, [1.0], "bool"),
        ({**AGE, "physical": "uint8"}, [1.0, 300.0], "float64"),
        (AGE, [1.5], "float64"),
        (AGE, [1e300], "float64"),
    ],
)
def test_a_column_has_the_physical_dtype_where_its_values_have_it(
    feature: Any, values: list[float], dtype: str
) -> None:
    X = given(rows([[value] for value in values]), contract(feature))

    assert X[feature["name"]].dtype == dtype
    np.testing.assert_array_equal(X[feature["name"]].astype(float), values)


@pytest.mark.parametrize(
    ("feature", "value"), [(AT, "soon"), (MEMBER, 2), (AGE, "x"), (AGE, 10**400), (COLOUR, [1])]
)
def test_what_has_not_the_type_of_the_contract_comes_as_it_is(feature: Any, value: Any) -> None:
    cell = np.empty((1, 1), dtype=object)
    cell[0, 0] = value

    X = given(Message(Form.NDARRAY, cell), contract(feature))

    assert X.shape == (1, 1)
    assert feature is COLOUR or X.iloc[0, 0] == value


def test_a_category_is_the_one_of_the_contract_however_it_travelled() -> None:
    size = {"name": "size", "ftype": "categorical", "dtype": "INT", "values": [1, 2, 3]}

    X = given(rows([["2"], ["9"]]), contract(size))

    assert X["size"].cat.categories.tolist() == [1, 2, 3]
    assert X["size"].tolist()[0] == 2
    assert X["size"].isna().tolist() == [False, True]


def test_columns_are_called_as_the_caller_says() -> None:
    X = given(rows([[2.5, 7]], "fare", "age"), contract(AGE, FARE))

    assert X.columns.tolist() == ["fare", "age"]
    assert X["age"].dtype == np.int64


@pytest.mark.parametrize("names", [(), ("t:0", "t:1"), ("only",)])
def test_without_names_they_are_called_as_the_contract_says(names: tuple[str, ...]) -> None:
    assert given(rows([[7, 2.5]], *names), contract(AGE, FARE)).columns.tolist() == ["age", "fare"]


def test_with_neither_they_have_numbers() -> None:
    assert given(rows([[7, 2.5, 1]]), contract(AGE, FARE)).columns.tolist() == [0, 1, 2]
    assert given(rows([["a", "b"]]), None, quoted).to_numpy().tolist() == [["a", "b"]]


def test_repeated_and_shaped_features_are_columns_of_their_own() -> None:
    made = contract({**AGE, "repeat": 2}, {**FARE, "shape": [2]})

    X = given(rows([[1, 2, 0.5, 1.5]]), made)

    assert X.columns.tolist() == ["age1", "age2", "fare[0]", "fare[1]"]
    assert [dtype.kind for dtype in X.dtypes] == list("iiff")


def test_names_may_be_the_same_twice_without_a_loss() -> None:
    X = given(rows([["a", "b"]], "x", "x"), None, quoted)

    assert X.shape == (1, 2)


def test_a_single_column_needs_no_axis_and_no_rows_make_an_empty_frame() -> None:
    assert given(rows([1, 2]), contract(AGE))["age"].tolist() == [1, 2]
    assert given(rows([]), contract(AGE)).shape == (0, 0)


def test_more_axes_than_two_are_refused() -> None:
    with pytest.raises(BadPayload, match="expected rows of columns"):
        given(Message(Form.TENSOR, np.zeros((1, 2, 2))), None, quoted)


@pytest.mark.parametrize("message", [Message(Form.TEXT, "a"), Message(Form.JSON, {"a": 1})])
def test_what_is_no_table_stays_as_it_is(message: Message) -> None:
    assert given(message, None, quoted) is message.value


class Doubles:
    def predict(self, X: Any) -> Any:
        return X * 2 if isinstance(X, pd.DataFrame) else X


Doubles.predict.__annotations__["X"] = "pd.DataFrame"


def test_a_component_is_given_a_dataframe_and_may_return_one() -> None:
    request = rows([[1.0, 2.0]], "a", "b")

    reply = UserComponent(Doubles()).call(PREDICT).run(request)

    assert (reply.form, reply.value.tolist(), reply.names) == (
        Form.NDARRAY,
        [[2.0, 4.0]],
        ["a", "b"],
    )


def test_seldon_core_gives_arrays_whatever_the_annotation() -> None:
    request = rows([[1.0, 2.0]])

    reply = UserComponent(Doubles(), Node(is_strict=True)).call(PREDICT).run(request)

    assert reply.value.tolist() == [[1.0, 2.0]]


def test_a_contract_asks_for_a_dataframe_from_seldon_core_too() -> None:
    class Kind:
        def predict(self, X: Any, names: Any) -> list[str]:
            return [type(X).__name__]

    node = Node(is_strict=True, contract=contract(AGE))

    reply = UserComponent(Kind(), node).call(PREDICT).run(rows([[1]], "age"))

    assert reply.value.tolist() == ["DataFrame"]


def test_the_extra_is_named_where_pandas_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)

    with pytest.raises(StartError, match=r"predict: .* pip install 'charter\[pandas\]'"):
        given(rows([[1.0]]), None, quoted)
