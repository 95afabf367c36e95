from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest
from charter.contract.document import markdown
from charter.contract.parse import parse

X = {"name": "x", "dtype": "FLOAT", "ftype": "continuous", "range": [0, 10]}
Y = {**X, "name": "y", "range": [0, 1]}


def page(**document: Any) -> str:
    return markdown(parse({"features": [X], "targets": [Y], **document}))


def blocks(text: str, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)\n```", text, re.DOTALL)


def sent(text: str) -> Any:
    """Return the body that the example sends."""
    *_, command = blocks(text, "sh")  # after that of an image, if any
    words = shlex.split(command)
    assert words[:3] == ["curl", "-s", "http://localhost:5000/predict"]
    return json.loads(words[words.index("-d") + 1])


def row(text: str, name: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(f"| `{name}"))


def test_a_page_is_the_same_each_time() -> None:
    assert page() == page()


def test_a_page_in_full() -> None:
    text = page(
        name="Scales",
        version="3",
        description="Weighs.",
        limits={"rows": 8, "bytes": 1000, "latency_ms": 2.5},
        samples=[{"input": [1.5], "output": [0.25]}],
    )

    assert text == (
        "# Scales\n\nWeighs.\n\n"
        "Version 3. A request is an array, as `ndarray` or `tensor`, a row for each case.\n\n"
        "## Features\n\n"
        "| name | type | values |\n| --- | --- | --- |\n| `x` | FLOAT | 0 to 10 |\n\n"
        "## Targets\n\n"
        "| name | type | values |\n| --- | --- | --- |\n| `y` | FLOAT | 0 to 1 |\n\n"
        "## Limits\n\n"
        "- at most 8 rows in a request\n"
        "- at most 1000 bytes in the body of a request\n"
        "- a request of one row is answered within 2.5 ms\n\n"
        "## Example\n\n"
        "```sh\ncurl -s http://localhost:5000/predict -H 'Content-Type: application/json' -d "
        """'{"data": {"names": ["x"], "ndarray": [[1.5]]}}'\n```\n\n"""
        "is answered with\n\n"
        '```json\n{"data": {"names": ["y"], "ndarray": [[0.25]]}, "meta": {}}\n```\n'
    )


def test_the_title_can_be_chosen() -> None:
    contract = parse({"features": [X], "targets": [], "name": "Scales"})

    assert markdown(contract, "Mine").startswith("# Mine\n")
    assert markdown(parse({"features": [X], "targets": []})).startswith("# Contract\n")


@pytest.mark.parametrize(
    ("feature", "cells"),
    [
        ({**X, "repeat": 3}, "| `x1` to `x3` | FLOAT | 0 to 10 |"),
        ({**X, "shape": [2, 3]}, "| `x` | FLOAT of shape [2, 3] | 0 to 10 |"),
        ({**X, "physical": "float32"}, "| `x` | FLOAT (float32) | 0 to 10 |"),
        ({**X, "range": ["inf", 5]}, "| `x` | FLOAT | at most 5 |"),
        ({**X, "range": [5, "inf"]}, "| `x` | FLOAT | at least 5 |"),
        ({**X, "range": ["inf", "inf"]}, "| `x` | FLOAT | any |"),
        ({"name": "x", "ftype": "categorical", "values": ["a", 2]},
         "| `x` | category | `a`, `2` |"),
        ({"name": "x", "dtype": "BOOL"}, "| `x` | BOOL | `false`, `true` |"),
        ({**X, "unit": "cm"}, "| `x` | FLOAT | 0 to 10 | cm |"),
        ({**X, "nullable": True, "default": 1}, "| `x` | FLOAT | 0 to 10 | null; `1` where a form "
         "leaves it out |"),
        ({**X, "description": "a | b\nc", "example": 2, "pii": True}, "| `x` | FLOAT | 0 to 10 | "
         "a \\| b c; for example `2`; personal data, never logged |"),
        ({**X, "name": "x|y`z"}, "| ``x\\|y`z`` | FLOAT | 0 to 10 |"),
    ],
)  # fmt: skip
def test_a_row_of_the_table(feature: dict[str, Any], cells: str) -> None:
    text = page(features=[feature])

    assert cells in text.splitlines()


def test_categories_are_cut_short() -> None:
    many = {"name": "x", "ftype": "categorical", "values": list(range(20))}

    assert row(page(features=[many]), "x").endswith("`11` and 8 more |")


def test_texts_say_their_pattern_and_length() -> None:
    code = {"name": "x", "dtype": "STRING", "pattern": "[a|b]", "maxLength": 4}
    text = page(features=[code], samples=[{"input": ["a"]}])

    assert row(text, "x") == "| `x` | STRING | matches `[a\\|b]`; at most 4 characters |"


def test_an_example_is_made_up_where_there_is_no_sample() -> None:
    text = page()

    assert sent(text) == {"data": {"names": ["x"], "ndarray": [[6.37]]}}
    assert "is answered with an array like this one" in text
    (reply,) = blocks(text, "json")
    assert json.loads(reply) == {"data": {"names": ["y"], "ndarray": [[0.637]]}, "meta": {}}


def test_a_tensor_is_sent_as_one() -> None:
    text = page(features=[{**X, "repeat": 2}], payload="tensor", samples=[{"input": [1, 2]}])

    assert sent(text)["data"] == {
        "names": ["x1", "x2"],
        "tensor": {"shape": [1, 2], "values": [1, 2]},
    }


@pytest.mark.parametrize(
    ("payload", "feature", "value", "body"),
    [
        ("strData", {"name": "x", "dtype": "STRING"}, "hello", {"strData": "hello"}),
        ("binData", {"name": "x", "dtype": "BYTES"}, "AQI=", {"binData": "AQI="}),
        ("jsonData", X, {"a": [1]}, {"jsonData": {"a": [1]}}),
    ],
)
def test_other_payloads_are_sent_as_they_are(
    payload: str, feature: dict[str, Any], value: Any, body: Any
) -> None:
    samples = [{"input": value, "output": {"y": "fine"}}]
    text = page(payload=payload, features=[feature], samples=samples)

    assert sent(text) == body


def test_json_without_a_sample_has_no_example_but_its_schema() -> None:
    schema = {"type": "object"}
    text = page(payload="jsonData", features=[], jsonSchema=schema)

    assert [json.loads(each) for each in blocks(text, "json")] == [schema]
    assert "## Example" not in text


def test_nothing_is_promised_without_targets() -> None:
    assert "## Targets\n\nNothing is promised." in page(targets=[])


@pytest.mark.parametrize(
    "feature",
    [
        {"name": "x", "dtype": "STRING", "pattern": "[a-z]{3}"},
        {"name": "x", "dtype": "BYTES", "maxLength": 3},
        {"name": "x", "dtype": "DATETIME"},
        {"name": "x", "dtype": "BOOL"},
        {"name": "x", "dtype": "IMAGE", "shape": [2, 2, 1]},
        {**X, "nullable": True},
    ],
)
def test_an_example_of_every_type_is_made_up(feature: dict[str, Any]) -> None:
    value = sent(page(features=[feature]))["data"]["ndarray"][0]

    assert len(value) == (2 if "shape" in feature else 1)


def test_a_text_is_made_up() -> None:
    code = {"name": "x", "dtype": "STRING", "pattern": "[a-z]{3}"}

    body = sent(page(features=[code], targets=[code], payload="strData"))

    assert re.fullmatch("[a-z]{3}", body["strData"])


IMAGE = {"mode": "L", "size": [28, 28], "scale": 255, "invert": True}


def test_a_row_of_pixels_is_shown_as_the_image_that_makes_it() -> None:
    text = page(features=[{**X, "repeat": 784}], image=IMAGE)

    assert blocks(text, "sh") == ["curl -s http://localhost:5000/predict -F image=@image.png"]
    assert (
        "A PNG or JPEG stands for a whole row: it is scaled to 28 by 28 pixels of grey, "
        "white is 0, each value divided by 255."
    ) in text


def test_images_among_other_features_are_told() -> None:
    photo = {"name": "photo", "dtype": "IMAGE", "shape": [64, 64, 3]}
    second = {**photo, "name": "second"}

    (command,) = blocks(page(features=[photo, second]), "sh")

    assert command.endswith("/predict -F photo=@image.png -F second=@image.png")


def test_a_small_image_is_shown_in_numbers_as_well() -> None:
    text = page(features=[{**X, "repeat": 4}], image={**IMAGE, "size": [2, 2]})

    assert len(blocks(text, "sh")) == 2


def test_whole_numbers_beside_texts_are_shown_as_such() -> None:
    text = {"name": "t", "dtype": "STRING"}

    number, _ = sent(page(features=[{**X, "dtype": "INT"}, text]))["data"]["ndarray"][0]

    assert type(number) is int


@pytest.mark.parametrize(
    ("name", "code"),
    [("a`b", "``a`b``"), ("`", "`` ` ``"), ("``a", "``` ``a ```"), ("a|b", "`a\\|b`")],
)
def test_any_name_is_shown_as_code(name: str, code: str) -> None:
    assert f"\n| {code} | FLOAT |" in page(features=[{**X, "name": name}])


def test_an_empty_category_is_shown() -> None:
    assert '| `""`, `a` |' in page(features=[{"name": "x", "values": ["", "a"]}])
