"""Cases of CH2xx."""

from doctor_cases import ENVIRONMENT, MODEL, Case, environment

FILE = ".s2i/environment"
BARE = ENVIRONMENT.replace("MODEL_NAME=Model\n", "")
# Made up, in parts, so that nothing takes this file for a leak.
KEY = "AKIA" + "ABCDEFGHIJKLMNOP"

CASES = (
    Case(
        "CH201",
        {FILE: BARE, "Other.py": "x = 1\n"},
        FILE,
        {"Other.py": "x = 1\n"},
        says="it could be Model or Other",
    ),
    Case("CH201", {FILE: None, "Model.py": None}, FILE, {FILE: None}, says="no such file"),
    Case(
        "CH202",
        {FILE: ENVIRONMENT.replace("=Model", "=Modell")},
        f"{FILE}:1",
        {},
        says="did you mean Model?",
    ),
    Case("CH202", {FILE: ENVIRONMENT.replace("=Model", "=my-model")}, f"{FILE}:1", {}),
    Case(
        "CH202",
        {FILE: "MODEL_NAME=inner\n"},
        f"{FILE}:1",
        {
            FILE: "MODEL_NAME=inner\n",
            "inner/Model.py": MODEL,
            "inner/.s2i/environment": ENVIRONMENT,
        },
    ),
    Case(
        "CH202",
        {FILE: ENVIRONMENT.replace("=Model", "=Modell")},
        f"{FILE}:1",
        {FILE: ENVIRONMENT.replace("MODEL_NAME=Model", "export MODEL_NAME='Model'")},
    ),
    Case(
        "CH203",
        environment('LEVEL="high"'),
        f"{FILE}:5",
        environment('LEVELS=["high", "low"]', "WORD=it's"),
        says="Write LEVEL=high without quotes.",
    ),
    Case(
        "CH204",
        environment("export LEVEL=high"),
        f"{FILE}:5",
        environment("exported=high"),
        says="Write LEVEL=… instead.",
    ),
    Case(
        "CH204", {FILE: f"\ufeff{ENVIRONMENT}"}, f"{FILE}:1", {}, says="without a byte order mark"
    ),
    Case("CH204", environment("MY-LEVEL=high"), f"{FILE}:5", environment("MY_LEVEL=high")),
    Case("CH205", environment("LEVEL = high"), f"{FILE}:5", environment("LEVEL=very high")),
    Case(
        "CH206",
        {FILE: ENVIRONMENT.replace("=REST", "=rest")},
        f"{FILE}:2",
        {FILE: ENVIRONMENT.replace("=REST", "=GRPC")},
        says="Write API_TYPE=REST.",
    ),
    Case("CH206", {FILE: ENVIRONMENT.replace("=MODEL", "=MODELS")}, f"{FILE}:3", {}),
    Case("CH206", {FILE: ENVIRONMENT.replace("=0", "=yes")}, f"{FILE}:4", {}),
    Case(
        "CH207",
        {FILE: "MODEL_NAME=Model\nAPI_TYPE=REST\n"},
        FILE,
        {},
        says="Write SERVICE_TYPE=MODEL and PERSISTENCE=0.",
    ),
    Case("CH208", environment("LEVEL high"), f"{FILE}:5", environment("# LEVEL high", "")),
    Case("CH209", environment("HOME_DIR=$HOME/x"), f"{FILE}:5", environment("PRICE=5$")),
    Case("CH210", environment("LEVEL=1 # as tested"), f"{FILE}:5", environment("COLOUR=#ffffff")),
    Case("CH210", environment("  # LEVEL=1"), f"{FILE}:5", environment("# LEVEL=1")),
    Case("CH211", environment("DB_PASSWORD=tr0ub4dor"), f"{FILE}:5", environment("TOKENIZER=bpe")),
    Case("CH211", environment(f"STORE={KEY}"), f"{FILE}:5", environment("STORE=eu-1")),
    Case(
        "CH211",
        environment("INDEX=https://me:word@host/"),
        f"{FILE}:5",
        environment("INDEX=https://host:8080/", "USE_TOKEN=true"),
    ),
    Case("CH212", environment("LEVEL=1", "LEVEL=2"), f"{FILE}:6", environment("LEVEL=1", "L=2")),
    Case(
        "CH213",
        environment("GUNICORN_WORKERS=many"),
        f"{FILE}:5",
        environment("GUNICORN_WORKERS=2"),
    ),
    Case(
        "CH213",
        environment("PREDICTIVE_UNIT_PARAMETERS=[{name: x}]"),
        f"{FILE}:5",
        environment('PREDICTIVE_UNIT_PARAMETERS=[{"name": "x", "value": "1", "type": "INT"}]'),
    ),
    Case(
        "CH213",
        environment("PREDICTIVE_UNIT_SERVICE_PORT=http"),
        f"{FILE}:5",
        environment("PREDICTIVE_UNIT_SERVICE_PORT=8080"),
    ),
    Case(
        "CH214",
        {"Model.py": MODEL.replace("class Model", "class DigitModel")},
        f"{FILE}:1",
        {
            "Model.py": MODEL.replace("class Model", "class DigitModel"),
            FILE: ENVIRONMENT.replace("=Model", "=Model:DigitModel"),
        },
        says="Write MODEL_NAME=Model:DigitModel",
    ),
    Case(
        "CH214",
        {"Model.py": "from digits import Digits\n", "digits.py": MODEL},
        f"{FILE}:1",
        {"Model.py": "from digits import Model\n", "digits.py": MODEL},
    ),
    Case("CH215", {FILE: BARE}, FILE, {}, says="Write MODEL_NAME=Model into"),
    Case(
        "CH216",
        environment("MAKE=all"),
        f"{FILE}:5",
        {**environment("MAKE=all"), "Makefile": "all:\n"},
    ),
)
