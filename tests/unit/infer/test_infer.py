from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from charter.contract.parse import parse
from charter.errors import StartError
from charter.infer import Wish, infer

EXAMPLES = Path(__file__).parents[3] / "examples"
pd = pytest.importorskip("pandas", reason="tables need pandas")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_text("x1,x2,x3,x4\n-1,2,3.5,1\n4,5,6,1\n", "utf-8")
    return path


def graph(folder: Path, columns: int) -> str:
    onnx = pytest.importorskip("onnx", reason="ONNX files need onnx")
    x, y = (
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", size])
        for name, size in (("x", columns), ("y", 1))
    )
    path = folder / "model.onnx"
    onnx.save(onnx.helper.make_model(onnx.helper.make_graph([], "g", [x], [y])), str(path))
    return str(path)


def names(document: Any, key: str) -> list[str]:
    return [each["name"] for each in document[key]]


def test_a_table_makes_features(data: Path) -> None:
    found = infer(Wish(str(data), name="Scales")).document

    assert next(iter(found)) == "name"
    assert found["name"] == "Scales"
    assert names(found, "features") == ["x1", "x2", "x3", "x4"]
    assert parse(found).targets == ()


def test_a_model_may_stand_before_or_behind_its_table(data: Path) -> None:
    model = str(EXAMPLES / "hello")

    one = infer(Wish(str(data), model=model)).document
    other = infer(Wish(model, data=data)).document

    assert one == other
    assert names(one, "targets") == ["t"]
    assert one["samples"][0] == {"input": [-1, 2, 3.5, 1], "output": [-2.0, 4.0, 7.0, 2.0]}


def test_a_graph_may_have_a_table(tmp_path: Path, data: Path) -> None:
    model = graph(tmp_path, 4)

    assert names(infer(Wish(model)).document, "features") == ["x"]
    assert names(infer(Wish(model, data=data)).document, "features") == ["x1", "x2", "x3", "x4"]


def test_a_model_beside_what_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="--model goes with a table; give that with --data"):
        infer(Wish(graph(tmp_path, 1), model="Iris"))


def test_a_column_without_a_name_has_that_of_pandas(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(",x\n1,2\n", "utf-8")

    assert names(infer(Wish(str(path))).document, "features") == ["Unnamed: 0", "x"]


def test_what_is_neither_file_nor_model_is_refused() -> None:
    with pytest.raises(StartError, match=r"no file, no name like"):
        infer(Wish("what is this"))
