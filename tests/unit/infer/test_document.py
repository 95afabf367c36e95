from __future__ import annotations

import json

from charter.infer import document
from hypothesis import given
from hypothesis import strategies as st

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=5), values, min_size=1))
def test_the_text_of_a_document_is_that_document(found: dict[str, object]) -> None:
    assert json.loads(document.text(found)) == found


def test_a_line_is_a_feature() -> None:
    found = {"features": [{"name": "é"}, {"name": "b"}], "targets": [], "limits": {"rows": 1}}

    assert document.text(found) == (
        '{\n  "features": [\n    {"name": "é"},\n    {"name": "b"}\n  ],\n'
        '  "targets": [],\n  "limits": {"rows": 1}\n}\n'
    )
