from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from charter.contract.parse import parse
from charter.errors import StartError
from charter.infer import graphs
from charter.infer.draft import Draft

onnx = pytest.importorskip("onnx", reason="ONNX files need onnx")
TYPES = onnx.TensorProto
UNLIMITED = {"dtype": "FLOAT", "ftype": "continuous", "range": ["inf", "inf"]}


def tensor(name: str, kind: int, *shape: Any) -> Any:
    return onnx.helper.make_tensor_value_info(name, kind, list(shape))


def draft(folder: Path, inputs: list[Any], outputs: list[Any], nodes: Any = ()) -> Draft:
    graph = onnx.helper.make_graph(list(nodes), "graph", inputs, outputs)
    path = folder / "model.onnx"
    onnx.save(onnx.helper.make_model(graph), str(path))
    found = graphs.draft(path)
    parse(found.document)
    return found


Y = tensor("y", TYPES.FLOAT, "n", 1)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            tensor("x", TYPES.FLOAT, "n", 4),
            {"name": "x", **UNLIMITED, "physical": "float32", "repeat": 4},
        ),
        (tensor("x", TYPES.DOUBLE, None, 1), {"name": "x", **UNLIMITED}),
        (
            tensor("x", TYPES.UINT8, "n", 28, 28),
            {
                "name": "x",
                **UNLIMITED,
                "dtype": "INT",
                "physical": "uint8",
                "shape": [28, 28],
            },
        ),
        (tensor("x", TYPES.INT64, "n"), {"name": "x", **UNLIMITED, "dtype": "INT"}),
        (tensor("x", TYPES.BOOL, "n", 2), {"name": "x", "dtype": "BOOL", "repeat": 2}),
        (tensor("x", TYPES.STRING, "n", 1), {"name": "x", "dtype": "STRING"}),
    ],
)
def test_an_input_becomes_a_feature(tmp_path: Path, given: Any, expected: Any) -> None:
    found = draft(tmp_path, [given], [Y])

    assert found.document["features"] == [expected]
    assert "limits" not in found.document


def test_what_is_asked_for_is_named(tmp_path: Path) -> None:
    found = draft(tmp_path, [tensor("x", TYPES.FLOAT, "n", 4)], [Y])

    assert found.notes == (
        "features[0].range: x has no limits; write the least and the greatest",
        "targets[0].range: y has no limits; write the least and the greatest",
    )


def test_an_output_of_a_softmax_lies_between_0_and_1(tmp_path: Path) -> None:
    x, y = tensor("x", TYPES.FLOAT, "n", 3), tensor("y", TYPES.FLOAT, "n", 3)
    node = onnx.helper.make_node("Softmax", ["x"], ["y"])

    (target,) = draft(tmp_path, [x], [y], [node]).document["targets"]

    assert target["range"] == [0, 1]
    assert target["repeat"] == 3


def test_a_fixed_number_of_rows_is_a_limit(tmp_path: Path) -> None:
    one = draft(tmp_path, [tensor("x", TYPES.BOOL, 1, 3)], [tensor("y", TYPES.BOOL, 1, 1)])
    four = draft(tmp_path, [tensor("x", TYPES.BOOL, 4, 3)], [tensor("y", TYPES.BOOL, 4, 1)])

    assert (one.document["limits"], one.notes) == ({"rows": 1}, ())
    assert four.document["limits"] == {"rows": 4}
    assert four.notes == ("limits.rows: the model takes exactly 4 rows at a time, no fewer",)


def test_an_axis_of_any_length_is_asked_for(tmp_path: Path) -> None:
    x = tensor("x", TYPES.BOOL, "n", 3, "width", "height")

    found = draft(tmp_path, [x], [tensor("y", TYPES.BOOL, "n", 1)])

    assert found.document["features"][0]["shape"] == [3, 1, 1]
    assert found.notes == (
        "features[0].shape: axis 2, 3 of x is of any length; 1 stands there, write the length "
        "that you send",
    )


def test_weights_are_no_inputs(tmp_path: Path) -> None:
    x = tensor("x", TYPES.FLOAT, "n", 2)
    weights = onnx.helper.make_tensor("w", TYPES.FLOAT, [2], [1.0, 2.0])
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Mul", ["x", "w"], ["y"])],
        "graph",
        [x, tensor("w", TYPES.FLOAT, 2)],
        [tensor("y", TYPES.FLOAT, "n", 2)],
        [weights],
    )
    path = tmp_path / "model.onnx"
    onnx.save(onnx.helper.make_model(graph), str(path))

    assert [each["name"] for each in graphs.draft(path).document["features"]] == ["x"]


def test_an_output_that_is_no_tensor_is_left_out(tmp_path: Path) -> None:
    element = onnx.helper.make_tensor_type_proto(TYPES.FLOAT, [1])
    kind = onnx.helper.make_sequence_type_proto(element)
    maps = onnx.helper.make_value_info("maps", kind)

    found = draft(tmp_path, [tensor("x", TYPES.BOOL, "n", 1)], [maps])

    assert found.document["targets"] == []
    assert found.notes == ("targets: left out, for it is no tensor: maps",)


def test_a_type_that_no_contract_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"^features\[0\]: no type of a contract fits COMPLEX64"):
        draft(tmp_path, [tensor("x", TYPES.COMPLEX64, "n", 1)], [Y])


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    with pytest.raises(StartError, match=r"model\.onnx: no such file or directory"):
        graphs.draft(path)

    path.write_bytes(b"\xffnot a model")
    with pytest.raises(StartError, match=r"model\.onnx: no ONNX file: "):
        graphs.draft(path)


def test_an_empty_graph_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="expected an input at least, got none"):
        draft(tmp_path, [], [Y])


def column(name: str) -> dict[str, Any]:
    return {"name": name, "dtype": "FLOAT", "ftype": "continuous", "range": [0, 1]}


def test_features_come_from_a_table_with_as_many_columns(tmp_path: Path) -> None:
    graph = draft(tmp_path, [tensor("x", TYPES.FLOAT, "n", 2)], [Y])
    sample = {"input": [0, 1], "output": ["a"]}
    document = {"features": [column("a"), column("b")], "targets": [], "samples": [sample]}

    found = graphs.with_data(graph, Draft(document, ("a: noted",)))

    physical = {"physical": "float32"}
    assert found.document["features"] == [{**column("a"), **physical}, {**column("b"), **physical}]
    assert found.document["targets"] == graph.document["targets"]
    assert found.document["samples"] == [{"input": [0, 1]}]
    assert found.notes == ("a: noted", graph.notes[1])


def test_a_table_with_other_columns_is_refused(tmp_path: Path) -> None:
    graph = draft(tmp_path, [tensor("x", TYPES.FLOAT, "n", 2)], [Y])
    data = Draft({"features": [column("a")], "targets": []})

    with pytest.raises(StartError, match="takes 2 columns, and the data have 1 columns; name"):
        graphs.with_data(graph, data)
