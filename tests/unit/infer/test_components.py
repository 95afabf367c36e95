from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from charter.contract.parse import parse
from charter.errors import StartError
from charter.infer import components
from charter.infer.draft import Draft

pd = pytest.importorskip("pandas", reason="tables need pandas")

TABLE = pd.DataFrame({"a": [0.0, 0.5, 1.0], "b": [1.0, 2.0, 3.0], "label": ["x", "y", "x"]})
HALVES = """
import numpy as np

class {name}:
    def predict(self, X, names):
        X = np.asarray(X, float)
        return np.column_stack([X[:, 0], 1 - X[:, 0]])

    def class_names(self):
        return ["yes", "no"]
"""


def model(folder: Path, text: str) -> str:
    """Write a model; each test has its own module, for a name is imported once only."""
    file = folder / f"Model{abs(hash(folder))}.py"
    file.write_text(text.replace("{name}", file.stem), "utf-8")
    return str(file)


def draft(name: str) -> Draft:
    with components.loaded(name) as loaded:
        found = components.draft(loaded)
    parse(found.document)
    return found


def draft_with(name: str, *targets: str, table: Any = TABLE, rows: int = 2) -> Draft:
    with components.loaded(name) as loaded:
        found = components.draft_with(loaded, table, targets, rows)
    parse(found.document)
    return found


def test_targets_and_samples_are_what_the_model_answers(tmp_path: Path) -> None:
    found = draft_with(model(tmp_path, HALVES), "label").document

    assert [each["name"] for each in found["features"]] == ["a", "b"]
    assert [(each["name"], each["range"]) for each in found["targets"]] == [
        ("yes", [0, 1]),
        ("no", [0, 1]),
    ]
    assert found["leftOut"] == ["label"]
    assert found["samples"] == [
        {"input": [0.0, 1.0], "output": [0.0, 1.0]},
        {"input": [1.0, 3.0], "output": [1.0, 0.0]},
    ]


def test_no_samples_are_kept_where_none_are_wanted(tmp_path: Path) -> None:
    assert "samples" not in draft_with(model(tmp_path, HALVES), "label", rows=0).document


MOODY = """
import itertools
import numpy as np

class {name}:
    def __init__(self):
        self.times = itertools.count()

    def predict(self, X):
        return np.full((len(X), 1), next(self.times))
"""


def test_answers_that_change_are_not_kept(tmp_path: Path) -> None:
    found = draft_with(model(tmp_path, MOODY), "label")

    assert found.document["samples"] == [{"input": [0.0, 1.0]}, {"input": [1.0, 3.0]}]
    assert "samples: the same rows got two answers, so none are kept" in found.notes


TEXTUAL = """
class {name}:
    def predict(self, X):
        return "fine"
"""


def test_an_answer_that_is_no_array_promises_nothing(tmp_path: Path) -> None:
    found = draft_with(model(tmp_path, TEXTUAL), "label")

    assert found.document["targets"] == []
    assert found.document["samples"] == [{"input": [0.0, 1.0]}, {"input": [1.0, 3.0]}]
    assert found.notes == ("targets: it answers with text data, of which none are promised",)


FITTED = """
import pandas as pd
from sklearn.linear_model import LogisticRegression

class {name}:
    def load(self):
        rows = pd.DataFrame({"b": [0.0, 1.0], "a": [1.0, 0.0]})
        self.model = LogisticRegression().fit(rows.values, ["low", "high"])
        self.model.feature_names_in_ = rows.columns.to_numpy()

    def predict(self, X):
        return self.model.predict_proba(X) if len(X[0]) == 2 else 1 / 0
"""


@pytest.fixture
def fitted(tmp_path: Path) -> str:
    pytest.importorskip("sklearn", reason="the model is of scikit-learn")
    return model(tmp_path, FITTED)


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_columns_are_put_in_the_order_of_the_model(fitted: str) -> None:
    found = draft_with(fitted)

    assert [each["name"] for each in found.document["features"]] == ["b", "a"]
    assert found.document["leftOut"] == ["label"]
    assert found.notes == ("left out, for the model does not take it: label",)


def test_a_table_with_too_many_columns_is_refused(fitted: str) -> None:
    table = TABLE.rename(columns={"a": "c"})

    with pytest.raises(StartError) as caught:
        draft_with(fitted, table=table)

    assert caught.value.message == (
        f"{fitted}: it takes 2 columns, and the data have 3, 'c, b, label'; name those that are "
        f"no features with --target"
    )


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_a_model_alone_is_asked_with_rows_that_are_made_up(fitted: str) -> None:
    found = draft(fitted)

    unlimited = {"dtype": "FLOAT", "ftype": "continuous", "range": ["inf", "inf"]}
    assert found.document["features"] == [{"name": "b", **unlimited}, {"name": "a", **unlimited}]
    assert [each["range"] for each in found.document["targets"]] == [[0, 1]]
    assert found.notes == (
        "features[0].range: b has no limits; write the least and the greatest",
        "features[1].range: a has no limits; write the least and the greatest",
    )


def test_a_model_that_says_nothing_is_refused(tmp_path: Path) -> None:
    name = model(tmp_path, HALVES)

    with pytest.raises(StartError) as caught:
        draft(name)

    assert caught.value.message == (
        f"{name}: nothing says which columns it takes; give rows with --data, or inputs in "
        f"init_metadata()"
    )


CHOOSY = """
class {name}:
    def predict(self, X):
        raise ValueError("only rows of last week")

    def init_metadata(self):
        names = lambda *names: [{"messagetype": "tensor", "schema": {"names": list(names)}}]
        return {"inputs": names("a", "b"), "outputs": names("y")}
"""


def test_a_model_that_refuses_made_up_rows_has_the_targets_of_its_metadata(tmp_path: Path) -> None:
    found = draft(model(tmp_path, CHOOSY))

    assert [each["name"] for each in found.document["targets"]] == ["y"]
    assert found.notes[-1] == (
        "targets: it did not answer to rows that were made up: ValueError: only rows of last week"
    )


def test_a_model_that_refuses_the_data_is_told(tmp_path: Path) -> None:
    name = model(tmp_path, CHOOSY)

    with pytest.raises(StartError) as caught:
        draft_with(name, "label")

    assert (
        caught.value.message
        == f"{name}: it does not answer to the data: ValueError: only rows of last week"
    )


def test_a_model_that_cannot_be_loaded_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = (
        "class {name}:\n    def load(self):\n        1 / 0\n    def predict(self, X):\n        0"
    )

    with pytest.raises(StartError, match="could not be loaded: division by zero"):
        draft(model(tmp_path, broken))

    assert "ZeroDivisionError" in caplog.text


def test_rows_of_several_types_are_objects() -> None:
    mixed = components.matrix(TABLE, ["a", "label"])
    plain = components.matrix(TABLE, ["a", "b"])

    assert (str(mixed.dtype), mixed[0].tolist()) == ("object", [0.0, "x"])
    assert (str(plain.dtype), plain.shape) == ("float64", (3, 2))
