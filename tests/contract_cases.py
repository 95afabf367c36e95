"""Contracts that are right and wrong, for the tests of the code and of the published schema."""

from __future__ import annotations

from typing import Any, NamedTuple

from charter.message import Json

X: dict[str, Json] = {"name": "x", "ftype": "continuous", "dtype": "FLOAT", "range": [0, 1]}
COLOUR: dict[str, Json] = {"name": "colour", "ftype": "categorical", "values": ["red", "green"]}
TEXT: dict[str, Json] = {"name": "text", "dtype": "STRING"}
FILE: dict[str, Json] = {"name": "file", "dtype": "BYTES"}
DAY: dict[str, Json] = {"name": "day", "dtype": "DATETIME"}
FLAG: dict[str, Json] = {"name": "flag", "dtype": "BOOL"}
PHOTO: dict[str, Json] = {"name": "photo", "dtype": "IMAGE", "shape": [2, 3, 1]}
GREY = {"mode": "L", "size": [3, 2]}


class Wrong(NamedTuple):
    """Hold what is wrong, what is said of it, and whether JSON Schema can see it."""

    found: Any
    message: str
    is_by_schema: bool = True


def with_features(*features: Json, **more: Json) -> dict[str, Json]:
    return {"features": list(features), "targets": [], **more}


DTYPES = "FLOAT, INT, INTEGER, BOOL, STRING, BYTES, DATETIME, IMAGE"
NUMPY = "float16, float32, float64, int8, int16, int32, int64, uint8, uint16, uint32, uint64, bool"
FTYPE = "ftype: expected 'continuous' or 'categorical'"
RANGE = 'range: expected [low, high], with "inf" for no limit'
WHOLE = "expected a whole number of 1 or more"

# What follows "features[0]." in the message.
WRONG_FEATURES = [
    Wrong({"ftype": "continuous"}, "name: missing"),
    Wrong({**X, "name": None}, "name: missing"),
    Wrong({**X, "name": ""}, "name: expected a string, got ''"),
    Wrong({**X, "name": 5}, "name: expected a string, got 5"),
    Wrong({"name": "x"}, f"{FTYPE}, it is missing"),
    Wrong({"name": "x", "dtype": "FLOAT"}, f"{FTYPE}, it is missing"),
    Wrong({**X, "ftype": "c"}, f"{FTYPE}, got 'c'"),
    Wrong({**X, "ftype": 1}, f"{FTYPE}, got 1"),
    Wrong({**TEXT, "ftype": "continuous"}, "ftype: 'continuous' does not go with STRING"),
    Wrong({**FLAG, "ftype": "continuous"}, "ftype: 'continuous' does not go with BOOL"),
    Wrong({**X, "dtype": "DOUBLE"}, f"dtype: expected one of {DTYPES}, got 'DOUBLE'"),
    Wrong(
        {**X, "dtype": "float32"},
        f"dtype: expected one of {DTYPES}, got 'float32'; "
        'a numpy name stands under "physical": "float32"',
    ),
    Wrong({**X, "range": [1]}, f"{RANGE}, got [1]"),
    Wrong({**X, "range": "inf"}, f"{RANGE}, got 'inf'"),
    Wrong({**X, "range": [5, 2]}, "range: [5, 2] is empty", False),
    Wrong(
        {**X, "dtype": "INT", "range": [0.2, 0.8]}, "range: [0.2, 0.8] holds no whole number", False
    ),
    Wrong({**X, "range": [0, "x"]}, "range[1]: expected a number or \"inf\", got 'x'"),
    Wrong({**X, "range": [True, 1]}, 'range[0]: expected a number or "inf", got True'),
    Wrong({**X, "range": [None, 1]}, 'range[0]: expected a number or "inf", got None'),
    Wrong(
        {**X, "range": [0, float("nan")]}, 'range[1]: expected a number or "inf", got nan', False
    ),
    Wrong(
        {**X, "range": [0, 10**400]},
        f'range[1]: expected a number or "inf", got 1{"0" * 78}…',
        False,
    ),
    Wrong({**X, "range": [0, "-inf"]}, "range[1]: '-inf' leaves no value"),
    Wrong({**X, "range": ["+inf", 0]}, "range[0]: '+inf' leaves no value"),
    Wrong({**TEXT, "range": [0, 1]}, "range: says nothing of a feature that is STRING"),
    Wrong(
        {**DAY, "range": [0, "inf"]},
        'range[0]: expected a time such as "2026-11-25T14:30:00Z" or "inf", got 0',
    ),
    Wrong(
        {**DAY, "range": ["2026-01-02", "2026-01-01"]},
        "range: ['2026-01-02', '2026-01-01'] is empty",
        False,
    ),
    Wrong({**PHOTO, "range": [0, 256]}, "range: 256 is no value of a pixel, 0 to 255"),
    Wrong({**COLOUR, "values": []}, "values: expected a list of categories, got []"),
    Wrong({**COLOUR, "values": [None]}, "values: expected a list of categories, got [None]"),
    Wrong({**COLOUR, "values": "red"}, "values: expected a list of categories, got 'red'"),
    Wrong(
        {"name": "c", "ftype": "categorical"},
        "values: expected a list of categories, it is missing",
    ),
    Wrong({**COLOUR, "values": ["a", []]}, "values[1]: expected a string or number, got []"),
    Wrong(
        {**COLOUR, "values": [float("inf")]},
        "values[0]: expected a string or number, got inf",
        False,
    ),
    Wrong({**FLAG, "values": [0, 1]}, "values[0]: expected true or false, got 0"),
    Wrong({**TEXT, "values": ["a", 1]}, "values[1]: expected a string, got 1"),
    Wrong({**FILE, "values": ["?"]}, "values[0]: expected base64, got '?'"),
    Wrong({**DAY, "values": ["today"]}, "values[0]: expected a time, got 'today'"),
    Wrong({**PHOTO, "values": [1]}, "values: says nothing of a feature that is IMAGE"),
    Wrong({**X, "repeat": 0}, f"repeat: {WHOLE}, got 0"),
    Wrong({**X, "repeat": 1.5}, f"repeat: {WHOLE}, got 1.5"),
    Wrong({**X, "repeat": True}, f"repeat: {WHOLE}, got True"),
    Wrong({**X, "shape": 3}, "shape: expected a list of lengths, got 3"),
    Wrong({**X, "shape": [2, -1]}, f"shape[1]: {WHOLE}, got -1"),
    Wrong(
        {"name": "p", "dtype": "IMAGE"},
        "shape: expected [height, width, channels] with 1, 3 or 4 channels, it is missing",
    ),
    Wrong(
        {**PHOTO, "shape": [2, 3, 2]},
        "shape: expected [height, width, channels] with 1, 3 or 4 channels, got [2, 3, 2]",
    ),
    Wrong({**X, "physical": "float"}, f"physical: expected one of {NUMPY}, got 'float'"),
    Wrong({**TEXT, "physical": "float32"}, "physical: 'float32' does not go with STRING"),
    Wrong({**X, "physical": "uint8"}, "physical: 'uint8' does not go with FLOAT"),
    Wrong({**PHOTO, "physical": "bool"}, "physical: 'bool' does not go with IMAGE"),
    Wrong({**COLOUR, "physical": "int8"}, "physical: 'int8' does not hold 'red'", False),
    Wrong(
        {**COLOUR, "values": [1, "300"], "physical": "uint8"},
        "physical: 'uint8' does not hold '300'",
        False,
    ),
    Wrong(
        {**X, "dtype": "INT", "physical": "uint8", "range": [0, 256]},
        "range: 256 is no value of uint8, 0 to 255",
        False,
    ),
    Wrong(
        {**X, "physical": "float16", "range": [-1e5, 0]},
        "range: -100000 is no value of float16, -65504 to 65504",
        False,
    ),
    Wrong({**X, "nullable": 1}, "nullable: expected true or false, got 1"),
    Wrong({**X, "pii": "yes"}, "pii: expected true or false, got 'yes'"),
    Wrong({**X, "default": 2}, "default: must lie in [0, 1], got 2", False),
    Wrong(
        {**COLOUR, "default": "blue"}, "default: must be one of ['red', 'green'], got 'blue'", False
    ),
    Wrong({**X, "example": "one"}, "example: must be a number, got 'one'", False),
    Wrong({**X, "shape": [2], "example": 1}, "example: expected a list of 2 values, got 1", False),
    Wrong({**X, "shape": [2], "example": [1]}, "example: expected 2 values, got 1", False),
    Wrong(
        {**X, "shape": [2, 1], "default": [[0], [2]]},
        "default[1][0]: must lie in [0, 1], got 2",
        False,
    ),
    Wrong(
        {**TEXT, "pattern": "["},
        "pattern: no regular expression: unterminated character set at position 0, got '['",
        False,
    ),
    Wrong({**TEXT, "pattern": 1}, "pattern: expected a string, got 1"),
    Wrong({**X, "pattern": "a"}, "pattern: says nothing of a feature that is FLOAT"),
    Wrong({**COLOUR, "pattern": "a"}, "pattern: says nothing of a feature that is categorical"),
    Wrong({**DAY, "maxLength": 9}, "maxLength: says nothing of a feature that is DATETIME"),
    Wrong({**TEXT, "maxLength": 0}, f"maxLength: {WHOLE}, got 0"),
    Wrong({**X, "tolerance": -1}, "tolerance: expected a number of 0 or more, got -1"),
    Wrong(
        {**X, "tolerance": float("nan")},
        "tolerance: expected a number of 0 or more, got nan",
        False,
    ),
    Wrong({**X, "image": GREY}, "image: says nothing of a feature that is FLOAT"),
    Wrong({**PHOTO, "image": "L"}, "image: expected an object, got 'L'"),
    Wrong(
        {**PHOTO, "image": {**GREY, "colour": 1}},
        "image.colour: no such key; there are invert, mode, scale, size",
    ),
    Wrong({**PHOTO, "image": {"size": [3, 2]}}, "image.mode: missing; there are L, RGB, RGBA"),
    Wrong(
        {**PHOTO, "image": {**GREY, "mode": "CMYK"}},
        "image.mode: expected one of L, RGB, RGBA, got 'CMYK'",
    ),
    Wrong(
        {**PHOTO, "image": {"mode": "L"}},
        "image.size: expected [width, height] in pixels, it is missing",
    ),
    Wrong(
        {**PHOTO, "image": {**GREY, "size": [3]}},
        "image.size: expected [width, height] in pixels, got [3]",
    ),
    Wrong({**PHOTO, "image": {**GREY, "size": [3, 0]}}, f"image.size[1]: {WHOLE}, got 0"),
    Wrong({**PHOTO, "image": {**GREY, "invert": 1}}, "image.invert: expected true or false, got 1"),
    Wrong({**PHOTO, "image": {**GREY, "scale": 0}}, "image.scale: expected a number over 0, got 0"),
    Wrong(
        {**PHOTO, "image": {**GREY, "scale": 255}},
        "image.scale: expected 1, for pixels are whole numbers from 0 to 255, got 255",
    ),
    Wrong(
        {**PHOTO, "image": {"mode": "L", "size": [2, 3]}},
        "image: makes the shape [3, 2, 1] by L of [2, 3], not [2, 3, 1]",
        False,
    ),
]

SCHEMA: dict[str, Json] = {"type": "object", "properties": {"age": {"type": "integer"}}}
JSON: dict[str, Json] = with_features(payload="jsonData", jsonSchema=SCHEMA)


def with_sample(value: Json, *features: Json, **more: Json) -> dict[str, Json]:
    return with_features(*features, samples=[{"input": value}], **more)


WRONG_DOCUMENTS = [
    Wrong([], "expected an object with features and targets, got []"),
    Wrong({"targets": []}, "features: missing"),
    Wrong({"features": [X]}, "targets: missing"),
    Wrong({"features": [X], "targets": None}, "targets: missing"),
    Wrong({"features": {}, "targets": []}, "features: expected a list, got {}"),
    Wrong(with_features(), "features: expected at least one, got an empty list"),
    Wrong(with_features(X, 3), "features[1]: expected an object, got 3"),
    Wrong(
        {"features": [X], "targets": [{"name": "y", "range": [1, 0]}]},
        "targets[0].range: [1, 0] is empty",
        False,
    ),
    Wrong(
        with_features(X, {**X, "name": "y", "shape": [2, 2]}),
        "features[1].shape: [2, 2] does not fit beside [] of features[0]",
        False,
    ),
    Wrong(
        with_features({**X, "repeat": 10**12}),
        f"features[0].repeat: expected at most 250000 columns, got {10**12}; "
        "a shape may hold more values",
        False,
    ),
    Wrong(
        with_features({**X, "shape": [10**6, 10**6]}),
        f"features[0]: expected a row of at most 10000000 values, got {10**12}",
        False,
    ),
    Wrong(with_features(X, X), "features[1].name: 'x' is a column of features[0] too", False),
    Wrong(
        with_features({**X, "repeat": 2}, {**X, "name": "x2"}),
        "features[1].name: 'x2' is a column of features[0] too",
        False,
    ),
    Wrong(
        {"features": [X], "targets": [{**X, "repeat": 2}, {**X, "name": "x:1"}]},
        "targets[1].name: 'x:1' is a column of targets[0] too",
        False,
    ),
    Wrong(
        with_features(X, payload="json"),
        "payload: expected one of ndarray, tensor, jsonData, strData, binData, got 'json'",
    ),
    Wrong(
        with_features(TEXT, FILE, payload="strData"),
        "payload: strData holds a single value, and there are 2 columns",
    ),
    Wrong(
        with_features({**TEXT, "repeat": 3}, payload="strData"),
        "payload: strData holds a single value, and there are 3 columns",
    ),
    Wrong(
        with_features(X, payload="strData"),
        "payload: strData holds a text, and features[0] holds FLOAT",
        False,
    ),
    Wrong(
        with_features({**COLOUR, "values": [1]}, payload="strData"),
        "payload: strData holds a text, and features[0] holds categories",
        False,
    ),
    Wrong(
        with_features(TEXT, payload="binData"),
        "payload: binData holds bytes, and features[0] holds STRING",
        False,
    ),
    Wrong(
        with_features(X, TEXT, payload="tensor"),
        "payload: tensor holds numbers, and features[1] holds STRING",
        False,
    ),
    Wrong(
        with_features(COLOUR, payload="tensor"),
        "payload: tensor holds numbers, and features[0] holds categories",
        False,
    ),
    Wrong(with_features(X, jsonSchema={}), 'jsonSchema: needs "payload": "jsonData"'),
    Wrong({**JSON, "jsonSchema": "object"}, "jsonSchema: expected an object, got 'object'"),
    Wrong(
        {**JSON, "jsonSchema": {"type": "text"}},
        "jsonSchema['type']: 'text' is not valid under any of the given schemas",
        False,
    ),
    Wrong(
        {**JSON, "jsonSchema": {"$schema": "mine"}},
        "jsonSchema.$schema: expected a draft of JSON Schema, got 'mine'",
        False,
    ),
    Wrong(
        {**JSON, "jsonSchema": {"$schema": 7}},
        "jsonSchema.$schema: expected a draft of JSON Schema, got 7",
        False,
    ),
    Wrong(
        {**JSON, "jsonSchema": {"pattern": "["}},
        "jsonSchema['pattern']: '[' is not a 'regex'",
        False,
    ),
    Wrong(
        {**JSON, "jsonSchema": {"properties": {"a": {"$ref": "https://example.org/a.json"}}}},
        "jsonSchema: expected a reference to a part of the schema, got 'https://example.org/a.json'",
        False,
    ),
    Wrong(
        {**JSON, "jsonSchema": {"$ref": "#/$defs/none"}},
        "jsonSchema: expected a reference to a part of the schema, got '#/$defs/none'",
        False,
    ),
    Wrong(with_features(X, limits="none"), "limits: expected an object, got 'none'"),
    Wrong(
        with_features(X, limits={"row": 1}),
        "limits.row: no such key; there are bytes, latency_ms, rows",
    ),
    Wrong(with_features(X, limits={"rows": -1}), f"limits.rows: {WHOLE}, got -1"),
    Wrong(
        with_features(X, limits={"latency_ms": 0}),
        "limits.latency_ms: expected a number over 0, got 0",
    ),
    Wrong(with_features(X, input="frame"), "input: expected one of array, dataframe, got 'frame'"),
    Wrong(
        with_features(TEXT, payload="strData", input="dataframe"),
        "input: a dataframe is made of an array, and the payload is none",
    ),
    Wrong(
        with_features({**X, "shape": [2, 2]}, input="dataframe"),
        "input: a dataframe has columns on one axis, and features[0] has the shape [2, 2]",
        False,
    ),
    Wrong(
        with_features({**X, "repeat": 7}, image=GREY),
        "image: L of [3, 2] makes 6 values, [2, 3, 1], and a row of the features has the shape [7]",
        False,
    ),
    Wrong(
        with_features({**X, "shape": [3, 2, 1]}, image=GREY),
        "image: L of [3, 2] makes 6 values, [2, 3, 1], and a row of the features has the shape "
        "[3, 2, 1]",
        False,
    ),
    Wrong(
        with_features({**X, "repeat": 6}, image=GREY),
        "image: pixels are 0 to 255, and features[0] must lie in [0, 1]",
        False,
    ),
    Wrong(
        with_features({**X, "dtype": "INT", "repeat": 6}, image={**GREY, "scale": 255}),
        "image: pixels are 0 to 1, and features[0] holds INT",
        False,
    ),
    Wrong(
        with_features({**COLOUR, "repeat": 6}, image=GREY),
        "image: pixels are 0 to 255, and features[0] holds categories",
        False,
    ),
    Wrong(with_features(X, samples={}), "samples: expected a list, got {}"),
    Wrong(with_features(X, samples=[[1]]), "samples[0]: expected an object, got [1]"),
    Wrong(with_features(X, samples=[{"output": [1]}]), "samples[0].input: missing"),
    Wrong(
        with_features(X, samples=[{"input": [1], "outputs": []}]),
        "samples[0].outputs: no such key; there are input, output",
    ),
    Wrong(with_sample(0.5, X), "samples[0].input: expected a list of 1 values, got 0.5", False),
    Wrong(with_sample([0.5, 1], X), "samples[0].input: expected 1 values, got 2", False),
    Wrong(
        with_sample([0, 0, 0, 7], {**X, "repeat": 4}),
        "samples[0].input[3]: must lie in [0, 1], got 7",
        False,
    ),
    Wrong(
        with_sample([0, "blue"], X, COLOUR),
        "samples[0].input[1]: must be one of ['red', 'green'], got 'blue'",
        False,
    ),
    Wrong(
        with_sample([[0, 0], [0, None]], {**X, "shape": [2, 2]}),
        "samples[0].input[1][1]: must not be null, got None",
        False,
    ),
    Wrong(
        {
            "features": [X],
            "targets": [{**X, "name": "y"}],
            "samples": [{"input": [1], "output": [1.1]}],
        },
        "samples[0].output[0]: must lie in [0, 1], got 1.1",
        False,
    ),
    Wrong(
        {
            "features": [X],
            "targets": [{**X, "name": "y"}],
            "samples": [{"input": [1], "output": 2}],
        },
        "samples[0].output: must lie in [0, 1], got 2",
        False,
    ),
    Wrong(
        {
            "features": [X],
            "targets": [{**X, "name": "y", "repeat": 2}],
            "samples": [{"input": [1], "output": 1}],
        },
        "samples[0].output: expected a list of 2 values, got 1",
        False,
    ),
    Wrong(
        with_sample("a1", {**TEXT, "pattern": "[a-z]+"}, payload="strData"),
        "samples[0].input: must match '[a-z]+', got 'a1'",
        False,
    ),
    Wrong(
        with_sample("?", FILE, payload="binData"),
        "samples[0].input: must be base64, got '?'",
        False,
    ),
    Wrong(
        with_sample("?", PHOTO, payload="binData"),
        "samples[0].input: must be base64, got '?'",
        False,
    ),
    Wrong(
        {**JSON, "samples": [{"input": {"age": 1}}, {"input": {"age": "old"}}]},
        "samples[1].input['age']: 'old' is not of type 'integer'",
        False,
    ),
]

# Files as they were written for Seldon Core's tester, which looks at a few keys of features only.
OLD: dict[str, Json] = {
    "unknown keys": {**with_features({**X, "origin": "lab"}), "team": 2},
    "notes of any type": with_features({**X, "unit": 5, "description": ["a", "b"]}, version=[1]),
    "a number as version": with_features(X, version=2),
    "null for absent": with_features(
        {**X, "repeat": None, "shape": None, "values": None, "unit": None}
    ),
    "no range": with_features({"name": "x", "ftype": "continuous", "dtype": "FLOAT"}),
    "capitals": with_features({**X, "ftype": "CONTINUOUS", "dtype": "INTEGER"}),
    "another dtype of categories": with_features({**COLOUR, "dtype": "nan"}),
    "a dtype that the categories are not of": with_features({**COLOUR, "dtype": "BOOL"}),
    "a range of categories": with_features({**COLOUR, "dtype": "INTEGER", "range": [9, 1]}),
    "null among the categories": with_features({**COLOUR, "values": ["red", None, 3]}),
    "values of numbers": {"features": [X], "targets": [{**X, "name": "y", "values": [0, 1]}]},
    "inf on both sides": with_features({**X, "range": ["inf", "inf"]}),
    "a target with a name alone": {"features": [X], "targets": [{"name": "y"}]},
}

NEW: dict[str, Json] = {
    "every dtype": with_features(X, COLOUR, TEXT, FILE, DAY, FLAG),
    "dtypes in small letters": with_features({**TEXT, "dtype": "string"}),
    "an image": with_features(PHOTO),
    "an image by a rule": with_features({**PHOTO, "image": {**GREY, "invert": True}}),
    "a text": with_features({**TEXT, "pattern": "[a-z]+", "maxLength": 9}, payload="strData"),
    "a text that is numbered": with_features({**TEXT, "repeat": 1}, payload="strData"),
    "a day of text": with_features(DAY, payload="strData"),
    "bytes": with_features({**FILE, "maxLength": 9}, payload="binData"),
    "a file of an image": with_sample("iVBORw0K", PHOTO, payload="binData"),
    "JSON": {**JSON, "samples": [{"input": {"age": 3}}]},
    "JSON without a schema": {**JSON, "jsonSchema": None, "samples": [{"input": None}]},
    "a schema of an older draft": {
        **JSON,
        "jsonSchema": {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "definitions": {"age": {"type": "integer"}},
            "properties": {"age": {"$ref": "#/definitions/age"}},
        },
    },
    "a schema with an id": {
        **JSON,
        "jsonSchema": {"$id": "urn:a", "$defs": {"b": {"$id": "urn:b"}}, "$ref": "urn:b"},
    },
    "a tensor of numbers": with_features(X, {**COLOUR, "values": ["1", 2]}, FLAG, payload="tensor"),
    "a dataframe": with_features({**X, "shape": [2]}, TEXT, input="dataframe"),
    "an image of all features": with_features({**X, "repeat": 6}, image={**GREY, "scale": 255}),
    "an image of a shape": with_features(
        {**X, "shape": [2, 3], "range": [0, 255]}, image={**GREY, "scale": None}
    ),
    "limits": with_features(X, limits={"rows": 9, "bytes": 1000, "latency_ms": 0.5}),
    "no limits": with_features(X, limits={"rows": None}),
    "a sample of a shape": with_sample([[0, 1], [1, 0]], {**X, "shape": [2, 2]}),
    "a sample of a file": with_sample([0, "YQ=="], X, FILE),
    "all notes": with_features(
        {**X, "unit": "cm", "description": "length", "example": 0.5, "default": 1, "pii": True}
    ),
    "a nullable number": with_features({**X, "nullable": True, "physical": "float32"}),
    "whole numbers that may be missing": with_features(
        {**X, "dtype": "INT", "physical": "int8", "nullable": True}
    ),
    "whole numbers": with_features({**X, "dtype": "INT", "physical": "uint8", "range": [0, "inf"]}),
    "times": with_features({**DAY, "ftype": "continuous", "range": ["2020-01-01", "inf"]}),
    "values of times": with_features({**DAY, "values": ["2020-01-01T00:00:00Z"]}),
    "a count as JSON may write it": with_features({**X, "repeat": 2.0}),
    "an answer of a text": {
        "features": [TEXT],
        "targets": [{**TEXT, "name": "y"}],
        "payload": "strData",
        "samples": [{"input": "so", "output": "SO"}],
    },
    "a document as an answer": {
        **JSON,
        "targets": [{**X, "name": "y"}],
        "samples": [{"input": {"age": 3}, "output": {"y": 0.5}}],
    },
    "an answer within rounding": {
        "features": [X],
        "targets": [{**X, "name": "y", "tolerance": 0}],
        "samples": [{"input": [1], "output": [1.0000001]}],
    },
}
