"""The page that shows an OpenAPI document: Swagger UI where it is installed, else a plain one.

Why so: docs/adr/0011-docs-page.md. No address on it leaves the service, and browsers are told so.
"""

from __future__ import annotations

import functools
import html
import json
from collections.abc import Mapping
from pathlib import Path

from charter.message import Json

_OWN = Path(__file__).with_name("files")
_PACKAGE = "flask-swagger-ui"
_FOLDER = "flask_swagger_ui/dist"
# The first that shows OpenAPI 3.1.
_LEAST_VERSION = 5
_UI = ("swagger-ui.css", "swagger-ui-bundle.js")
_TYPES = {
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".html": b"text/html; charset=utf-8",
}
_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; "
    b"img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    b"frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", _POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
"""What browsers are told of the page: to ask nobody but the service."""
FILES = ("docs.js", "docs.css", "plain.css", *_UI)
"""The names of the files that the page may ask for, below its own path."""
# A longer example says nothing to people.
_LONGEST_EXAMPLE = 2000


def file(name: str) -> tuple[bytes, bytes] | None:
    """Return the content and content type of one of `FILES`; `None` where it is not installed."""
    folder = _swagger_ui() if name in _UI else _OWN
    if folder is None:
        return None
    path = folder / name
    return path.read_bytes(), _TYPES[path.suffix]


def interactive() -> bytes | None:
    """Return the page with Swagger UI as HTML; `None` where that is not installed."""
    return None if _swagger_ui() is None else (_OWN / "docs.html").read_bytes()


def plain(document: Json) -> bytes:
    """Return the page that needs nothing installed as HTML, made of the OpenAPI document."""
    info = document["info"]
    title, version = html.escape(info["title"]), html.escape(info["version"])
    about = "\n".join(f"<p>{html.escape(part)}</p>" for part in info["description"].split("\n\n"))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/plain.css">
</head>
<body>
<h1>{title} <small>{version}</small></h1>
{about}
<p><a href="openapi.json">openapi.json</a> says all of it to machines.
After <code>pip install "charter[docs]"</code> this page shows it, and sends requests.</p>
{_example(document)}<h2>Paths</h2>
<table>
<thead><tr><th>path</th><th>verbs</th><th>what it does</th></tr></thead>
<tbody>
{_rows(document["paths"])}
</tbody>
</table>
</body>
</html>
""".encode()


@functools.cache
def _swagger_ui() -> Path | None:
    """Return the folder of Swagger UI; `None` where there is none that shows OpenAPI 3.1.

    It is not imported, and neither is Flask.
    """
    from importlib import metadata

    try:
        found = metadata.distribution(_PACKAGE)
    except metadata.PackageNotFoundError:
        return None
    folder = Path(str(found.locate_file(_FOLDER)))
    is_new = int(found.version.partition(".")[0]) >= _LEAST_VERSION
    return folder if is_new and all((folder / name).is_file() for name in _UI) else None


def _rows(paths: Mapping[str, Json]) -> str:
    return "\n".join(
        f"<tr><td><code>{html.escape(path)}</code></td><td>{', '.join(verbs).upper()}</td>"
        f"<td>{html.escape(next(iter(verbs.values()))['summary'])}</td></tr>"
        for path, verbs in paths.items()
    )


def _example(document: Json) -> str:
    """Return the first example of a request to predict, unless it is long."""
    found = next(iter(document["components"]["examples"].values()), {"value": None})["value"]
    text = json.dumps(found, ensure_ascii=False)
    if found is None or len(text) > _LONGEST_EXAMPLE:
        return ""
    return f"<h2>A request</h2>\n<pre>POST predict\n{html.escape(text)}</pre>\n"
