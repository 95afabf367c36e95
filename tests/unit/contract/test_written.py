from __future__ import annotations

from typing import Any

import pytest
from charter.contract.model import Dtype, Feature, Kind
from charter.contract.written import as_written

SHARE = Feature("share", low=0.0, high=1.0)
COUNT = Feature("count", dtype=Dtype.INT, low=-3.0)
WORD = Feature("word", Kind.OPEN, Dtype.STRING, max_length=2)
FLAG = Feature("flag", Kind.CATEGORICAL, Dtype.BOOL, values=(False, True))


@pytest.mark.parametrize(
    ("feature", "text", "value"),
    [
        (SHARE, "0.5", 0.5),
        (SHARE, "1e-05", 1e-05),
        (COUNT, "-3", -3),
        (COUNT, "9007199254740993", 2**53 + 1),
        (COUNT, "nan", "nan"),
        (COUNT, "", ""),
        (WORD, "12", "12"),
        (FLAG, "True", True),
        (FLAG, "true", "true"),
    ],
)
def test_text_among_text_is_read_as_what_was_written(
    feature: Feature, text: str, value: Any
) -> None:
    found = as_written(feature, text, is_text=True)

    assert (found, type(found)) == (value, type(value))
    assert as_written(feature, text, is_text=False) == text
