"""What the models of the records in group `return` return."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

# Made here and not in a function, because the text of a generator says where it was made.
GENERATOR = (number for number in [1])

ARRAYS: Mapping[str, Any] = {
    "np_int_1d": np.array([1, 2, 3]),
    "np_int_2d": np.array([[1, 2]]),
    "np_float32_2d": np.array([[0.1]], dtype=np.float32),
    "np_3d": np.zeros((1, 2, 3)),
    "np_0d": np.array(5),
    "np_bool": np.array([[True]]),
    "np_str": np.array([["a"]]),
    "np_obj": np.array([[1, "a"]], dtype=object),
    "np_complex": np.array([[1j]]),
    "np_datetime": np.array([["2020-01-01"]], dtype="datetime64[D]"),
    "np_bytes": np.array([[b"a"]]),
    "np_nan": np.array([[np.nan, np.inf]]),
    "np_empty": np.array([]),
}
LISTS: Mapping[str, Any] = {
    "list_1d": [1, 2],
    "list_2d": [[1, 2.5]],
    "list_str": ["a", "b"],
    "list_mixed": [1, "a"],
    "list_ragged": [[1], [1, 2]],
    "list_dicts": [{"a": 1}],
    "list_empty": [],
    "list_np": [np.float64(1.5)],
    "list_of_arrays": [np.array([1, 2])],
    "list_nan": [float("nan")],
    "list_none": [None],
}
DOCUMENTS: Mapping[str, Any] = {
    "str": "hi",
    "str_unicode": "é✓",
    "bytes": b"\x00hi",
    "bytearray": bytearray(b"hi"),
    "dict": {"b": 1, "a": {"c": [1]}},
    "dict_np": {"a": np.float64(1)},
    "dict_nparr": {"a": np.array([1])},
    "dict_nan": {"a": float("nan")},
    "dict_intkeys": {1: 2, 3: 4},
    "dict_datetime": {"a": datetime.datetime(2020, 1, 1)},
    "dict_decimal": {"a": decimal.Decimal("1.5")},
    "dict_status": {"status": {"code": 201}},
}
OTHERS: Mapping[str, Any] = {
    "int": 5,
    "float": 1.5,
    "bool": True,
    "np_float64": np.float64(1.5),
    "np_int64": np.int64(5),
    "None": None,
    "tuple": (1, 2),
    "set": {1},
    "generator": GENERATOR,
    "df": pd.DataFrame({"a": [1], "b": [2.5]}),
    "series": pd.Series([1, 2]),
}
RETURNED: Mapping[str, Any] = {**ARRAYS, **LISTS, **DOCUMENTS, **OTHERS}
