"""An environment file is read line by line as it is read whole."""

from __future__ import annotations

from charter.component.loader import parse_environment
from charter.packaging.doctor.environment_file import parse, values
from hypothesis import given
from hypothesis import strategies as st

texts = st.text(st.sampled_from("A=# \n\r\"'\x0b\u2028")) | st.text()


@given(texts)
def test_its_lines_set_the_variables_that_s2i_sets(text: str) -> None:
    assert values([parse("", text)]) == parse_environment(text)


@given(texts)
def test_its_lines_have_their_numbers(text: str) -> None:
    lines = text.split("\n")

    assert all(lines[line.number - 1] == line.text for line in parse("", text).lines)
