"""Examples of requests that the model takes, made of what is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from charter.message import Json
from charter.methods import Takes

_ARRAYS = ("ndarray", "tensor", "tftensor")


@dataclass(frozen=True, slots=True)
class Model:
    """Say what is known of the model that a document describes.

    Args:
        name: its name; "" where it has none.
        kind: the payload that it takes, one of `ndarray`, `tensor`, `tftensor`, `strData`,
            `binData` and `jsonData`; "" where it does not say.
        names: the names of the columns that it takes; empty where it does not say.
    """

    name: str = ""
    kind: str = ""
    names: Sequence[str] = ()


def model(metadata: Mapping[str, Json], name: str) -> Model:
    """Return what the metadata say of a model.

    Args:
        metadata: those of `init_metadata()`, checked; empty where they are not known.
        name: its name where they have none.
    """
    first: Mapping[str, Json] = next(iter(metadata.get("inputs", ())), {})
    kind = first.get("messagetype", "")
    columns = first.get("schema", {}) if kind in _ARRAYS else {}
    return Model(metadata.get("name") or name, kind, columns.get("names", ()))


def requests(known: Model) -> dict[Takes, dict[str, Json]]:
    """Return the examples of each kind of request by name, the likeliest first."""
    messages = _messages(known)
    first = next(iter(messages.values()))
    return {
        Takes.MESSAGE: messages,
        Takes.MESSAGES: {"messages": {"seldonMessages": [first, first]}, "list": [first, first]},
        Takes.FEEDBACK: {"feedback": {"request": first, "response": first, "reward": 1.0}},
    }


def _messages(known: Model) -> dict[str, Json]:
    row = [float(number) for number, _ in enumerate(known.names or ("a", "b"), start=1)]
    arrays = {
        "ndarray": [row],
        "tensor": {"shape": [1, len(row)], "values": row},
        "tftensor": _tftensor(row),
    }
    names = {"names": list(known.names)} if known.names else {}
    messages: dict[str, Json] = {
        **{kind: {"data": {**names, kind: array}} for kind, array in arrays.items()},
        "strData": {"strData": "text"},
        "binData": {"binData": "Ynl0ZXM="},
        "jsonData": {"jsonData": {"key": ["any", "value"]}},
    }
    # Pages that show a document begin with its first example. The sort keeps the order of the rest.
    return dict(sorted(messages.items(), key=lambda item: item[0] != known.kind))


def _tftensor(row: Sequence[float]) -> Json:
    dim = [{"size": "1"}, {"size": str(len(row))}]
    return {"dtype": "DT_DOUBLE", "tensorShape": {"dim": dim}, "doubleVal": row}
