"""A contract from what there is: tables, ONNX files, models. What cannot be known is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from charter.contract.parse import parse
from charter.errors import StartError
from charter.infer import columns, components, graphs, tables
from charter.infer.draft import Draft as Draft
from charter.message import Json


@dataclass(frozen=True, slots=True)
class Wish:
    """Say what a contract is inferred from, and what it shall hold.

    Args:
        source: a table, an ONNX file, or a model as `charter serve` takes it.
        data: a table beside a model or an ONNX file; `None`: there is none.
        model: a model beside a table, as `charter serve` takes it; `None`: there is none.
        targets: columns of the table that are answers, not features.
        rows: how many samples to keep.
        name: what the contract calls the model; "" leaves it without a name.
    """

    source: str
    data: Path | None = None
    model: str | None = None
    targets: Sequence[str] = ()
    rows: int = 3
    name: str = ""


def infer(wish: Wish) -> Draft:
    """Return a contract, as a document that `contract.parse` takes, and what it still asks for.

    Raises:
        StartError: the source cannot be read, or does not say what a contract needs.
    """
    draft = _drafted(wish)
    document: dict[str, Json] = {"name": wish.name} if wish.name else {}
    document |= draft.document
    try:
        parse(document)
    except StartError as error:
        raise StartError(f"{wish.source}: its contract would be wrong: {error.message}") from error
    return Draft(document, draft.notes)


def _drafted(wish: Wish) -> Draft:
    path = Path(wish.source)
    if tables.is_table(path):
        return _of_table(path, wish.model, wish)
    if wish.model is not None:
        raise StartError(f"{wish.source}: --model goes with a table; give that with --data")
    if path.suffix.lower() == graphs.SUFFIX:
        return _of_graph(path, wish)
    if wish.data is not None:
        return _of_table(wish.data, wish.source, wish)
    with components.loaded(wish.source) as model:
        return components.draft(model)


def _of_table(path: Path, model: str | None, wish: Wish) -> Draft:
    table = tables.read(path)
    if model is None:
        return columns.draft(table, wish.targets, wish.rows)
    with components.loaded(model) as loaded:
        return components.draft_with(loaded, table, wish.targets, wish.rows)


def _of_graph(path: Path, wish: Wish) -> Draft:
    graph = graphs.draft(path)
    if wish.data is None:
        return graph
    return graphs.with_data(graph, columns.draft(tables.read(wish.data), wish.targets, wish.rows))
