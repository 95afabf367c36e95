from __future__ import annotations

from pathlib import Path

import pytest
from charter.errors import StartError
from charter.packaging.image.model import find


def test_a_name_leads_to_its_module(tmp_path: Path) -> None:
    assert (find("Mine", tmp_path).module, find("Mine", tmp_path).folder) == ("Mine", tmp_path)


def test_the_only_model_of_a_folder_needs_no_name(tmp_path: Path) -> None:
    (tmp_path / "Mine.py").write_text("")

    assert find("", tmp_path).name == "Mine"


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("", "MODEL_NAME is not set: write MODEL_NAME=YourClass into .s2i/environment"),
        ("no/Mine.py", "MODEL_NAME=no/Mine.py: no file"),
        ('"Mine"', "MODEL_NAME: quotes are part of a value in .s2i/environment, got '\"Mine\"'"),
    ],
)
def test_a_name_that_leads_nowhere_is_told(tmp_path: Path, name: str, wanted: str) -> None:
    with pytest.raises(StartError) as raised:
        find(name, tmp_path)

    assert raised.value.message.startswith(wanted)
