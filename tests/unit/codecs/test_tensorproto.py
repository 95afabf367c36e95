from typing import Any

import numpy as np
import pytest
from charter._proto.messages import TensorProto, TensorShapeProto
from charter.codecs import tensorproto
from charter.dtypes import TENSOR_TYPES, TensorType
from charter.errors import BadPayload, ComponentError, TooLarge

NUMERIC = [row for row in TENSOR_TYPES if row.dtype != object]


def tensor(dtype: str, shape: list[int], **values: Any) -> TensorProto:
    dims = [TensorShapeProto.Dim(size=size) for size in shape]
    return TensorProto(dtype=dtype, tensor_shape=TensorShapeProto(dim=dims), **values)


@pytest.mark.parametrize("row", NUMERIC, ids=lambda row: row.name)
def test_an_array_of_every_type_comes_back(row: TensorType) -> None:
    array = np.array([[0, 1, 1], [1, 0, 1]]).astype(row.dtype)

    proto = tensorproto.from_array(array)
    found = tensorproto.to_array(TensorProto.FromString(proto.SerializeToString()))

    assert proto.dtype == row.number
    assert found.dtype == row.dtype
    np.testing.assert_array_equal(found, array)
    assert found.flags.writeable


@pytest.mark.parametrize("dtype", [">f4", "<f4", ">i8"])
def test_bytes_are_little_endian_whatever_the_order_in_memory(dtype: str) -> None:
    proto = tensorproto.from_array(np.array([1, 2], dtype))

    assert proto.tensor_content == np.array([1, 2], "<" + dtype[1:]).tobytes()


@pytest.mark.parametrize(
    ("dtype", "field", "values", "expected"),
    [
        ("DT_FLOAT", "float_val", [1.5, 2], np.array([1.5, 2], "f4")),
        ("DT_DOUBLE", "double_val", [1.5, 2], np.array([1.5, 2])),
        ("DT_INT32", "int_val", [-1, 2], np.array([-1, 2], "i4")),
        ("DT_UINT8", "int_val", [255, 2], np.array([255, 2], "u1")),
        ("DT_INT16", "int_val", [-5, 2], np.array([-5, 2], "i2")),
        ("DT_INT64", "int64_val", [1 << 40, 2], np.array([1 << 40, 2], "i8")),
        ("DT_UINT32", "uint32_val", [1 << 31, 2], np.array([1 << 31, 2], "u4")),
        ("DT_UINT64", "uint64_val", [1 << 63, 2], np.array([1 << 63, 2], "u8")),
        ("DT_BOOL", "bool_val", [True, False], np.array([True, False])),
        ("DT_HALF", "half_val", [0x3C00, 0xC000], np.array([1, -2], "f2")),
        ("DT_COMPLEX64", "scomplex_val", [1, 2, 3, 4], np.array([1 + 2j, 3 + 4j], "c8")),
        ("DT_COMPLEX128", "dcomplex_val", [1, 2, 3, 4], np.array([1 + 2j, 3 + 4j])),
        ("DT_STRING", "string_val", [b"a\x00", b""], np.array([b"a\x00", b""], object)),
    ],
)
def test_listed_values_are_read(
    dtype: str, field: str, values: list[Any], expected: np.ndarray[Any, Any]
) -> None:
    found = tensorproto.to_array(tensor(dtype, [2], **{field: values}))

    assert found.dtype == expected.dtype
    assert found.tolist() == expected.tolist()


def test_values_are_repeated_to_no_more_than_16_mib() -> None:
    array = tensorproto.to_array(tensor("DT_FLOAT", [1 << 22], float_val=[1.5]))
    assert array.nbytes == 1 << 24

    with pytest.raises(TooLarge, match="repeats 1 values to 4194305, expected at most 4194304"):
        tensorproto.to_array(tensor("DT_FLOAT", [(1 << 22) + 1], float_val=[1.5]))


def test_a_short_list_repeats_its_last_value() -> None:
    found = tensorproto.to_array(tensor("DT_FLOAT", [2, 2], float_val=[1, 2]))

    assert found.tolist() == [[1, 2], [2, 2]]


def test_no_values_at_all_are_zeros() -> None:
    assert tensorproto.to_array(tensor("DT_INT32", [2])).tolist() == [0, 0]
    assert tensorproto.to_array(tensor("DT_STRING", [2])).tolist() == [b"", b""]


def test_a_tensor_without_dimensions_is_one_value() -> None:
    assert tensorproto.to_array(tensor("DT_FLOAT", [], float_val=[3])).shape == ()


def test_any_byte_but_zero_is_true() -> None:
    found = tensorproto.to_array(tensor("DT_BOOL", [3], tensor_content=b"\x00\x01\x02"))

    assert found.view("u1").tolist() == [0, 1, 1]


def test_bytes_of_fixed_length_are_sent_as_strings() -> None:
    proto = tensorproto.from_array(np.array([b"ab", b"c"]))

    assert list(proto.string_val) == [b"ab", b"c"]


@pytest.mark.parametrize(
    ("proto", "words"),
    [
        (tensor("DT_BFLOAT16", [1], half_val=[1]), "t.dtype: DT_BFLOAT16 is not supported"),
        (tensor("DT_INVALID", [1]), "t.dtype: DT_INVALID is not supported"),
        (TensorProto(dtype=99), "t.dtype: 99 is not supported"),  # type: ignore[arg-type]  # open
        (
            tensor("DT_FLOAT", [3, 2], tensor_content=bytes(8)),
            "t.tensor_shape: [3, 2] needs 6 values, got 2",
        ),
        (
            tensor("DT_FLOAT", [1], float_val=[1, 2]),
            "t.tensor_shape: [1] needs 1 values, got 2",
        ),
        (tensor("DT_FLOAT", [-1]), "t.tensor_shape: [-1] has a negative size"),
        (
            TensorProto(dtype="DT_FLOAT", tensor_shape=TensorShapeProto(unknown_rank=True)),
            "t.tensor_shape: expected a shape, got an unknown rank",
        ),
        (
            tensor("DT_FLOAT", [1], tensor_content=bytes(5)),
            "t.tensor_content: expected values of 4 bytes, got 5 bytes",
        ),
        (
            tensor("DT_STRING", [1], tensor_content=b"a"),
            "t.tensor_content: expected strings in string_val",
        ),
        (
            tensor("DT_COMPLEX64", [1], scomplex_val=[1]),
            "t.scomplex_val: expected pairs of real and imaginary, got 1 values",
        ),
        (
            tensor("DT_FLOAT", [1] * 33, float_val=[1]),
            "t.tensor_shape: expected at most 32 dimensions, got 33",
        ),
        (
            tensor("DT_FLOAT", [0, 1 << 40, 1 << 40]),
            "t.tensor_shape: expected lengths whose product is at most 65536 where there are no "
            "values, got [0, 1099511627776, 1099511627776]",
        ),
        (
            tensor("DT_FLOAT", [256, 257, 0]),
            "t.tensor_shape: expected lengths whose product is at most 65536 where there are no "
            "values, got [256, 257, 0]",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_its_path(proto: TensorProto, words: str) -> None:
    with pytest.raises(BadPayload) as raised:
        tensorproto.to_array(proto, "t")

    assert raised.value.message == words


def test_a_few_bytes_cannot_ask_for_terabytes() -> None:
    with pytest.raises(TooLarge, match="repeats 1 values to 1099511627776"):
        tensorproto.to_array(tensor("DT_FLOAT", [1 << 20, 1 << 20], float_val=[1]))


@pytest.mark.parametrize(
    "array", [np.array(["text"]), np.array([{}], object), np.array(["2020-01-01"], "M8[D]")]
)
def test_a_dtype_without_a_type_is_the_components_fault(array: np.ndarray[Any, Any]) -> None:
    with pytest.raises(ComponentError, match=r"^t: TensorFlow has no type for"):
        tensorproto.from_array(array, "t")
