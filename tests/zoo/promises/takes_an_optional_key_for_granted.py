"""How many things lie in a basket; the wrong one reads a key that a caller may leave out."""

from __future__ import annotations

from typing import Any

CONTRACT: Any = {
    "payload": "jsonData",
    "jsonSchema": {
        "type": "object",
        "properties": {
            "user": {"type": "string"},
            "basket": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["user"],
    },
    "features": [],
    "targets": [],
}
CAUGHT_BY = "edges"
ALSO = ("status",)


class Right:
    def predict(self, X: Any) -> Any:
        return {"user": X["user"], "things": len(X.get("basket", []))}


class Wrong:
    def predict(self, X: Any) -> Any:
        return {"user": X["user"], "things": len(X["basket"])}
