from __future__ import annotations

import datetime
import decimal
import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from charter.errors import StartError
from charter.infer import tables

pd = pytest.importorskip("pandas", reason="tables need pandas")


def csv(folder: Path, text: str, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def column(*values: Any, dtype: Any = None) -> list[Any]:
    return list(tables.values(pd.Series(values, name="x", dtype=dtype)))


def kinds(table: Any) -> dict[str, str]:
    return {name: str(table[name].dtype) for name in table.columns}


def test_numbers_are_told_by_how_they_are_written(tmp_path: Path) -> None:
    path = csv(tmp_path, "a,b,c,zip,d\n1,1.5,2,01234,\n2,2,,99999,3.0\n")

    table = tables.read(path)

    assert kinds(table) == {
        "a": "int64",
        "b": "float64",
        "c": "Int64",
        "zip": str(pd.Series(["x"]).dtype),
        "d": "float64",
    }
    assert table["zip"].tolist() == ["01234", "99999"]


def test_columns_that_are_text_stay_text(tmp_path: Path) -> None:
    path = csv(tmp_path, "a,b\n1,2\n")

    assert tables.read(path, ["a", "z"])["a"].tolist() == ["1"]


def test_a_tsv_is_split_at_tabs(tmp_path: Path) -> None:
    assert tables.read(csv(tmp_path, "a\tb\n1\t2,5\n", "data.tsv")).columns.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a;b\n1,5;x\n2,25;y\n", {"a": [1.5, 2.25], "b": ["x", "y"]}),
        ("a;b\n1.5;x, z\n2.25;y\n", {"a": [1.5, 2.25], "b": ["x, z", "y"]}),
        ("a\tb\n1\t2\n", {"a": [1], "b": [2]}),
        ("a|b\n1|2\n", {"a": [1], "b": [2]}),
        ('"a;b",c\n"1;2",3\n', {"a;b": ["1;2"], "c": [3]}),
        ("a;b\n1\n", {"a;b": [1]}),
        ("a\n1", {"a": [1]}),
    ],
)
def test_the_separator_and_the_decimal_sign_are_found(
    tmp_path: Path, text: str, expected: dict[str, Any]
) -> None:
    assert tables.read(csv(tmp_path, text)).to_dict("list") == expected


def test_unicode_text_of_spreadsheets_is_read(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("größe\tort\n1\tKöln\n", "utf-16")

    assert tables.read(path).to_dict("list") == {"größe": [1], "ort": ["Köln"]}


def test_a_compressed_file_is_read_as_well(tmp_path: Path) -> None:
    path = tmp_path / "data.csv.gz"
    path.write_bytes(gzip.compress(b"a;b\n1;2\n"))

    assert tables.read(path).to_dict("list") == {"a": [1], "b": [2]}


def test_another_encoding_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("größe\n1\n", "latin-1")

    with pytest.raises(StartError) as caught:
        tables.read(path)

    expected = "expected UTF-8, or UTF-16 with its byte order mark, got the byte 0xf6"
    assert caught.value.message == f"{path}: {expected}"


def test_a_parquet_file_keeps_its_types(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    path = tmp_path / "data.parquet"
    frame = pd.DataFrame({"a": np.array([1], np.int8), "b": np.array([1], np.float32)})
    frame.to_parquet(path)

    assert kinds(tables.read(path)) == {"a": "int8", "b": "float32"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no table: No columns to parse"),
        ("a,b\n", "expected a row at least, got none"),
        ("a,b\n1,2,3,4\n1\n1,2,3,4,5,6\n", "no table: "),
        ("a,b\n1,2,3\n4,5,6\n", "no table: Error tokenizing data. C error: Expected 2 fields"),
        ("a,b\n1,2\n3,4,5\n", "no table: Error tokenizing data. C error: Expected 2 fields"),
        ("a,b,a\n1,2,3\n", "expected columns with names of their own, got 'a' twice"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = csv(tmp_path, text)

    with pytest.raises(StartError) as caught:
        tables.read(path)

    assert caught.value.message.startswith(f"{path}: {message}")


def test_what_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00\x81,\n1,2")

    with pytest.raises(StartError, match=r"none\.csv: no such file or directory"):
        tables.read(tmp_path / "none.csv")
    with pytest.raises(StartError, match=r"data\.txt: expected a file that ends in \.csv, "):
        tables.read(tmp_path / "data.txt")
    with pytest.raises(StartError, match=r"binary\.csv: expected UTF-8"):
        tables.read(binary)


def test_a_broken_parquet_file_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    path = csv(tmp_path, "PAR1 or not", "data.parquet")

    with pytest.raises(StartError, match=r"data\.parquet: no table: "):
        tables.read(path)


def test_a_column_twice_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    path = tmp_path / "data.parquet"
    pd.DataFrame([[1, 2]], columns=["1", "b"]).to_parquet(path)

    assert tables.read(path).columns.tolist() == ["1", "b"]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (column(1, 2), [1, 2]),
        (column(1, None, dtype="Int64"), [1, None]),
        (column(True, None), [True, None]),
        (column("a", None), ["a", None]),
        (column("a", "b", dtype="category"), ["a", "b"]),
        (column(b"\x00"), [b"\x00"]),
        (column(decimal.Decimal("1.5")), [1.5]),
        (column(datetime.date(2026, 1, 2)), ["2026-01-02"]),
        (column(pd.Timestamp("2026-01-02"), pd.NaT), ["2026-01-02T00:00:00Z", None]),
        (column(pd.Timestamp("2026-01-02", tz="Europe/Berlin")), ["2026-01-01T23:00:00Z"]),
        (column(datetime.datetime(2026, 1, 2), dtype=object), ["2026-01-02T00:00:00Z"]),
        (column(np.uint8(3), dtype="uint8"), [3]),
        (column(pd.NA, "x", dtype="string"), [None, "x"]),
    ],
)
def test_values_are_as_json_has_them(found: list[Any], expected: list[Any]) -> None:
    assert found == expected
    assert [type(value) for value in found if isinstance(value, bool)] == [
        bool for value in expected if isinstance(value, bool)
    ]


def test_missing_numbers_are_nan() -> None:
    found = tables.values(pd.Series([1.5, None], dtype="float32"))

    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, [1.5, np.nan])


@pytest.mark.parametrize("values", [[[1, 2]], [{"a": 1}], [pd.Timedelta(1)], [1j]])
def test_what_no_contract_has_a_type_for_is_refused(values: list[Any]) -> None:
    with pytest.raises(StartError, match=r"^column 'x': "):
        tables.values(pd.Series(values, name="x"))
