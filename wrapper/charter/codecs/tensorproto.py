"""TensorFlow's `TensorProto` to and from numpy arrays, without TensorFlow.

tensorflow/core/framework/tensor.proto: “Only one of the representations below is set, one of
"tensor_contents" and the "xxx_val" attributes.”
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from charter._proto.messages import DataType, TensorProto, TensorShapeProto
from charter.codecs import shapes
from charter.codecs.shapes import MOST_DIMENSIONS
from charter.dtypes import BY_DTYPE, BY_NUMBER, TensorType
from charter.errors import BadPayload, ComponentError, TooLarge

# A list of one value stands for a whole tensor: a few bytes could ask for terabytes.
_LAST_REPEATED_BYTES = 1 << 24
_PAIRS = frozenset({"scomplex_val", "dcomplex_val"})


def to_array(tensor: TensorProto, path: str = "tftensor") -> NDArray[Any]:
    """Return the tensor as an array of its own memory.

    Args:
        tensor: the tensor.
        path: its place in the message, for errors.

    Returns:
        The dtype of `dtypes.TENSOR_TYPES`, the tensor's shape; strings are objects of type `bytes`.

    Raises:
        BadPayload: the type is not one we read, or the shape does not fit the values; the caller is
            at fault.
    """
    row = BY_NUMBER.get(tensor.dtype)
    if row is None:
        raise BadPayload(f"{path}.dtype: {_type_name(tensor.dtype)} is not supported")
    shape = _shape(tensor.tensor_shape, f"{path}.tensor_shape")
    values = _content(tensor, row, path) if tensor.tensor_content else _listed(tensor, row, path)
    fitted = _fitted(values, shape, path, may_repeat=not tensor.tensor_content)
    try:
        return fitted.reshape(shape)
    except ValueError as error:  # a size of 0 beside sizes that numpy cannot multiply
        raise BadPayload(f"{path}.tensor_shape: {shape} is too large") from error


def from_array(array: NDArray[Any], path: str = "tftensor") -> TensorProto:
    """Return the array as a tensor: numbers and bools in `tensor_content`, bytes in `string_val`.

    Args:
        array: any shape; a dtype of `dtypes.TENSOR_TYPES` or `S`; objects must be `bytes`.
        path: its place in the message, for errors.

    Raises:
        ComponentError: TensorFlow has no such type; the component is at fault.
    """
    dtype = np.dtype(object) if array.dtype.kind == "S" else array.dtype.newbyteorder("=")
    row = BY_DTYPE.get(dtype)
    if row is None or not has_tensor_type(array):
        raise ComponentError(f"{path}: TensorFlow has no type for {array.dtype}")
    dims = [TensorShapeProto.Dim(size=size) for size in array.shape]
    tensor = TensorProto(dtype=row.name, tensor_shape=TensorShapeProto(dim=dims))
    if row.field == "string_val":
        tensor.string_val.extend(array.ravel().tolist())
    else:
        tensor.tensor_content = array.astype(row.dtype.newbyteorder("<"), copy=False).tobytes()
    return tensor


def has_tensor_type(array: NDArray[Any]) -> bool:
    """Say whether `from_array` takes the array."""
    if array.dtype.kind == "O":
        return all(type(value) is bytes for value in array.flat)
    return array.dtype.kind == "S" or array.dtype.newbyteorder("=") in BY_DTYPE


def _type_name(number: int) -> str:
    row = DataType.DESCRIPTOR.values_by_number.get(number)
    return str(number) if row is None else str(row.name)


def _shape(proto: TensorShapeProto, path: str) -> list[int]:
    if proto.unknown_rank:
        raise BadPayload(f"{path}: expected a shape, got an unknown rank")
    if len(proto.dim) > MOST_DIMENSIONS:
        many = f"expected at most {MOST_DIMENSIONS} dimensions, got {len(proto.dim)}"
        raise BadPayload(f"{path}: {many}")
    shape = [dim.size for dim in proto.dim]
    if min(shape, default=0) < 0:
        raise BadPayload(f"{path}: {shape} has a negative size")
    shapes.check_empty(shape, path)
    return shape


def _content(tensor: TensorProto, row: TensorType, path: str) -> NDArray[Any]:
    content, size = tensor.tensor_content, row.dtype.itemsize
    if row.dtype == object:
        raise BadPayload(f"{path}.tensor_content: expected strings in string_val")
    if len(content) % size:
        raise BadPayload(
            f"{path}.tensor_content: expected values of {size} bytes, got {len(content)} bytes"
        )
    if row.dtype == np.bool_:
        return np.frombuffer(content, "u1").astype(np.bool_)
    values: NDArray[Any] = np.frombuffer(content, row.dtype.newbyteorder("<"))
    return values.astype(row.dtype)


def _listed(tensor: TensorProto, row: TensorType, path: str) -> NDArray[Any]:
    values = getattr(tensor, row.field)
    if row.field in _PAIRS:
        return _complex(values, row, f"{path}.{row.field}")
    if row.field == "half_val":
        return np.array(values, np.int64).astype("u2").view(row.dtype)
    if row.field == "int_val":
        return np.array(values, np.int64).astype(row.dtype)
    return np.array(values, row.dtype)


def _complex(values: Any, row: TensorType, path: str) -> NDArray[Any]:
    if len(values) % 2:
        raise BadPayload(f"{path}: expected pairs of real and imaginary, got {len(values)} values")
    return np.array(values, f"f{row.dtype.itemsize // 2}").view(row.dtype)


def _fitted(values: NDArray[Any], shape: list[int], path: str, *, may_repeat: bool) -> NDArray[Any]:
    # tensor.proto: “If the number of elements in the list is less than the shape requires, the last
    # element is repeated”; of an empty list TensorFlow makes zeros.
    needed = math.prod(shape)
    if len(values) == needed:
        return values
    if len(values) > needed or not may_repeat:
        raise BadPayload(f"{path}.tensor_shape: {shape} needs {needed} values, got {len(values)}")
    most = max(len(values), _LAST_REPEATED_BYTES // values.itemsize)
    if needed > most:
        raise TooLarge(
            f"{path}.tensor_shape: {shape} repeats {len(values)} values to {needed}, "
            f"expected at most {most}"
        )
    zero = b"" if values.dtype == object else 0
    repeated: NDArray[Any] = np.full(needed, values[-1] if len(values) else zero, values.dtype)
    repeated[: len(values)] = values
    return repeated
