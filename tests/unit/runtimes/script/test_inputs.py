from __future__ import annotations

import base64
import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from charter.component.images import Budget, pixels
from charter.contract.model import Contract
from charter.contract.parse import parse
from charter.contract.png import png
from charter.errors import BadPayload, TooLarge
from charter.runtimes.script import inputs
from hypothesis import given
from hypothesis import strategies as st

X = {"name": "x", "dtype": "FLOAT", "range": [0, 1]}
TEXT = {"name": "text", "dtype": "STRING"}
GREY = {"name": "grey", "dtype": "IMAGE", "shape": [2, 3, 1]}
COLOUR = {"name": "colour", "dtype": "IMAGE", "shape": [2, 3, 3]}
MP4 = b"\0\0\0\x18ftypmp42"


def contract(*features: Any, **others: Any) -> Contract:
    return parse({"features": list(features), "targets": [], **others})


def made(kind: str, X: Any, names: Any = (), said: Contract | None = None) -> list[inputs.File]:
    return list(inputs.files(kind, X, names, said))


def problem(kind: str, X: Any, said: Contract | None = None) -> str:
    with pytest.raises(BadPayload) as raised:
        made(kind, X, said=said)
    return raised.value.message


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (contract(X), "csv"),
        (contract({**X, "shape": [2, 2]}), "json"),
        (contract(GREY), "image"),
        (contract(X, payload="tensor"), "csv"),
        (
            contract({**X, "repeat": 6, "range": [0, 255]}, image={"mode": "L", "size": [3, 2]}),
            "image",
        ),
        (contract(GREY, payload="binData"), "image"),
        (contract({"name": "b", "dtype": "BYTES"}, payload="binData"), "binary"),
        (contract(TEXT, payload="strData"), "text"),
        (contract(payload="jsonData"), "json"),
    ],
)
def test_the_contract_says_what_the_files_are(said: Contract, kind: str) -> None:
    assert inputs.kind_of("auto", said) == kind
    assert inputs.kind_of("video", said) == "video"
    assert inputs.kind_of("auto", None) == "auto"


@pytest.mark.parametrize(
    ("found", "file"),
    [
        ("täxt", (".txt", "täxt".encode())),
        (b"bytes", (".bin", b"bytes")),
        (MP4, (".mp4", MP4)),
        ({"a": [None]}, (".json", b'{"a":[null]}')),
        (np.array([[1.5, 2]]), (".csv", b"x1,x2\n1.5,2.0\n")),
        (np.array([1, 2]), (".csv", b"x1\n1\n2\n")),
        (np.zeros((1, 1, 2)), (".json", b"[[[0.0,0.0]]]")),
    ],
)
def test_without_a_contract_the_request_says_it(found: Any, file: inputs.File) -> None:
    assert made("auto", found) == [file]


def test_the_columns_of_a_csv_are_called_as_the_request_or_the_contract_says() -> None:
    said, row = contract({**X, "repeat": 2}), np.array([[1, 2]])

    assert made("csv", row, ["a", "b"], said)[0][1] == b"a,b\n1,2\n"
    assert made("csv", row, (), said)[0][1] == b"x1,x2\n1,2\n"
    assert made("csv", row, None, None)[0][1] == b"x1,x2\n1,2\n"
    assert made("csv", row, ["only one"], None)[0][1] == b"x1,x2\n1,2\n"


def test_null_is_empty_in_a_csv_and_what_is_odd_is_quoted() -> None:
    row = np.array([[None, float("nan"), True, 'a "b", c\n', {"k": 1}]], dtype=object)

    assert made("csv", row)[0][1] == (b'x1,x2,x3,x4,x5\n,,true,"a ""b"", c\n","{""k"":1}"\n')


@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0")),
            min_size=2,
            max_size=2,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_texts_survive_a_csv(rows: list[list[str]]) -> None:
    ((_, content),) = made("csv", np.array(rows, dtype=object))

    assert list(csv.reader(io.StringIO(content.decode(), newline="")))[1:] == rows


def test_a_data_frame_is_a_csv_with_its_own_columns() -> None:
    pandas = pytest.importorskip("pandas", reason="DataFrames need pandas")
    times = pandas.to_datetime(["2026-01-01", None])
    counts = pandas.array([None, 2], dtype="Int64")
    frame = pandas.DataFrame({"n": counts, "x": [float("nan"), 0.5], "when": times})

    assert made("csv", frame) == [(".csv", b"n,x,when\n,,2026-01-01T00:00:00\n2,0.5,\n")]
    assert made("json", frame[["n", "x"]]) == [(".json", b"[[null,null],[2,0.5]]")]
    assert inputs.row_count(frame) == 2


def test_a_column_of_texts_is_a_file_for_each() -> None:
    column = np.array([["one"], ["two"]], dtype=object)

    assert (
        made("text", column) == made("text", column[:, 0]) == [(".txt", b"one"), (".txt", b"two")]
    )


def test_rows_of_pixels_are_images() -> None:
    array = np.arange(12).reshape(2, 2, 3, 1)

    found = made("image", array, said=contract(GREY))
    plain = made("pnm", array, said=contract(GREY))

    assert found == [(".png", png(array[0])), (".png", png(array[1]))]
    assert plain == [(".pgm", b"P5\n3 2\n255\n" + bytes(range(n, n + 6))) for n in (0, 6)]


def test_colours_are_ppm_and_lose_their_alpha() -> None:
    alpha = {"name": "a", "dtype": "IMAGE", "shape": [1, 2, 4]}
    array = np.arange(8).reshape(1, 1, 2, 4)

    found = made("pnm", array, said=contract(alpha))

    assert found == [(".ppm", b"P6\n2 1\n255\n" + bytes([0, 1, 2, 4, 5, 6]))]


def test_images_side_by_side_are_several_files_row_by_row() -> None:
    said = contract({**GREY, "name": "left"}, {**GREY, "name": "right", "shape": [1, 3, 1]})
    array = np.arange(18).reshape(2, 3, 3, 1)

    found = made("pnm", array, said=said)

    assert [content.rpartition(b"255\n")[2][0] for _, content in found] == [0, 6, 9, 15]


def test_an_image_that_is_a_whole_row_is_as_it_was_before_it_was_scaled() -> None:
    pytest.importorskip("PIL", reason="reading images needs Pillow")
    rule = {"mode": "L", "size": [3, 2], "scale": 255}
    said = contract({**X, "repeat": 6}, image=rule)
    original = png(np.array([0, 1, 99, 128, 254, 255]).reshape(2, 3, 1))
    assert said.image is not None
    row = pixels(original, said.image, "image", Budget()).reshape(1, 6)

    assert made("image", row, said=said) == [(".png", original)]


def test_images_in_base64_come_as_they_were_sent() -> None:
    content = png(np.zeros((1, 1, 1)))
    cell = base64.b64encode(content).decode()

    assert made("image", content) == [(".png", content)]
    assert made("image", np.array([[cell], [cell]], dtype=object)) == [(".png", content)] * 2


@pytest.mark.parametrize(
    ("kind", "found", "said", "message"),
    [
        ("csv", "text", None, "data: expected rows of columns for a CSV file, got 'text'"),
        (
            "csv",
            np.zeros((1, 2, 3)),
            None,
            "data: expected rows of columns for a CSV file, got shape [1, 2, 3] of float64",
        ),
        ("json", b"\0", None, "binData: expected jsonData or rows for a JSON file, got bytes"),
        ("text", b"\0", None, "binData: expected text for a script, got b'\\x00'"),
        ("text", np.zeros((1, 1)), None, "data.ndarray[0]: expected text for a script, got 0.0"),
        (
            "text",
            np.array([["a", "b"]], dtype=object),
            None,
            "data: expected one column for a script, got shape [1, 2]",
        ),
        ("binary", {"a": 1}, None, "binData: expected base64 for a script, got {'a': 1}"),
        ("image", b"GIF89a", None, "binData: expected a PNG or JPEG for a script, got b'GIF89a'"),
        (
            "video",
            b"\x89PNG\r\n\x1a\n",
            None,
            "binData: expected a video (MP4, MOV, WebM, MKV, AVI, OGG, MPEG, FLV) for a script, "
            "got b'\\x89PNG\\r\\n\\x1a\\n'",
        ),
        (
            "image",
            np.zeros((1, 2)),
            None,
            "data: expected pixels by a contract for a script, got shape [1, 2] of float64",
        ),
        (
            "image",
            np.zeros((1, 2)),
            contract(GREY),
            "data: expected shape [rows, 2, 3, 1], got [1, 2]",
        ),
        (
            "pnm",
            np.full((1, 2, 3, 1), 256),
            contract(GREY),
            "data: expected pixels from 0 to 255 for a script, got others",
        ),
        (
            "image",
            np.full((1, 2, 3, 1), np.nan),
            contract(GREY),
            "data: expected pixels from 0 to 255 for a script, got others",
        ),
        ("pnm", b"x", contract(GREY), "data: expected pixels by a contract for a script, got b'x'"),
    ],
)
def test_what_can_be_no_such_file_is_refused(
    kind: str, found: Any, said: Contract | None, message: str
) -> None:
    assert problem(kind, found, said) == message


def test_too_many_files_are_refused() -> None:
    with pytest.raises(TooLarge, match="expected at most 1000 files"):
        made("text", np.array(["a"] * 1001, dtype=object))


def test_files_are_numbered_in_their_order(tmp_path: Path) -> None:
    paths = inputs.write(iter([(".txt", b"a"), (".png", b"b")]), tmp_path)

    assert paths == [str(tmp_path / "input1.txt"), str(tmp_path / "input2.png")]
    assert [Path(path).read_bytes() for path in paths] == [b"a", b"b"]


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**40), 2**40)
        | st.text(st.characters(codec="utf-8")),
        st.lists,
        max_leaves=5,
    )
)
def test_json_survives_its_file(value: Any) -> None:
    assert json.loads(made("json", value)[0][1]) == value
