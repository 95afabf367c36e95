"""TensorFlow's data types as numpy's, for TensorProto. Pure tables.

Source: tensorflow/core/framework/types.proto and tensor.proto.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class TensorType:
    """Describe one `DataType` of TensorFlow.

    Args:
        number: its number in the `DataType` enum.
        name: its name there.
        dtype: the numpy dtype of the decoded array; `object` for strings (elements are `bytes`).
        field: the TensorProto field that holds its values where `tensor_content` does not.
    """

    number: int
    name: str
    dtype: np.dtype[Any]
    field: str


def _row(number: int, name: str, dtype: Any, field: str) -> TensorType:
    return TensorType(number, name, np.dtype(dtype), field)


TENSOR_TYPES = (
    _row(1, "DT_FLOAT", "f4", "float_val"),
    _row(2, "DT_DOUBLE", "f8", "double_val"),
    _row(3, "DT_INT32", "i4", "int_val"),
    _row(4, "DT_UINT8", "u1", "int_val"),
    _row(5, "DT_INT16", "i2", "int_val"),
    _row(6, "DT_INT8", "i1", "int_val"),
    _row(7, "DT_STRING", object, "string_val"),
    _row(8, "DT_COMPLEX64", "c8", "scomplex_val"),
    _row(9, "DT_INT64", "i8", "int64_val"),
    _row(10, "DT_BOOL", "?", "bool_val"),
    _row(17, "DT_UINT16", "u2", "int_val"),
    _row(18, "DT_COMPLEX128", "c16", "dcomplex_val"),
    _row(19, "DT_HALF", "f2", "half_val"),
    _row(22, "DT_UINT32", "u4", "uint32_val"),
    _row(23, "DT_UINT64", "u8", "uint64_val"),
)
BY_NUMBER = {row.number: row for row in TENSOR_TYPES}
BY_DTYPE = {row.dtype: row for row in TENSOR_TYPES}
