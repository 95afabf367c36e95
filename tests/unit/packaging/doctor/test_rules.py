"""Every rule finds what it is for, and nothing in a folder that is right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from charter.packaging.doctor import folder, table
from charter.packaging.doctor.model import GROUPS, Finding, Rule
from doctor_cases import (
    Case,
    classes,
    contracts,
    environments,
    files,
    images,
    loading,
    required,
    sources,
    write,
)

CASES: tuple[Case, ...] = (
    *sources.CASES,
    *environments.CASES,
    *required.CASES,
    *classes.CASES,
    *loading.CASES,
    *contracts.CASES,
    *files.CASES,
    *images.CASES,
)
# Git and a dry run need more than a tree: test_source_rules.py, test_dry_run.py.
ELSEWHERE = {"CH105", "CH106", *(f"CH80{number}" for number in range(1, 7))}

# Names that are written small stay so.
SENTENCE = re.compile(r"(?:[A-Z`_#]|s2i |pip |Python |load\(\)|predict_rest,).*[^.]\.")

every_case = pytest.mark.parametrize(
    "case", CASES, ids=[f"{case.rule}-{number}" for number, case in enumerate(CASES)]
)
every_rule = pytest.mark.parametrize("rule", table.RULES, ids=lambda rule: rule.id)


def examined(root: Path, rule: str) -> list[Finding]:
    return table.examine(folder.read(root), table.chosen([rule], []))


@every_case
def test_a_rule_finds_what_it_is_for(case: Case, tmp_path: Path) -> None:
    findings = examined(write(tmp_path, case.bad), case.rule)

    assert case.place in [each.place for each in findings]
    assert case.says in " ".join(f"{each.message} {each.fix}" for each in findings)


@every_case
def test_a_rule_finds_nothing_where_it_is_right(case: Case, tmp_path: Path) -> None:
    assert examined(write(tmp_path, case.good), case.rule) == []


def test_nothing_is_found_in_a_folder_that_is_right(tmp_path: Path) -> None:
    assert table.examine(folder.read(write(tmp_path, {})), table.RULES) == []


@pytest.mark.parametrize(("head", "count"), [(b"echo 1\n", 1), (b"\x7fELF\0\0", 0)])
def test_a_model_that_may_be_executed_says_what_runs_it(
    head: bytes, count: int, tmp_path: Path
) -> None:
    root = write(tmp_path, {**files.PROGRAM, "go": head})
    (root / "go").chmod(0o755)

    assert len(examined(root, "CH607")) == count


def test_every_rule_has_a_case() -> None:
    assert {case.rule for case in CASES} | ELSEWHERE == {rule.id for rule in table.RULES}


def test_the_ids_are_distinct_and_in_order() -> None:
    ids = [rule.id for rule in table.RULES]

    assert ids == sorted(set(ids))
    assert {id_[:3] for id_ in ids} == GROUPS.keys()


@every_rule
def test_what_a_rule_says_are_whole_sentences(rule: Rule) -> None:
    assert SENTENCE.fullmatch(rule.reason)
    assert SENTENCE.fullmatch(rule.fix)
    assert not rule.title.endswith(".")
