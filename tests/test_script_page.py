"""docs/script.md says what the source does: inputs, outputs, options, variables, its example."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from charter.codecs import seldon_json
from charter.component.adapter import UserComponent
from charter.message import Form, Message
from charter.methods import PREDICT
from charter.runtimes.script import Script, commands, inputs, lines
from charter.runtimes.script.options import AUTO, INPUTS, OUTPUTS, Options

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "script.md").read_text("utf-8")


def first_cells(title: str) -> list[list[str]]:
    """Return the rows of the first table under a heading, without back-ticks."""
    text = PAGE.partition(f"\n## {title}\n")[2]
    rows = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert rows is not None
    lines = rows[0].splitlines()[2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def test_every_input_and_output_is_on_its_page() -> None:
    given = {row[0] for row in first_cells("What it is given")}
    printed = {row[0] for row in first_cells("What it prints")}

    assert given == set(INPUTS) - {AUTO}
    assert printed - {""} == set(OUTPUTS) - {AUTO}


def test_every_option_is_on_its_page() -> None:
    rows = [row[:2] for row in first_cells("Options")]

    assert rows == [[each.name, str(each.default)] for each in fields(Options)]


def test_every_usual_variable_is_on_its_page() -> None:
    said = PAGE.partition("\n## Its environment\n")[2].partition(", the variables that")[0]

    known = {name for name in commands._USUAL if not name.startswith("DYLD")}
    assert set(re.findall(r"[A-Z_]{2,}", said)) - {"LC_"} == known


def test_the_limits_that_are_no_options_are_as_the_page_says() -> None:
    assert f"{lines.MOST_LINES} lines at once and {lines.LINES_PER_S:.0f} a second" in PAGE
    assert f"{lines.MOST_CHARACTERS} characters of each" in PAGE
    assert f"at most {inputs.MOST_FILES};" in PAGE


def test_the_example_of_the_page_prints_what_it_says(tmp_path: Path) -> None:
    example = re.search(
        r"\$ cat words.sh\n(.*?)\$ chmod.*?\$ curl[^\n]*\n(.*?)\n```", PAGE, re.DOTALL
    )
    assert example is not None
    (tmp_path / "words.sh").write_text(example[1])
    (tmp_path / "words.sh").chmod(0o755)
    script = Script(str(tmp_path / "words.sh"))
    script.load()

    reply = UserComponent(script).call(PREDICT).run(Message(Form.TEXT, "how many words"))

    assert seldon_json.encode(reply).decode() == example[2]
