from __future__ import annotations

import pytest
from charter.packaging.scaffold.templates import render

VALUES = {"model": "Churn", "service_type": "MODEL", "check_options": "", "title": "churn",
          "class_name": "Churn", "image": "churn"}  # fmt: skip


def test_files_with_a_dot_are_written_with_one() -> None:
    files = render(("common",), VALUES)

    assert list(files) == [".gitignore", ".s2i/environment", ".s2iignore", "test_model.py"]


def test_words_stand_for_their_values() -> None:
    files = render(("common",), VALUES)

    assert files[".s2i/environment"].splitlines()[0] == "MODEL_NAME=Churn"


def test_a_word_without_a_value_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError, match="service_type"):
        render(("common",), {"model": "Churn", "check_options": ""})


def test_a_value_is_not_read_as_a_template() -> None:
    files = render(("common",), {**VALUES, "model": "$service_type"})

    assert "MODEL_NAME=$service_type\n" in files[".s2i/environment"]


def test_a_later_layer_comes_first() -> None:
    files = render(("common", "keras"), {**VALUES, "target": "''", "target_words": "",
                                         "model_file": "model.keras"})  # fmt: skip

    assert "TF_ENABLE_ONEDNN_OPTS=0" in files[".s2i/environment"]
    assert "Churn.py" in files


def test_dollars_of_a_shell_stay() -> None:
    files = render(("script",), {**VALUES, "model": "churn.sh"})

    assert 'for text; do\n    words=$(wc -w <"$text")' in files["churn.sh"]
