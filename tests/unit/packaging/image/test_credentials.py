import pytest
from charter.packaging.image.credentials import suspicious


@pytest.mark.parametrize(
    "name",
    [
        "AWS_SECRET_ACCESS_KEY",
        "API_TOKEN",
        "token",
        "DB_PASSWORD",
        "PGPASSWORD",
        "MYSQL_PWD",
        "MY_API_KEY",
        "APIKEY",
        "PASS",
    ],
)
def test_a_name_tells_of_a_secret(name: str) -> None:
    assert suspicious({name: "x"}) == [name]


def test_a_password_in_a_url_is_a_secret() -> None:
    found = suspicious({"EXTRA_INDEX_URL": "https://me:hush@pypi.example/simple"})

    assert found == ["EXTRA_INDEX_URL"]


def test_a_key_is_a_secret_under_any_name() -> None:
    assert suspicious({"HUB": "hf_" + "a" * 34}) == ["HUB"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOKENIZER", "bert"),
        ("PASSES", "3"),
        ("PWD", "/app"),
        ("OLDPWD", "/"),
        ("MODEL_NAME", "Secret"),
        ("KEY", "x"),
        ("MONKEY", "x"),
        ("EXTRA_INDEX_URL", "https://pypi.example:8080/simple"),
        ("API_TOKEN", ""),
        ("USE_TOKEN", "true"),
        ("TABLE", "risk-assessment-of-customers"),
    ],
)
def test_other_variables_are_none(name: str, value: str) -> None:
    assert suspicious({name: value}) == []
