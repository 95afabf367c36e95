from __future__ import annotations

from pathlib import Path

import pytest
from charter.errors import StartError
from charter.packaging.scaffold import tables

pytest.importorskip("pandas", reason="tables need pandas")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "data.tsv"
    path.write_text("a\tb\tc\n1\tx\t0.5\n2\ty\t1.5\n3\ty\t9.5\n", "utf-8")
    return path


def test_the_columns_of_a_table_are_known_before_its_answer(file: Path) -> None:
    assert tables.columns(file) == ["a", "b", "c"]


@pytest.mark.parametrize(("target", "usual"), [("b", "y"), ("c", 1.5), ("a", 1)])
def test_the_usual_answer_is_the_most_frequent_or_that_in_the_middle(
    file: Path, target: str, usual: object
) -> None:
    assert tables.read(file, target).usual == usual


def test_a_table_becomes_plain_csv(file: Path) -> None:
    assert tables.read(file, "b").csv().splitlines()[:2] == ["a,b,c", "1,x,0.5"]


@pytest.mark.parametrize(
    ("text", "target", "said"),
    [
        ("a\tb\n1\t2\n", "d", "--target: no column 'd' in .*; there are a, b"),
        ("a\n1\n", "a", "expected two columns at least, got 1"),
        ("a\tb\n1\t\n2\t3\n", "b", "the answer 'b' is missing in some rows"),
    ],
)
def test_a_table_that_cannot_be_learned_is_refused(
    file: Path, text: str, target: str, said: str
) -> None:
    file.write_text(text, "utf-8")

    with pytest.raises(StartError, match=said):
        tables.read(file, target)
