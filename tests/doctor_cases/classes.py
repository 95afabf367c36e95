"""Cases of CH401 to CH409."""

from doctor_cases import ENVIRONMENT, Case, environment, model, predict

X = "return X"
FILE = ".s2i/environment"
PARAMETERS = 'PREDICTIVE_UNIT_PARAMETERS=[{"name": "depth", "value": "3", "type": "INT"}]'

CASES = (
    Case(
        "CH401",
        model("def classify(self, X):\n    return X"),
        "Model.py:3",
        model("def load(self):\n    self.predict = len"),
        says="its methods: classify",
    ),
    Case(
        "CH401",
        model("weights = 1"),
        "Model.py:3",
        {"Model.py": "from acme import Base\n\nclass Model(Base):\n    pass\n"},
    ),
    Case(
        "CH401",
        {
            "Model.py": "from rows import Rows\n\nclass Model(Rows):\n    x = 1\n",
            "rows.py": "class Rows: pass\n",
        },
        "Model.py:3",
        {
            "Model.py": "from rows import Rows\n\nclass Model(Rows):\n    x = 1\n",
            "rows.py": "class Rows:\n    def predict(self, X): return X\n",
        },
    ),
    Case(
        "CH402",
        model("def route(self, X):\n    return 0"),
        "Model.py:3",
        {
            **model("def route(self, X):\n    return 0"),
            FILE: ENVIRONMENT.replace("=MODEL\n", "=ROUTER\n"),
        },
        says="Write SERVICE_TYPE=ROUTER",
    ),
    Case(
        "CH403",
        model("def predict(self, X, names, meta, extra, more):\n    return X"),
        "Model.py:4",
        model("def predict(self, X, names=None, meta=None, n=32, *args, **kwargs):\n    return X"),
        says="expected predict(X)",
    ),
    Case(
        "CH403",
        model("def predict(self):\n    return 1"),
        "Model.py:4",
        model("def predict(self, *rows):\n    return 1"),
    ),
    Case(
        "CH403",
        model("def predict():\n    return 1"),
        "Model.py:4",
        model("@staticmethod\ndef predict(X):\n    return X"),
        says="self is missing",
    ),
    Case(
        "CH403",
        predict("def class_names(self, index):\n    return []"),
        "Model.py:4",
        predict("@property\ndef class_names(self):\n    return []"),
        says="Write def class_names(self).",
    ),
    Case(
        "CH403",
        model("def predict(self, X): return X\ndef load(self, path):\n    pass"),
        "Model.py:5",
        model("def predict(self, X): return X\ndef load(self, path=None):\n    pass"),
    ),
    Case(
        "CH403",
        model("def predict_raw(self):\n    return 1"),
        "Model.py:4",
        model("def predict_raw(self, msg):\n    return msg"),
    ),
    Case(
        "CH403",
        model("def aggregate(self, Xs, names, meta, x):\n    return Xs"),
        "Model.py:4",
        model("def aggregate(self, Xs, names):\n    return Xs"),
    ),
    Case(
        "CH404",
        predict("async def tags(self):\n    return {}"),
        "Model.py:4",
        model("async def predict(self, X):\n    return X"),
    ),
    Case(
        "CH405",
        model("async def predict(self, X):\n    time.sleep(1)\n    return X", "import time"),
        "Model.py:5",
        model("def predict(self, X):\n    time.sleep(1)\n    return X", "import time"),
    ),
    Case(
        "CH406",
        model("def predict_rest(self, msg):\n    return msg"),
        "Model.py:4",
        model("def predict_raw(self, msg):\n    return msg"),
        says="Rename it predict_raw",
    ),
    Case("CH407", model("def predict_raw(self, msg):\n    return msg"), "Model.py:4", {}),
    Case(
        "CH408",
        predict("def __init__(self, depth, width=1):\n    pass"),
        "Model.py:4",
        {**predict("def __init__(self, depth, width=1):\n    pass"), **environment(PARAMETERS)},
        says="__init__ wants depth",
    ),
    Case(
        "CH409",
        environment(PARAMETERS),
        f"{FILE}:5",
        {**predict("def __init__(self, **kwargs):\n    pass"), **environment(PARAMETERS)},
    ),
)
