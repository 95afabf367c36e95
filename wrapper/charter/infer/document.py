"""The text of a contract, with a line for each feature and sample, as people write it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from charter.message import Json


def text(document: Mapping[str, Json]) -> str:
    """Return the JSON text of a contract, which ends with a line break."""
    parts = [f"  {_text(key)}: {_value(value)}" for key, value in document.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _value(value: Json) -> str:
    if not isinstance(value, list) or not value or not isinstance(value[0], dict):
        return _text(value)
    return "[\n" + ",\n".join(f"    {_text(entry)}" for entry in value) + "\n  ]"


def _text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
