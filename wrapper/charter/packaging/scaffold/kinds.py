"""The kinds of models that can be begun: what each is made of and what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from charter.errors import StartError, shown


@dataclass(frozen=True, slots=True)
class Kind:
    """Describe one kind.

    Args:
        name: the word for it on the command line.
        about: what it is, in a few words for a list.
        layers: folders of templates, the later one's files before those of the earlier one.
        needs: the modules that the model and its training import, beside numpy.
        with_data: the same layers where the user has a table; empty where it takes none.
        with_file: the same where the user has a model file; empty where it takes none.
        suffixes: how the name of such a file ends.
        tells_columns: whether a model file says which columns it takes.
        writes: how the name of the file ends that `train.py` writes.
        numbers_only: whether features must be numbers.
        takes_frame: whether its model takes a DataFrame of its table.
        program: how the name of the program ends that is the model; "" where that is a class.
        service_type: what Seldon Core calls it.
        endpoint: what it is asked, as `charter test --endpoint` says it.
    """

    name: str
    about: str
    layers: tuple[str, ...]
    needs: tuple[str, ...] = ()
    with_data: tuple[str, ...] = ()
    with_file: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    tells_columns: bool = True
    writes: str = ".joblib"
    numbers_only: bool = False
    takes_frame: bool = False
    program: str = ""
    service_type: str = "MODEL"
    endpoint: str = "predict"


def _trained(name: str, about: str, needs: tuple[str, ...], suffixes: tuple[str, ...]) -> Kind:
    """Return a kind that learns a table, or takes a file of its framework."""
    layers = ("tabular", name)
    is_sklearn = name == "sklearn"
    return Kind(
        name,
        about,
        layers,
        needs,
        with_data=layers,
        with_file=(f"{name}-file",),
        suffixes=suffixes,
        tells_columns=name != "pytorch",
        writes=suffixes[0],
        numbers_only=not is_sklearn,
        takes_frame=is_sklearn,
    )


_ALL = (
    Kind("function", "a plain Python function", ("function",), with_data=("function-data",)),
    _trained(
        "sklearn",
        "a scikit-learn model",
        ("sklearn", "joblib", "pandas"),
        (".joblib", ".pkl", ".pickle"),
    ),
    _trained("keras", "a Keras network", ("keras",), (".keras", ".h5")),
    _trained("pytorch", "a PyTorch network", ("torch",), (".pt2", ".pt")),
    _trained("onnx", "an ONNX file", ("onnx", "onnxruntime"), (".onnx",)),
    Kind(
        "image",
        "images in, classes out",
        ("image",),
        ("sklearn", "joblib", "PIL"),
    ),
    Kind(
        "text",
        "texts in, classes out",
        ("text",),
        ("sklearn", "joblib"),
        with_data=("text",),
    ),
    Kind(
        "transformer",
        "changes what goes to a model behind it",
        ("transformer",),
        service_type="TRANSFORMER",
        endpoint="transform-input",
    ),
    Kind(
        "router",
        "chooses which of several models answers",
        ("router",),
        service_type="ROUTER",
        endpoint="route",
    ),
    Kind("script", "a program in any language", ("script",), program=".sh"),
)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
"""Every kind by its name, the simplest first."""


def named(word: str) -> Kind:
    """Return the kind of a name, or of its number in the list, from 1.

    Raises:
        StartError: there is no such kind.
    """
    by_number = {str(number): kind for number, kind in enumerate(_ALL, 1)}
    found = KINDS.get(word.lower()) or by_number.get(word)
    if found is None:
        raise StartError(
            f"kind: expected one of {', '.join(KINDS)}, or 1 to {len(KINDS)}, got {shown(word)}"
        )
    return found


def of_file(name: str) -> Kind | None:
    """Return the kind whose model files end as this one; `None` where there is none."""
    return next((kind for kind in _ALL if name.lower().endswith(kind.suffixes or "\0")), None)
