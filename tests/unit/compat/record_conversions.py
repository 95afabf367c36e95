"""Write what the original's `seldon_core.utils` returns for each row of conversions.json.

    python tests/unit/compat/record_conversions.py     # where seldon-core 1.17.1 is installed

A row is an expression; to add one, write it into the file with the value null, and run this. The
test evaluates the same expressions with Charter's stand-in.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf import any_pb2, json_format, struct_pb2
from google.protobuf.message import Message

TABLE = Path(__file__).with_name("conversions.json")


def evaluated(expression: str) -> Any:
    """Return the plain form of what an expression gives, or of the error that it raises."""
    import seldon_core.proto.prediction_pb2
    import seldon_core.user_model
    import seldon_core.utils

    names = {
        **vars(seldon_core.proto.prediction_pb2),
        **vars(seldon_core.user_model),
        **vars(seldon_core.utils),
        **_models(seldon_core.user_model.SeldonComponent),
    }
    names |= {"np": np, "any_pb2": any_pb2, "struct_pb2": struct_pb2}
    try:
        return plain(eval(expression, names))
    except seldon_core.user_model.SeldonMicroserviceException as error:
        return {"SeldonMicroserviceException": error.status_code, "reason": error.reason}
    except Exception as error:  # noqa: BLE001 - whatever it raises is what is recorded
        return {"raises": type(error).__name__}


def plain(value: Any) -> Any:
    """Return a value as JSON with its type: arrays with dtype and shape, messages by their name."""
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "dtype": str(value.dtype), "shape": list(value.shape)}
    if isinstance(value, Message):
        document = json_format.MessageToDict(value)
        return {value.DESCRIPTOR.full_name: document}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def _models(base: type) -> dict[str, Any]:
    class Plain:
        pass

    class Bare(base):  # type: ignore[misc]  # a class of whichever seldon_core there is
        pass

    class Full(base):  # type: ignore[misc]  # the same
        def tags(self) -> dict[str, Any]:
            return {"own": 1}

        def class_names(self) -> list[str]:
            return ["first", "second"]

        def feature_names(self) -> list[str]:
            return ["f0", "f1"]

    class Old:
        class_names = ("first", "second")

    return {kind.__name__: kind() for kind in (Plain, Bare, Full, Old)}


if __name__ == "__main__":
    rows = json.loads(TABLE.read_text())
    found = {expression: evaluated(expression) for expression in rows}
    lines = (f"{json.dumps(row)}: {json.dumps(value)}" for row, value in found.items())
    TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
