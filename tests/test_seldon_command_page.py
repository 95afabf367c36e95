"""Each flag, variable and annotation of Seldon Core's wrapper is a setting, or has a reason.

The page docs/seldon-core-microservice.md is the account: it is compared with the command, with the
settings, and, where it is to be had, with the specification in ../shared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest
from charter import podinfo
from charter.cli.microservice import seldon_core_microservice
from charter.cli.seldon_settings import make_settings
from charter.settings import Settings

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "seldon-core-microservice.md").read_text("utf-8")
SPECIFICATION = ROOT.parent / "shared" / "design" / "SELDON_V1.md"
KNOBS = {knob.name: knob for knob in fields(Settings)}
# How the original calls an option that may stand alone, and words that are no default.
NO_DEFAULT = {"–", "none", "unset", "", "Flask's"}
MIN_REASON_WORDS = 3

needs_specification = pytest.mark.skipif(
    not SPECIFICATION.is_file(), reason="SELDON_V1.md of ../shared is not here"
)


def table(text: str, head: str) -> list[list[str]]:
    """Return the cells of the table whose first column has a head, without emphasis."""
    found = re.search(rf"^\| {head} .*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert found, f"there is a table of {head!r}"
    return [
        [cell.strip().replace("**", "") for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
        for line in found[1].splitlines()
    ]


def names(cell: str) -> list[str]:
    """Return the variables that a cell names; `FLASK_*` stands before each that follows it."""
    prefix = "FLASK_" if "FLASK_*" in cell else ""
    found = re.findall(r"\b[A-Z][A-Z_]{4,}\b", cell.replace("FLASK_*", ""))
    return [prefix + name for name in found]


def plain(cell: str) -> str:
    """Return a default without what is said about it."""
    text = re.sub(r" \(.*\)$", "", cell).replace("`", "")
    return "" if text in NO_DEFAULT else text


def unmarked(cell: str) -> str:
    return cell.replace("`", "")


FLAGS = table(PAGE, "flag")
VARIABLES = table(PAGE, "variable")
ANNOTATIONS = table(PAGE, "annotation")
ACCOUNTED = [row[-4:] for row in [*FLAGS, *VARIABLES]]


@needs_specification
def test_the_page_has_every_flag_of_the_specification_with_its_variable_and_default() -> None:
    specified = table(SPECIFICATION.read_text("utf-8"), "arg")

    wanted = {re.findall("`(.*?)`", row[0])[0]: (names(row[1]), plain(row[2])) for row in specified}
    assert {unmarked(row[0]): (names(row[1]), plain(row[2])) for row in FLAGS} == wanted
    assert len(wanted) == len(FLAGS) == len(specified)


def specified_variables() -> Iterator[tuple[str, str]]:
    for row in table(SPECIFICATION.read_text("utf-8"), "env"):
        found, defaults = names(row[0]), row[1].split(", ")
        if len(found) != len(defaults):
            defaults = [row[1]] * len(found)
        yield from zip(found, map(plain, defaults), strict=True)


@needs_specification
def test_the_page_has_every_other_variable_of_the_specification_with_its_default() -> None:
    said = [(name, plain(row[1])) for row in VARIABLES for name in names(row[0])]

    assert sorted(said) == sorted(specified_variables())


@needs_specification
def test_the_page_has_every_annotation_of_the_specification() -> None:
    text = SPECIFICATION.read_text("utf-8").partition("\nAnnotations: ")[2].partition("\n")[0]

    assert [unmarked(row[0]) for row in ANNOTATIONS] == re.findall(r"`(seldon\.io/[\w-]+)`", text)


def test_each_flag_of_the_page_is_one_of_the_command_and_there_is_no_other() -> None:
    options = {
        option.opts[0]: option
        for option in seldon_core_microservice.params
        if isinstance(option, click.Option)
    }

    said = {unmarked(row[0]).partition(" ")[0] for row in FLAGS} - {"interface_name"}
    assert options.keys() - {"--port"} == said


@pytest.mark.parametrize("row", FLAGS, ids=lambda row: row[0])
def test_a_flag_sets_the_knob_that_the_page_says(row: list[str]) -> None:
    name = unmarked(row[0]).partition(" ")[0]
    by_flag = {option.opts[0]: option.name for option in seldon_core_microservice.params}
    knob = unmarked(row[4])

    assert not knob or by_flag[name] == knob
    assert not knob or names(row[1]) == [v for v in [KNOBS[knob].metadata["env"]] if v]


@pytest.mark.parametrize("row", VARIABLES, ids=lambda row: row[0].partition(" ")[0])
def test_a_variable_is_the_one_of_its_knob(row: list[str]) -> None:
    knob = unmarked(row[3])

    assert not knob or names(row[0]) == [KNOBS[knob].metadata["env"]]
    assert knob or not {k.metadata["env"] for k in KNOBS.values()} & set(names(row[0]))


@pytest.mark.parametrize("row", ACCOUNTED, ids=lambda row: row[2] or row[3][:20])
def test_what_is_said_of_a_default_is_so_and_what_is_no_setting_has_a_reason(
    row: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    default, knob, reason = plain(row[1]), unmarked(row[2]), row[3]
    for variable in (k.metadata["env"] for k in KNOBS.values()):
        monkeypatch.delenv(variable or "-", raising=False)
    settings = make_settings({}, api=None, port=None, annotations={})

    assert default == (str(getattr(settings, knob)) if knob else "")
    assert len(reason.split()) >= MIN_REASON_WORDS


@pytest.mark.parametrize("row", [row for row in ACCOUNTED if unmarked(row[2])], ids=lambda r: r[2])
def test_a_default_is_the_originals_unless_the_page_says_why(row: list[str]) -> None:
    there, here = plain(row[0]), plain(row[1])
    same = {"0": "False", "false": "False", "true": "True"}
    # What the original calls NOT_IMPLEMENTED is unset, and `{}` of YAML is an empty text.
    unset = {"NOT_IMPLEMENTED", "{}"}

    is_same = here in (there, same.get(there)) or (there in unset and here in ("", "{}"))
    assert is_same or "default" in row[3]


@pytest.mark.parametrize("row", ANNOTATIONS, ids=lambda row: row[0])
def test_an_annotation_chooses_the_setting_that_the_page_says(row: list[str]) -> None:
    assert podinfo.chosen({unmarked(row[0]): "5000"}).keys() == {unmarked(row[1])}
