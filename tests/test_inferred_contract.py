"""A contract inferred from the iris data tests the model; one feature in another unit is caught."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import httpx
import pytest
from charter.cli import charter
from charter.testing import serve
from click.testing import CliRunner, Result

pytest.importorskip("pandas", reason="tables need pandas")
datasets = pytest.importorskip("sklearn.datasets", reason="the data and the model need it")

IRIS = str(Path(__file__).parents[1] / "examples" / "iris")
NAMES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
SCALED = "petal_length"


def run(*words: object) -> Result:
    result = CliRunner().invoke(charter, list(map(str, words)))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def infer(folder: Path, data: Path, name: str) -> Path:
    output = folder / name
    words = ["--target", "species", "--model", IRIS, "-o", output]
    assert run("contract", "infer", data, *words).exit_code == 0
    return output


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the data, as they are and with one feature scaled, and contracts."""
    folder = tmp_path_factory.mktemp("iris")
    table = datasets.load_iris(as_frame=True).frame.set_axis([*NAMES, "species"], axis=1)
    table.to_csv(folder / "iris.csv", index=False)
    table.assign(**{SCALED: table[SCALED] * 1000}).to_csv(folder / "scaled.csv", index=False)
    infer(folder, folder / "iris.csv", "contract.json")
    infer(folder, folder / "scaled.csv", "scaled.json")
    return folder


def test_what_is_inferred_is_the_contract_that_a_person_wrote(folder: Path) -> None:
    written, inferred = (
        json.loads(path.read_text("utf-8"))
        for path in (Path(IRIS) / "contract.json", folder / "contract.json")
    )

    def told(document: Any, key: str) -> list[Any]:
        return [(each["name"], each["dtype"], each["range"]) for each in document[key]]

    assert told(inferred, "features") == told(written, "features")
    assert told(inferred, "targets") == told(written, "targets")


def test_the_model_passes_the_test_by_the_inferred_contract(folder: Path) -> None:
    result = run("test", folder / "contract.json", "--model", IRIS, "-n", 5)

    assert (result.exit_code, result.stderr) == (0, "")


def test_a_strict_service_passes_the_test_by_the_inferred_contract(folder: Path) -> None:
    with serve(IRIS, contract_mode="strict") as ports:
        result = run("test", folder / "contract.json", "127.0.0.1", ports.http_port, "-n", 5)

    assert (result.exit_code, result.stderr) == (0, "")


def test_the_test_by_a_contract_with_a_scaled_feature_fails_and_names_it(folder: Path) -> None:
    result = run("test", folder / "scaled.json", "--model", IRIS, "-n", 5)

    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: features[2].range: {SCALED} is [1000, 6900], and [1, 6.9] by the model's own "
        f"contract, {IRIS}/contract.json\n"
    )


def test_a_strict_service_refuses_a_scaled_feature_by_its_name(folder: Path) -> None:
    with serve(IRIS, contract_mode="strict") as ports:
        result = run("test", folder / "scaled.json", "127.0.0.1", ports.http_port, "-n", 5)

    assert result.exit_code == 1
    told = " ".join(result.stdout.split())
    assert SCALED in told
    assert "[1, 6.9]" in told


def test_the_example_of_its_page_is_answered_as_the_page_says(folder: Path) -> None:
    page = run("contract", "docs", folder / "contract.json").stdout
    command, reply = re.findall(r"```(?:sh|json)\n(.*)\n```", page)
    words = shlex.split(command)

    with serve(IRIS, contract_mode="strict") as ports:
        url = words[2].replace("localhost:5000", f"127.0.0.1:{ports.http_port}")
        name, _, value = words[words.index("-H") + 1].partition(": ")
        answer = httpx.post(url, content=words[words.index("-d") + 1], headers={name: value})

    assert words[:2] == ["curl", "-s"]
    assert answer.json() == json.loads(reply)


def test_samples_show_that_a_feature_was_scaled_after_they_were_taken(folder: Path) -> None:
    document = json.loads((folder / "contract.json").read_text("utf-8"))
    document["features"][2] |= {"range": [1000, 6900], "example": 1400}
    for sample in document["samples"]:
        sample["input"][2] *= 1000
    edited = folder / "edited.json"
    edited.write_text(json.dumps(document), "utf-8")

    result = run("test", edited, "--model", IRIS, "--contract-mode", "off", "-n", 5)

    assert result.exit_code == 1
    assert "checks failed: samples" in result.stderr


def test_data_with_a_scaled_feature_have_drifted_in_that_alone(folder: Path) -> None:
    contract = folder / "contract.json"

    same = run("contract", "check", contract, "--data", folder / "iris.csv")
    scaled = run("contract", "check", contract, "--data", folder / "scaled.csv")

    assert same.exit_code == 0
    assert scaled.exit_code == 1
    assert scaled.stdout.endswith(f"drift: {SCALED}\n")
    assert "(150 of 150 rows)" in scaled.stdout


def test_a_scaled_feature_breaks_callers_and_is_named(folder: Path) -> None:
    result = run("contract", "diff", folder / "contract.json", folder / "scaled.json")

    assert result.exit_code == 1
    assert f"breaking for callers that send {SCALED} under 1000" in result.stdout
