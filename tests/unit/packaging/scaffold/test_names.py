from __future__ import annotations

import keyword

import pytest
from charter.component import loader
from charter.errors import StartError
from charter.packaging.scaffold.names import class_name, image_name
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("churn", "Churn"),
        ("credit-risk", "CreditRisk"),
        ("DeepMnist", "DeepMnist"),
        ("house_prices 2024", "HousePrices2024"),
        ("v1.2 model", "V12Model"),
        ("Größe für Łódź", "GrosseFurLodz"),
        ("a", "A"),
        ("class", "Class"),
    ],
)
def test_a_class_is_named_after_the_model(title: str, expected: str) -> None:
    assert class_name(title) == expected


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("", "expected at most 60 letters"),
        ("x" * 61, "expected at most 60 letters"),
        ('say "hi"', "expected at most 60 letters"),
        ("two\nlines", "expected at most 60 letters"),
        ("--", "expected a letter at least"),
        ("3d cnn", "a class cannot start with a digit; try 'model 3d cnn'"),
        ("none", "None means something else here; try 'none model'"),
        ("True", "True means something else here; try 'True model'"),
        ("train", "Train means something else here; try 'train model'"),
        ("模型", "expected letters that can be written with a to z, got '模'"),
    ],
)
def test_a_name_that_makes_no_class_is_refused_in_words(title: str, said: str) -> None:
    with pytest.raises(StartError, match="the model's name") as refused:
        class_name(title)

    assert said in refused.value.message


def test_an_image_has_a_name_of_small_letters_and_hyphens() -> None:
    assert image_name("House_Prices 2.0 für Łódź") == "house-prices-2-0-fur-lodz"


@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_whatever_is_no_name_is_refused_and_every_class_can_be_served(title: str) -> None:
    try:
        found = class_name(title)
    except StartError:
        return

    assert found.isidentifier()
    assert found.isascii()
    assert not keyword.iskeyword(found)
    assert loader.find(found).name == found
    assert image_name(title).replace("-", "").isalnum()
