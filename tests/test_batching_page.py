"""docs/batching.md says what the source does: its example, its limits, what is joined."""

from __future__ import annotations

import re
from pathlib import Path

from charter.contract.compare import TOLERANCE
from charter.message import ARRAY_FORMS
from serving import FREE, start

PAGE = (Path(__file__).parents[1] / "docs" / "batching.md").read_text("utf-8")
FILES = re.findall(r"^```\w+ (\S+)\n((?:.*\n)*?)```$", PAGE, re.MULTILINE)


def test_the_model_of_the_page_is_refused_as_it_says(tmp_path: Path) -> None:
    for name, text in FILES:
        (tmp_path / name).write_text(text, "utf-8")

    status, errors, _ = start("Spread", *FREE, "--batch-max-rows", "64", folder=tmp_path)

    assert status == 1
    assert errors.strip() in PAGE.splitlines()


def test_the_tolerance_is_the_one_of_the_page() -> None:
    assert f"Numbers may differ by {TOLERANCE:.5f} of the larger one" in PAGE


def test_every_form_that_is_joined_is_on_the_page() -> None:
    (row,) = re.findall(r"^\| form \| (.*) \|$", PAGE, re.MULTILINE)

    assert set(re.findall(r"`(\w+)` with `\1`", row)) == {form.value for form in ARRAY_FORMS}
