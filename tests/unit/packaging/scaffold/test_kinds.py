from __future__ import annotations

import pytest
from charter.errors import StartError
from charter.packaging.scaffold.kinds import KINDS, Kind, named, of_file
from charter.packaging.scaffold.templates import render

VALUES = dict.fromkeys(
    ("title", "author", "class_name", "image", "model", "service_type", "path", "test_options",
     "check_options", "target", "target_words", "usual", "model_file", "scikit_learn"),
    "X",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_is_named_by_word_or_number(kind: Kind) -> None:
    number = list(KINDS).index(kind.name) + 1

    assert named(kind.name.upper()) is named(str(number)) is kind


@pytest.mark.parametrize("word", ["", "0", "11", "tensorflow"])
def test_another_word_is_refused_with_the_kinds_that_there_are(word: str) -> None:
    with pytest.raises(StartError, match=r"kind: expected one of function, sklearn, .* 1 to 10"):
        named(word)


@pytest.mark.parametrize(
    ("file", "kind"),
    [("m.joblib", "sklearn"), ("M.KERAS", "keras"), ("m.pt2", "pytorch"), ("m.onnx", "onnx")],
)
def test_a_model_file_tells_its_kind(file: str, kind: str) -> None:
    found = of_file(file)

    assert found is not None
    assert found.name == kind


def test_another_file_tells_none() -> None:
    assert of_file("model.bin") is None


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_layer_has_a_model_and_what_the_readme_says_of_it(kind: Kind) -> None:
    for layers in filter(None, (kind.layers, kind.with_data, kind.with_file)):
        files = render(layers, VALUES)

        assert {"about.md", "files.md", "requirements.txt"} <= files.keys()
        assert files.keys() & {"X.py", "X.sh"}
