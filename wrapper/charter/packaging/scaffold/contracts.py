"""The contract of a new project: that of its template, or what is inferred of the user's files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from charter.contract.parse import parse
from charter.errors import StartError
from charter.infer import Draft, Wish, infer
from charter.infer.draft import is_unlimited
from charter.message import Json
from charter.methods import Takes
from charter.transport.openapi import examples

if TYPE_CHECKING:
    from charter.packaging.scaffold.project import Wanted
    from charter.packaging.scaffold.tables import Table

_LONGEST_TEXT = 2000
_NUMBERS = ("FLOAT", "INT")


def contract(wanted: Wanted, folder: Path, missing: Sequence[str], template: str | None) -> Draft:
    """Return the contract of a project, whose other files are in the folder.

    Args:
        wanted: what the project is made of.
        folder: where its files are.
        missing: modules that its model needs and that are not installed.
        template: the contract that its templates have; `None` where they have none.

    Raises:
        StartError: nothing says what goes in, or it is not what this kind takes.
    """
    draft = _drafted(wanted, folder, missing, template)
    document = {"name": wanted.title, **draft.document}
    if wanted.kind.takes_frame and wanted.model_file is None:
        document["input"] = "dataframe"
    if wanted.kind.numbers_only and wanted.model_file is None:
        _refuse_texts(document["features"], document["targets"][0], wanted.kind.name)
    parse(document)
    return Draft(document, draft.notes)


def _drafted(wanted: Wanted, folder: Path, missing: Sequence[str], template: str | None) -> Draft:
    if wanted.model_file is not None:
        return _of_model(wanted, folder, missing)
    if wanted.table is not None:
        return _of_table(wanted.table, is_text=wanted.kind.name == "text")
    assert template is not None
    return Draft(json.loads(template))


def _of_model(wanted: Wanted, folder: Path, missing: Sequence[str]) -> Draft:
    table = wanted.table
    if missing:
        raise StartError(
            f"{wanted.model_file}: reading it needs {', '.join(missing)}, which "
            f"{'is' if len(missing) == 1 else 'are'} not installed: {_install(wanted, folder)}"
        )
    is_graph = wanted.kind.name == "onnx" and table is None
    wish = Wish(
        str(folder / f"model{_suffix(wanted)}" if is_graph else folder),
        data=table.path if table else None,
        targets=(table.target,) if table and table.target else (),
    )
    try:
        draft = infer(wish)
    except StartError as error:  # it knows the model by where it lies for the moment
        raise StartError(error.message.replace(wish.source, str(wanted.model_file))) from error
    features = [_calm(each) for each in draft.document["features"]]
    return Draft({**draft.document, "features": features}, draft.notes)


def _calm(feature: Mapping[str, Json]) -> dict[str, Json]:
    """Return a feature that has no limits without those of its numpy type, which no model bears."""
    left_out = ("physical",) if is_unlimited(dict(feature)) else ()
    return {key: value for key, value in feature.items() if key not in left_out}


def _suffix(wanted: Wanted) -> str:
    return wanted.model_file.suffix.lower() if wanted.model_file else ""


def _install(wanted: Wanted, folder: Path) -> str:
    lines = (folder / "requirements.txt").read_text("utf-8").splitlines()
    return "pip install " + " ".join(f"'{line}'" for line in lines if not line.startswith("#"))


def _of_table(table: Table, *, is_text: bool) -> Draft:
    draft = infer(Wish(str(table.path), targets=(table.target,)))
    document = dict(draft.document)
    # The model will not know each row by heart, and says what it says.
    document["samples"] = [{"input": each["input"]} for each in document.get("samples", [])]
    document["targets"] = [_with_classes(each) for each in document["targets"]]
    if is_text:
        document["features"] = [_text(document["features"], table.path)]
    # The answers that are learned stay in the range of those in the table.
    notes = tuple(note for note in draft.notes if not note.startswith("targets["))
    return Draft({key: value for key, value in document.items() if value}, notes)


def _with_classes(target: Mapping[str, Json]) -> dict[str, Json]:
    """Return a target that names its classes, also where they are false and true."""
    classes = {"values": [False, True]} if target.get("dtype") == "BOOL" else {}
    return {**classes, **target}


def _text(features: Sequence[Mapping[str, Json]], path: Path) -> dict[str, Json]:
    if len(features) != 1 or features[0].get("dtype") != "STRING":
        raise StartError(f"{path}: expected one column of text beside the answer")
    longest = max(_LONGEST_TEXT, features[0].get("maxLength", 0))
    return {"name": features[0]["name"], "dtype": "STRING", "maxLength": longest}


def _refuse_texts(
    features: Sequence[Mapping[str, Json]], target: Mapping[str, Json], kind: str
) -> None:
    for each in features:
        if each.get("dtype", "FLOAT") not in _NUMBERS or each.get("nullable"):
            what = "has gaps" if each.get("nullable") else f"holds {each['dtype']}"
            raise StartError(
                f"column {each['name']!r} {what}, and {kind} takes numbers only: leave it out, "
                f"make it a number, or take --kind sklearn"
            )
    if target.get("dtype", "FLOAT") not in _NUMBERS and "values" not in target:
        raise StartError(
            f"column {target['name']!r}: expected a number, or one of a few classes, as the "
            f"answer, got {target['dtype']} of many values"
        )


def request(document: Mapping[str, Json]) -> str:
    """Return the JSON text of a request that a contract allows."""
    known = examples.Model(contract=parse(dict(document)))
    messages = examples.requests(known)[Takes.MESSAGE]
    return json.dumps(next(iter(messages.values())), ensure_ascii=False) + "\n"
