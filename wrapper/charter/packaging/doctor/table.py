"""The table of all rules, and the way through it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from charter.packaging.doctor import (
    code_rules,
    contract_rules,
    environment_rules,
    file_rules,
    image_rules,
    import_rules,
    load_rules,
    loading_rules,
    requirement_rules,
    source_rules,
)
from charter.packaging.doctor.folder import Folder
from charter.packaging.doctor.model import Finding, Found, Level, Rule

_GROUPS = (
    *(source_rules, environment_rules, import_rules, requirement_rules, code_rules),
    *(loading_rules, contract_rules, file_rules, image_rules, load_rules),
)
RULES: tuple[Rule, ...] = tuple(
    sorted((rule for group in _GROUPS for rule in group.RULES), key=lambda rule: rule.id)
)
_ORDER = {level: number for number, level in enumerate(Level)}


def chosen(select: Collection[str], ignore: Collection[str]) -> tuple[Rule, ...]:
    """Return the rules that are looked at.

    Args:
        select: ids, or their beginnings, such as `CH3`; empty means all.
        ignore: ids, or their beginnings, that are left out.
    """
    wanted, unwanted = tuple(select) or ("",), tuple(ignore)
    return tuple(
        rule
        for rule in RULES
        if rule.id.startswith(wanted) and not (unwanted and rule.id.startswith(unwanted))
    )


def examine(folder: Folder, rules: Iterable[Rule], *, is_strict: bool = False) -> list[Finding]:
    """Return what the rules find in a folder, errors first, then by file and line.

    Args:
        folder: its description.
        rules: those to look at.
        is_strict: make warnings errors.
    """
    found = [
        finding(rule, each, is_strict=is_strict) for rule in rules for each in rule.look(folder)
    ]
    unique = {(each.rule.id, each.path, each.line, each.message): each for each in found}
    return sorted(unique.values(), key=lambda each: (_ORDER[each.level], *_sorted_by(each)))


def _sorted_by(each: Finding) -> tuple[str, int, str]:
    return each.path, each.line, each.rule.id


def finding(rule: Rule, found: Found, *, is_strict: bool = False) -> Finding:
    """Return what a rule found as it is told."""
    is_raised = is_strict and rule.level is Level.WARNING
    level = Level.ERROR if is_raised else rule.level
    fix = found.fix or rule.fix
    return Finding(rule, level, found.path, found.line, found.message, fix, found.detail)
