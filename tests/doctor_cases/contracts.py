"""Cases of CH5xx."""

import json

from doctor_cases import CONTRACT, ENVIRONMENT, MODEL, Case, model, predict, requirements

FILE = "contract.json"
AGE = {"name": "age", "dtype": "INT", "range": [0, 99]}
FRAME = json.dumps({"features": [AGE], "targets": [AGE], "input": "dataframe"})
PIXELS = {"name": "pixels", "dtype": "IMAGE", "shape": [2, 2, 3]}
IMAGE = json.dumps({"features": [PIXELS], "targets": [AGE]})
READS = "def predict(self, X):\n    X['old'] = X['age'] > 60\n    return X[['old', {!r}]]"
PANDAS = requirements("pandas>=2")
INNER = {
    ".s2i/environment": "MODEL_NAME=inner\n",
    "inner/.s2i/environment": ENVIRONMENT,
    "inner/Model.py": MODEL,
}

CASES = (
    Case("CH501", {FILE: None}, FILE, {}),
    Case("CH502", {FILE: '{"features": []}'}, FILE, {}, says="features"),
    Case("CH502", {FILE: "{features"}, FILE, {}, says="line 1, column 2: not JSON"),
    Case(
        "CH503",
        {"Model.py": MODEL.replace('"low", "high"', '"high", "low"')},
        "Model.py:7",
        {"Model.py": MODEL.replace('["low", "high"]', "make_names()")},
    ),
    Case(
        "CH503",
        predict("def class_names(self):\n    return NAMES", "NAMES = ['low']"),
        "Model.py:1",
        predict("def class_names(self):\n    return NAMES", "NAMES = ['low', 'high']"),
        says="1 class_names, ['low']; 2 targets",
    ),
    Case(
        "CH504",
        predict("feature_names = ['x', 'y']"),
        "Model.py:4",
        predict("feature_names = ['x1', 'x2']"),
    ),
    Case(
        "CH505",
        {FILE: FRAME, **PANDAS, **model(READS.format("sex"))},
        "Model.py:6",
        {FILE: FRAME, **PANDAS, **model(READS.format("age"))},
        says="column 'sex'",
    ),
    Case(
        "CH505",
        model("def predict(self, X, names):\n    return X[:, list(names).index('x3')]"),
        "Model.py:5",
        model("def predict(self, X, names):\n    return X[:, names.index('x2')]"),
        says="column 'x3'",
    ),
    Case("CH506", {FILE: FRAME}, FILE, {FILE: FRAME, **PANDAS}),
    Case(
        "CH506",
        model("def predict(self, X: 'pd.DataFrame'):\n    return X"),
        "Model.py:4",
        {**model("def predict(self, X: 'pd.DataFrame'):\n    return X"), **PANDAS},
    ),
    Case("CH507", {FILE: IMAGE}, FILE, {FILE: IMAGE, **requirements("charter[image]")}),
    Case("CH508", INNER, FILE, {**INNER, FILE: None, "inner/contract.json": CONTRACT}),
    Case("CH509", {FILE: json.dumps({"features": [AGE], "targets": []})}, FILE, {}),
)
