"""Findings as lines, as a table for a terminal, and as JSON for another program."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from charter.packaging.doctor.image_size import Estimate
from charter.packaging.doctor.model import GROUPS, Finding, Level

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {Level.ERROR: "red", Level.WARNING: "yellow", Level.NOTE: "cyan"}


def lines(findings: Sequence[Finding], size: Estimate) -> list[str]:
    """Return a line for each finding and one for its fix, then the size and the sum."""
    told: list[str] = []
    for each in findings:
        told.append(
            f"{each.place}: {each.rule.id} {each.level.value}: {each.rule.title}: {each.message}"
        )
        told += [f"    | {line}" for line in each.detail.splitlines()]
        told.append(f"    fix: {each.fix}")
    return [*told, *closing(findings, size)]


def closing(findings: Sequence[Finding], size: Estimate) -> list[str]:
    """Return the size of the image and the sum of the findings."""
    return [f"image: {size}", summary(findings)]


def summary(findings: Sequence[Finding]) -> str:
    """Return how many findings of each level there are, in words."""
    counts = Counter(each.level for each in findings)
    parts = [_counted(counts[level], level.value) for level in Level if counts[level]]
    return ", ".join(parts) if parts else "nothing found"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"


def show(findings: Sequence[Finding], size: Estimate, console: Console) -> None:
    """Print a table of the findings, then the size of the image and the sum."""
    from rich.table import Table
    from rich.text import Text

    table = Table("where", "rule", "what, and what to do", show_lines=True)
    for each in findings:
        style = _STYLES[each.level]
        told = Text.assemble((each.rule.title, "bold"), f"\n{each.message}")
        if each.detail:
            told.append(f"\n{each.detail}", "dim")
        told.append(f"\n→ {each.fix}", "green")
        rule = Text(f"{each.rule.id}\n{each.level.value}", style)
        table.add_row(Text(each.place), rule, told)
    if findings:
        console.print(table)
    for line in closing(findings, size):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def document(findings: Sequence[Finding], size: Estimate) -> str:
    """Return all as a JSON object."""
    told = [
        {
            "id": each.rule.id,
            "group": GROUPS[each.rule.id[:3]],
            "level": each.level.value,
            "title": each.rule.title,
            "reason": each.rule.reason,
            "path": each.path,
            "line": each.line or None,
            "message": each.message,
            "fix": each.fix,
            "detail": each.detail,
        }
        for each in findings
    ]
    counts = Counter(each.level for each in findings)
    parts = [{"name": part.name, "bytes": part.size} for part in size.parts]
    image = {"bytes": size.total, "parts": parts, "unknown": list(size.unknown)}
    levels = {level.value: counts[level] for level in Level}
    return json.dumps(
        {"findings": told, "counts": levels, "image": image}, ensure_ascii=False, indent=2
    )
