"""All files of a project, put into an empty folder: templates, the user's files, the contract."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from charter.component.loader import CONTRACT_FILE
from charter.errors import StartError
from charter.infer import document as texts
from charter.message import Json
from charter.packaging.scaffold import contracts, training
from charter.packaging.scaffold.kinds import Kind
from charter.packaging.scaffold.names import class_name, image_name
from charter.packaging.scaffold.tables import Table
from charter.packaging.scaffold.templates import render

TRAIN_FILE = "train.py"
_DATA_FILE = "data.csv"
_REQUEST_FILE = "request.json"
# Parts of the README, which each kind has its own of.
_PARTS = ("about", "files", "curl")
_TARGET = "outcome"

# Requests to a router are not held to its contract.
_REFUSES = ", and the service refuses what breaks it\n(`CHARTER_CONTRACT_MODE=strict`)"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Say what somebody wants.

    Args:
        title: what they call the model.
        author: who writes it.
        kind: what it is made of.
        table: the rows it is to learn, or that it is asked with; `None`: they have none.
        model_file: a trained model; `None`: they have none.
    """

    title: str
    author: str
    kind: Kind
    table: Table | None = None
    model_file: Path | None = None

    @property
    def layers(self) -> tuple[str, ...]:
        """Return the folders of templates that it is made from."""
        if self.model_file is not None:
            return self.kind.with_file
        return self.kind.layers if self.table is None else self.kind.with_data


@dataclass(frozen=True, slots=True)
class Made:
    """Say what was made.

    Args:
        notes: sentences about what of the contract could not be known.
        missing: modules that it needs and that are not installed.
        is_trained: whether its model file is there, or it needs none.
        image: what an image of it is called.
        endpoint: what it is asked.
    """

    notes: tuple[str, ...]
    missing: tuple[str, ...]
    is_trained: bool
    image: str
    endpoint: str


def make(wanted: Wanted, folder: Path, *, trains: bool = True) -> Made:
    """Write the files of a project into a folder that has none of them.

    Args:
        wanted: what it is made of.
        folder: an empty one.
        trains: run `train.py` where there is one and what it imports is installed.

    Raises:
        StartError: no project can be made of what was given; the message says why.
    """
    values = _values(wanted)
    files = render(("common", *wanted.layers), values)
    parts = {part: files.pop(f"{part}.md", "") for part in _PARTS}
    _write(folder, files)
    _copy(wanted, folder, values)
    missing = training.missing(wanted.kind.needs)
    draft = contracts.contract(wanted, folder, missing, files.get(CONTRACT_FILE))
    has_training = TRAIN_FILE in files
    contract = {CONTRACT_FILE: texts.text(draft.document)}
    _write(folder, {**contract, _REQUEST_FILE: contracts.request(draft.document)})
    values |= parts | {"train": f"python {TRAIN_FILE}\n" if has_training else ""}
    _write(folder, render(("readme",), values))
    is_due = has_training and trains and not missing
    if is_due:
        training.run(folder / TRAIN_FILE)
    is_trained = is_due or not has_training
    return Made(draft.notes, missing, is_trained, values["image"], wanted.kind.endpoint)


def _values(wanted: Wanted) -> dict[str, str]:
    """Return what each `$word` of a template stands for."""
    kind, name, image = wanted.kind, class_name(wanted.title), image_name(wanted.title)
    table = wanted.table
    target = (table.target if table else "") or _TARGET
    suffix = wanted.model_file.suffix.lower() if wanted.model_file else kind.writes
    is_asked_otherwise = kind.endpoint != "predict"
    return {
        "title": wanted.title,
        "author": wanted.author,
        "class_name": name,
        "image": image,
        "model": f"{image}{kind.program}" if kind.program else name,
        "service_type": kind.service_type,
        "path": kind.endpoint,
        "refuses": "" if kind.endpoint == "route" else _REFUSES,
        "test_options": f" --endpoint {kind.endpoint}" if is_asked_otherwise else "",
        "check_options": f', endpoint="{kind.endpoint}"' if is_asked_otherwise else "",
        "target": _literal(target),
        "target_words": target,
        "usual": _literal(table.usual) if table and table.target else "None",
        "model_file": f"model{suffix}",
        "scikit_learn": training.requirement("scikit-learn", "1.4"),
    }


def _literal(value: Json) -> str:
    """Return a value of JSON as Python code; strings in the quotes that people write."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _copy(wanted: Wanted, folder: Path, values: Mapping[str, str]) -> None:
    """Copy what the user has given; a table becomes plain CSV."""
    if wanted.table is not None and (folder / _DATA_FILE).exists():
        (folder / _DATA_FILE).write_text(wanted.table.csv(), "utf-8")
    if wanted.model_file is None:
        return
    try:
        shutil.copyfile(wanted.model_file, folder / values["model_file"])
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StartError(f"{wanted.model_file}: {reason}") from error


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        if text.startswith("#!"):
            file.chmod(0o755)


def paths(folder: Path) -> Sequence[str]:
    """Return the paths of all files below a folder, with slashes."""
    found = (file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
    return sorted(path for path in found if "__pycache__" not in path)
