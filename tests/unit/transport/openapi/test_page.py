from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from charter.contract.parse import parse
from charter.methods import METHODS
from charter.transport import rest
from charter.transport.openapi import page
from charter.transport.openapi.document import document
from charter.transport.openapi.examples import Model

PATHS = {path: (verbs, method) for method in METHODS for path, verbs in method.routes}
AGE = {"name": "age", "dtype": "INT", "ftype": "continuous", "range": [18, 120]}


@pytest.fixture(autouse=True)
def _looked_up_again() -> Iterator[None]:
    page._swagger_ui.cache_clear()
    yield
    page._swagger_ui.cache_clear()


def installed(folder: Path, version: str, *, files: tuple[str, ...]) -> None:
    """Put a distribution of flask-swagger-ui where it is found first."""
    info = folder / f"flask_swagger_ui-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: x\nVersion: {version}\n")
    dist = folder / "flask_swagger_ui" / "dist"
    dist.mkdir(parents=True)
    for name in files:
        (dist / name).write_text("content")


UI = ("swagger-ui.css", "swagger-ui-bundle.js")


@pytest.mark.parametrize(
    ("version", "files", "is_shown"),
    [("5.1.0", UI, True), ("4.15.5", UI, False), ("5.1.0", UI[:1], False)],
    ids=["new", "without OpenAPI 3.1", "without its files"],
)
def test_swagger_ui_is_shown_where_it_knows_openapi_3_1(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
    files: tuple[str, ...],
    is_shown: bool,
) -> None:
    installed(tmp_path, version, files=files)
    monkeypatch.syspath_prepend(tmp_path)

    assert (page.interactive() is not None) is is_shown
    found = page.file("swagger-ui-bundle.js")
    assert found == ((b"content", b"text/javascript; charset=utf-8") if is_shown else None)
    assert page.file("docs.js") is not None


def test_flask_is_not_imported_and_its_package_says_where_the_files_are() -> None:
    pytest.importorskip("flask_swagger_ui")
    files = {str(file) for file in metadata.files("flask-swagger-ui") or ()}

    assert {f"flask_swagger_ui/dist/{name}" for name in UI} <= files
    body, kind = page.file("swagger-ui-bundle.js") or (b"", b"")
    assert kind.startswith(b"text/javascript")
    assert len(body) > 1_000_000


def test_the_page_asks_for_files_that_are_served_by_relative_addresses() -> None:
    own = Path(page.__file__).with_name("files")
    html = (own / "docs.html").read_text() + page.plain(described()).decode()
    asked = re.findall(r'(?:src|href)="([^"]*)"', html)

    assert {address for address in asked if address.startswith("docs/")} == {
        f"docs/{name}" for name in page.FILES
    }
    assert {address for address in asked if not address.startswith("docs/")} == {
        "data:,",
        "openapi.json",
    }
    assert "http" not in html + (own / "docs.js").read_text() + (own / "docs.css").read_text()


def test_the_plain_page_lists_the_paths_and_has_an_example() -> None:
    html = page.plain(described(name="<b>loans</b>")).decode()

    assert "<h1>&lt;b&gt;loans&lt;/b&gt; <small>" in html
    assert "<td><code>/predict</code></td><td>GET, HEAD, POST</td>" in html
    assert html.count("<tr><td>") == len(PATHS)
    assert "&quot;ndarray&quot;: [[83]]" in html
    assert "charter[docs]" in html


def test_a_long_example_is_left_out() -> None:
    wide = {"name": "x", "ftype": "continuous", "range": [0, 1], "repeat": 784}
    model = Model(contract=parse({"features": [wide], "targets": []}))

    assert b"<pre>" not in page.plain(document(PATHS, rest.STATUS, model))


def described(**known: Any) -> Any:
    contract = parse({"features": [AGE], "targets": []})
    return document(PATHS, rest.STATUS, Model(contract=contract, **known))
