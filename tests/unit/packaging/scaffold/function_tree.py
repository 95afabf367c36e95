"""All files of a project of a plain function, as `charter init` writes them."""
# ruff: noqa: E501 - word for word

TITLE, AUTHOR = "credit risk", "Ada Example"

FILES = {
    ".gitignore": """\
__pycache__/
.pytest_cache/
.hypothesis/
.venv/
""",
    ".s2i/environment": """\
MODEL_NAME=CreditRisk
API_TYPE=REST
SERVICE_TYPE=MODEL
PERSISTENCE=0
CHARTER_CONTRACT_MODE=strict
""",
    ".s2iignore": """\
# What the image does without. One pattern a line, from this folder on.
.git
.gitignore
.hypothesis
.pytest_cache
.venv
__pycache__
README.md
request.json
test_model.py
train.py
data.csv
""",
    "CreditRisk.py": """\
\"\"\"credit risk: a rule in plain Python; write your own in predict.\"\"\"

import numpy as np


class CreditRisk:
    \"\"\"Tell from two numbers how likely a customer leaves.\"\"\"

    class_names = ["stays", "leaves"]

    def load(self):
        \"\"\"Prepare, once, when the service starts.\"\"\"
        self.weights = np.array([-0.04, 0.9])

    def predict(self, X):
        \"\"\"Return two probabilities for each row of months and complaints.\"\"\"
        leaves = 1 / (1 + np.exp(-np.asarray(X, float) @ self.weights))
        return np.column_stack([1 - leaves, leaves])
""",
    "README.md": """\
# credit risk

By Ada Example. A plain function: `predict` computes how likely a customer leaves from two numbers. Put your own rule in its place.

Run these in this folder. The first block is needed once.

```sh
pip install -r requirements.txt
```

## Serve it and ask it

```sh
charter serve .
```

It prints where it listens, and `ready` when the model is loaded. From a second terminal:

```sh
curl -s http://127.0.0.1:5000/predict -H 'Content-Type: application/json' -d @request.json
```

http://127.0.0.1:5000/docs shows the service in a browser.

## Test it

`contract.json` says what goes in and what comes out, and the service refuses what breaks it
(`CHARTER_CONTRACT_MODE=strict`). While it is served:

```sh
charter test contract.json 127.0.0.1 5000 --grpc-port 5001
```

Without a server, or with `pip install pytest` as a test:

```sh
charter test contract.json --model . --contract-mode strict
python -m pytest
```

## Make an image of it and run that

```sh
charter build . -t credit-risk:0.1
charter run credit-risk:0.1
```

The same in the words of source-to-image and Docker. `--copy` takes the files as they are; without it s2i takes
what is committed to git.

```sh
s2i build . charter-builder credit-risk:0.1 --copy
docker run --rm -p 5000:5000 -p 5001:5001 credit-risk:0.1
```

## The files

| file | what it is |
|---|---|
| `CreditRisk.py` | the model: all that is served |
| `contract.json` | what goes in and what comes out |
| `request.json` | a request that the model takes |
| `test_model.py` | tests that the model keeps the contract |
| `requirements.txt` | what the image installs |
| `.s2i/environment`, `.s2iignore` | variables of the image; what it leaves out |
""",
    "contract.json": """\
{
  "name": "credit risk",
  "features": [
    {"name": "months", "dtype": "INT", "range": [0, 120], "description": "how long the customer has been one"},
    {"name": "complaints", "dtype": "INT", "range": [0, 10]}
  ],
  "targets": [
    {"name": "stays", "dtype": "FLOAT", "range": [0, 1]},
    {"name": "leaves", "dtype": "FLOAT", "range": [0, 1]}
  ],
  "limits": {"rows": 1000},
  "samples": [
    {"input": [24, 3]}
  ]
}
""",
    "request.json": """\
{"data": {"names": ["months", "complaints"], "ndarray": [[24, 3]]}}
""",
    "requirements.txt": """\
numpy>=1.26
""",
    "test_model.py": """\
\"\"\"Test that the model keeps its contract: run pytest in this folder.\"\"\"

from pathlib import Path

from charter.testing import check_component

HERE = Path(__file__).parent


def test_the_model_keeps_its_contract():
    contract = HERE / "contract.json"
    check_component(str(HERE), contract, contract_mode="strict")
""",
}
