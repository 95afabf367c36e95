"""The pages under docs/ say what the source does: every setting, path, rpc, metric and error."""

from __future__ import annotations

import asyncio
import inspect
import re
from dataclasses import fields
from pathlib import Path

import httpx
import pytest
from charter import errors
from charter.component.loader import parse_environment
from charter.methods import METHODS
from charter.metrics.page import Page
from charter.metrics.requests import Metrics
from charter.settings import Settings, flag
from charter.transport import rest, rpc

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "s2i/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
LINK = re.compile(r"\]\(([^)#:]+)\)")
ADRS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
MAX_ADR_LINES = 40


def table(page: str, title: str) -> list[list[str]]:
    """Return the cells of the first table under a heading, without its head and back-ticks."""
    text = (ROOT / "docs" / page).read_text("utf-8").partition(f"\n# {title}\n")[2]
    if not text:
        text = (ROOT / "docs" / page).read_text("utf-8").partition(f"# {title}\n")[2]
    rows = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert rows, f"there is a table under {title!r}"
    return [
        [cell.strip().strip("`") for cell in line.strip("|\n").split("|")]
        for line in rows[0].splitlines()[2:]
    ]


class Echo:
    """Return what it is given."""

    def predict(self, X: object) -> object:
        return X


def served_paths() -> set[str]:
    """Return the paths that the application names when it is asked for another."""

    async def ask() -> str:
        transport = httpx.ASGITransport(rest.asgi_app(Echo))
        async with httpx.AsyncClient(transport=transport, base_url="http://charter") as client:
            return (await client.get("/nowhere")).text

    return set(re.findall(r"/[\w./-]+", asyncio.run(ask()).partition("paths are")[2]))


def test_every_setting_is_on_its_page() -> None:
    wanted = [
        [flag(knob.name), knob.metadata["env"] or "", str(knob.default)]
        for knob in fields(Settings)
    ]

    assert [row[:3] for row in table("serving.md", "Settings")] == wanted


def test_every_setting_says_its_choices() -> None:
    said = {row[0]: row[3] for row in table("serving.md", "Settings")}

    for knob in fields(Settings):
        assert all(choice in said[flag(knob.name)] for choice in knob.metadata["choices"])


def test_every_path_is_on_its_page() -> None:
    rows = table("serving.md", "REST")

    wanted = [
        [path, ", ".join(verbs), method.name] for method in METHODS for path, verbs in method.routes
    ]
    assert rows[: len(wanted)] == wanted
    assert {row[0] for row in rows} == served_paths()


def test_every_rpc_is_on_its_page() -> None:
    wanted = [[f"{service}/{name}", m.name] for m in METHODS for service, name in m.rpcs]

    assert table("serving.md", "gRPC") == wanted


def test_every_metric_is_on_its_page() -> None:
    named = [row[0] for row in table("serving.md", "Metrics")]
    counts = Metrics()
    counts.tested(1, 1.0, has_passed=True)
    counts.batch(1, 0.0)

    assert named == [family_name(family) for family in Page([counts.table], {}).requests()]


def family_name(family: object) -> str:
    name, kind = getattr(family, "name", ""), getattr(family, "type", "")
    return f"{name}_total" if kind == "counter" else str(name)


def test_every_fault_is_on_its_page() -> None:
    rows = {row[0]: row[2:] for row in table("errors.md", "Errors")}

    kinds = [kind for kind in vars(errors).values() if inspect.isclass(kind)]
    # The first class of the tree with a fault is the one that names its reason.
    reasons = {
        kind.fault: kind.reason for kind in reversed(kinds) if issubclass(kind, errors.ServingError)
    }
    assert rows == {
        fault.value: [reasons[fault], str(status), rpc.STATUS[fault].name]
        for fault, status in rest.STATUS.items()
    }
    assert rest.STATUS.keys() == rpc.STATUS.keys() == set(errors.Fault)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 418, 422, 429, 500, 503])
def test_the_code_of_a_chosen_status_is_on_its_page(status: int) -> None:
    rows = dict(table("errors.md", "Errors that a model chooses"))

    fallback = rows["other 4xx"] if 400 <= status < 500 else rows["other"]
    chosen = errors.ComponentError("chosen", status=status)
    assert rpc._code(chosen).name == rows.get(str(status), fallback)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_link_leads_to_a_file(page: Path) -> None:
    links = LINK.findall(page.read_text("utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", ADRS, ids=lambda page: page.stem)
def test_a_decision_is_short_and_has_its_three_parts(page: Path) -> None:
    text = page.read_text("utf-8")

    assert len(text.splitlines()) <= MAX_ADR_LINES
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]


def test_every_decision_is_in_the_list_and_numbered_in_turn() -> None:
    listed = LINK.findall((ROOT / "docs" / "adr" / "README.md").read_text("utf-8"))

    assert listed == [page.name for page in ADRS]
    assert [int(page.name[:4]) for page in ADRS] == list(range(1, len(ADRS) + 1))


def test_the_repository_is_an_s2i_source_itself() -> None:
    found = parse_environment((ROOT / ".s2i" / "environment").read_text("utf-8"))

    assert (ROOT / found["MODEL_NAME"] / ".s2i" / "environment").is_file()
    assert not [value for value in found.values() if {'"', "'"} & set(value)]


def test_the_changelog_has_a_place_for_what_comes() -> None:
    assert "\n## Unreleased\n" in (ROOT / "CHANGELOG.md").read_text("utf-8")
