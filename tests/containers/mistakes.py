"""What users do wrong, as folders and variables, and the sentence that each is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_MINE = "class Mine:\n    def predict(self, X, names):\n        return X\n"
_ENVIRONMENT = {".s2i/environment": "MODEL_NAME=Mine\n"}
_GOOD = {"Mine.py": _MINE, **_ENVIRONMENT}


@dataclass(frozen=True, slots=True)
class Mistake:
    """Hold a mistake.

    Args:
        files: of the model's folder, by name; a name that ends with `*` may be executed.
        says: what the last line says is wrong.
        remedy: what it says to do, in a part of its words.
        variables: `NAME=VALUE` each, given when the image is built or run.
        command: what follows the image's name.
    """

    files: Mapping[str, str]
    says: str
    remedy: str
    variables: tuple[str, ...] = ()
    command: tuple[str, ...] = field(default=())


def _model(source: str) -> dict[str, str]:
    return {**_ENVIRONMENT, "Mine.py": source}


BUILT = {
    "no MODEL_NAME": Mistake(
        {"A.py": _MINE, "B.py": _MINE},
        "MODEL_NAME is not set",
        "write MODEL_NAME=YourClass into .s2i/environment",
    ),
    "no such file": Mistake(
        {"B.py": _MINE, **_ENVIRONMENT}, "no module 'Mine'", "its Python files: B.py"
    ),
    "no such class": Mistake(
        _model("class Other:\n    pass\n"), "module 'Mine' has no 'Mine'", "try Mine:Other"
    ),
    "nothing at all": Mistake({}, "no files", "is the folder given to s2i build the model's?"),
    "no such requirement": Mistake(
        {**_GOOD, "requirements.txt": "no-such-package-of-anybody==7\n"},
        "requirements.txt: pip could not install it",
        "its last lines say which package is not found",
    ),
    "a requirement that is none": Mistake(
        {**_GOOD, "requirements.txt": "numpy=>1\n"},
        "requirements.txt: pip could not install it",
        "its last lines say",
    ),
    "an environment of conda alone": Mistake(
        {**_GOOD, "environment.yml": "dependencies: [numpy]\n"},
        "environment.yml: environments of conda are not installed",
        "into requirements.txt",
    ),
    "a contract that is no JSON": Mistake(
        {**_GOOD, "contract.json": "{"}, "contract.json: line 1, column 2", "not JSON: expecting"
    ),
    "a contract with a wrong word": Mistake(
        {**_GOOD, "contract.json": '{"features": [{"name": "x", "dtype": "NUMBER"}]}'},
        "contract.json: features[0].dtype",
        "expected one of FLOAT, INT",
    ),
    "a syntax error": Mistake(_model("class Mine\n    pass\n"), "Mine.py:1", "'class Mine'"),
    "an import that is not installed": Mistake(
        _model(f"import no_such_module\n{_MINE}"),
        "imports 'no_such_module', which is not installed",
        "add the package that has it to requirements.txt",
    ),
    "an import that raises": Mistake(
        _model("raise RuntimeError('no key')\n"),
        "could not be imported",
        "CHARTER_IMPORT_AT_BUILD=0",
    ),
    "a wrong API_TYPE": Mistake(
        _GOOD, "API_TYPE", "expected REST or GRPC", variables=("API_TYPE=rest",)
    ),
    "a wrong SERVICE_TYPE": Mistake(
        _GOOD, "SERVICE_TYPE", "expected one of MODEL", variables=("SERVICE_TYPE=MODELL",)
    ),
    "a Makefile where there is no make": Mistake(
        {**_GOOD, "Makefile": "all:\n"}, "no make", "--runtime-image", variables=("MAKE=all",)
    ),
    "quotes in the environment": Mistake(
        {"Mine.py": _MINE, ".s2i/environment": 'MODEL_NAME="Mine"\n'},
        "quotes are part of a value",
        "write MODEL_NAME=Mine",
    ),
}

RUN = {
    "parameters that are no JSON": Mistake(
        _GOOD,
        "parameters: not JSON",
        "Expecting property name",
        variables=("PREDICTIVE_UNIT_PARAMETERS={oops",),
    ),
    "parameters that are no list": Mistake(
        _GOOD,
        "parameters: expected a list",
        "got {'a': 1}",
        variables=('PREDICTIVE_UNIT_PARAMETERS={"a": 1}',),
    ),
    "a parameter that the class does not take": Mistake(
        _GOOD,
        "Mine()",
        "got an unexpected keyword argument 'depth'",
        variables=('PREDICTIVE_UNIT_PARAMETERS=[{"name":"depth","value":"3","type":"INT"}]',),
    ),
    "a parameter of another type": Mistake(
        _model("class Mine:\n    def __init__(self, depth=1):\n        pass\n" + _MINE[12:]),
        "parameters[0].value",
        "expected a value of type int, got 'many'",
        variables=('PREDICTIVE_UNIT_PARAMETERS=[{"name":"depth","value":"many","type":"INT"}]',),
    ),
    "a parameter that is missing": Mistake(
        _model("class Mine:\n    def __init__(self, depth):\n        pass\n" + _MINE[12:]),
        "Mine(depth)",
        "missing a required argument: 'depth'",
    ),
    "a load that raises": Mistake(
        _model(_MINE + "    def load(self):\n        open('weights.bin')\n"),
        "Mine could not be loaded",
        "",
    ),
    "a before-run that may not be executed": Mistake(
        {**_GOOD, "before-run": "#!/bin/sh\n"}, "before-run may not be executed", "chmod +x"
    ),
    "a before-run that fails": Mistake(
        {**_GOOD, "before-run*": "#!/bin/sh\nexit 7\n"},
        "before-run ended with status 7",
        "the model is not served",
    ),
    "a before-run of no language": Mistake(
        {**_GOOD, "before-run*": "echo hello\n"}, "before-run", "its first line must name a program"
    ),
    "a port that is a word": Mistake(
        _GOOD,
        "PREDICTIVE_UNIT_SERVICE_PORT",
        "expected a port",
        variables=("PREDICTIVE_UNIT_SERVICE_PORT=http",),
    ),
    "one port for two": Mistake(
        _GOOD, "5001 is also --http-port", "give each its own", command=("--http-port", "5001")
    ),
    "a wrong API_TYPE": Mistake(
        _GOOD, "API_TYPE", "expected REST or GRPC", variables=("API_TYPE=V2",)
    ),
    "workers that are a word": Mistake(
        _GOOD, "GUNICORN_WORKERS", "many", variables=("GUNICORN_WORKERS=many",)
    ),
    "an option that does not exist": Mistake(
        _GOOD, "No such option '--worker-s'", "'--workers'", command=("--worker-s", "2")
    ),
    "a test without a contract": Mistake(
        _GOOD, "no contract.json beside it", "nothing to test", command=("test",)
    ),
    "MODEL_NAME of another folder": Mistake(
        _GOOD, "no module 'Absent'", "its Python files: Mine.py", variables=("MODEL_NAME=Absent",)
    ),
}
