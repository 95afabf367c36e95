from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from charter.component import loader
from charter.testing import check_component

EXAMPLES = Path(__file__).parents[3] / "examples"
MODEL_FILES = {"deepmnist": "DeepMnist.py", "hello": "Hello.py", "iris": "Iris.py"}
SCRIPTS = {"script": "sentiment.sh", "script-c": "ink"}
DIGITS = sorted((EXAMPLES / "deepmnist" / "digits").glob("*.png"))

every_example = pytest.mark.parametrize("name", MODEL_FILES)
every_script = pytest.mark.parametrize("name", SCRIPTS)
every_mode = pytest.mark.parametrize("mode", ["warn", "strict"])


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Return the examples of scripts in a folder of their own, those in C built by their make."""
    for name in SCRIPTS:
        shutil.copytree(EXAMPLES / name, tmp_path / name, ignore=shutil.ignore_patterns("ink"))
    if not (shutil.which("make") and shutil.which("cc")):
        pytest.skip("script-c needs make and a C compiler")
    subprocess.run(["make", "-s", "-C", str(tmp_path / "script-c"), "all"], check=True)
    return tmp_path


def create(name: str) -> Any:
    """Return an object of an example's class, loaded if it can load."""
    path = EXAMPLES / name / MODEL_FILES[name]
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model = getattr(module, path.stem)()
    if hasattr(model, "load"):
        model.load()
    return model


def read_contract(name: str) -> dict[str, list[dict[str, Any]]]:
    contract: dict[str, list[dict[str, Any]]]
    contract = json.loads((EXAMPLES / name / "contract.json").read_text("utf-8"))
    return contract


def count_columns(features: list[dict[str, Any]]) -> int:
    return sum(feature.get("repeat", 1) for feature in features)


def target_names(contract: dict[str, list[dict[str, Any]]]) -> list[str]:
    names = []
    for target in contract["targets"]:
        stem, repeat = target["name"], target.get("repeat")
        names += [f"{stem}:{column}" for column in range(repeat)] if repeat else [stem]
    return names


def test_every_folder_is_a_known_example() -> None:
    folders = {path.name for path in EXAMPLES.iterdir() if (path / "contract.json").is_file()}

    assert folders == MODEL_FILES.keys() | SCRIPTS.keys()


@every_example
def test_an_example_has_its_files(name: str) -> None:
    files = ["README.md", "contract.json", "requirements.txt", ".s2i/environment"]

    missing = [file for file in files if not (EXAMPLES / name / file).is_file()]

    assert missing == []


@every_example
def test_a_model_file_has_at_most_forty_lines_and_nothing_of_charter(name: str) -> None:
    text = (EXAMPLES / name / MODEL_FILES[name]).read_text("utf-8")

    assert len(text.splitlines()) <= 40
    assert "charter" not in text


@every_example
def test_the_environment_names_the_class(name: str) -> None:
    lines = (EXAMPLES / name / ".s2i" / "environment").read_text("utf-8").splitlines()

    assert f"MODEL_NAME={Path(MODEL_FILES[name]).stem}" in lines
    assert {"SERVICE_TYPE=MODEL", "API_TYPE=REST", "PERSISTENCE=0"} <= set(lines)


@every_example
def test_every_column_of_a_contract_is_continuous_and_has_finite_limits(name: str) -> None:
    contract = read_contract(name)

    for feature in contract["features"] + contract["targets"]:
        low, high = feature["range"]
        assert (feature["ftype"], feature["dtype"]) == ("continuous", "FLOAT")
        assert low < high


@pytest.mark.parametrize(
    ("name", "features", "targets"), [("deepmnist", 784, 10), ("hello", 4, 4), ("iris", 4, 3)]
)
def test_a_contract_has_as_many_columns_as_the_model(
    name: str, features: int, targets: int
) -> None:
    contract = read_contract(name)

    assert count_columns(contract["features"]) == features
    assert count_columns(contract["targets"]) == targets


@every_script
def test_a_script_has_its_files_and_is_named(name: str) -> None:
    lines = (EXAMPLES / name / ".s2i" / "environment").read_text("utf-8").splitlines()

    assert (EXAMPLES / name / "README.md").is_file()
    assert f"MODEL_NAME={SCRIPTS[name]}" in lines
    assert {"SERVICE_TYPE=MODEL", "API_TYPE=REST", "PERSISTENCE=0"} <= set(lines)


def test_the_scripts_are_short() -> None:
    files = {"script/sentiment.sh": 40, "script-c/ink.c": 60}

    lines = {file: len((EXAMPLES / file).read_text("utf-8").splitlines()) for file in files}

    assert [file for file, most in files.items() if lines[file] > most] == []


def test_the_environment_builds_the_script_in_c() -> None:
    lines = (EXAMPLES / "script-c" / ".s2i" / "environment").read_text("utf-8").splitlines()

    assert "MAKE=all" in lines


@every_mode
@every_script
def test_a_script_keeps_its_contract(name: str, mode: str, built: Path) -> None:
    folder = built / name

    check_component(str(folder), folder / "contract.json", contract_mode=mode)


@every_script
def test_a_script_is_found_by_its_folder(name: str, built: Path) -> None:
    source = loader.find(str(built / name))

    assert source.script == (built / name / SCRIPTS[name]).resolve()


def test_the_sentiment_turns_what_is_not_bad() -> None:
    script = EXAMPLES / "script" / "sentiment.sh"
    texts = ["good", "not good", "not at all bad", "it is green", "", "bad and good and good"]

    found = [judged(script, text) for text in texts]

    assert [each["mood"] for each in found] == [
        *("positive", "negative", "positive", "neutral", "neutral", "positive")
    ]
    assert [each["words"] for each in found] == [1, 2, 4, 3, 0, 5]


def judged(script: Path, text: str) -> dict[str, Any]:
    done = subprocess.run(
        [script, "/dev/stdin"], input=text.encode(), cwd=script.parent, capture_output=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_the_ink_of_an_image_is_what_is_lighter_than_its_threshold(built: Path) -> None:
    pixels = np.zeros((10, 10), np.uint8)
    pixels[:3] = 200
    (built / "image.pgm").write_bytes(b"P5\n10 10\n255\n" + pixels.tobytes())

    done = subprocess.run(
        [built / "script-c" / "ink", built / "image.pgm"], capture_output=True, check=True
    )

    assert json.loads(done.stdout) == [0, 0.3, 60.0]


def test_hello_doubles() -> None:
    answer = create("hello").predict(np.array([[1.0, 2.0, 3.0, -4.0]]), [])

    np.testing.assert_array_equal(answer, [[2.0, 4.0, 6.0, -8.0]])


def test_hello_names_its_targets_as_charter_names_unnamed_columns() -> None:
    assert target_names(read_contract("hello")) == ["t:0", "t:1", "t:2", "t:3"]


def test_iris_tells_the_species_apart() -> None:
    pytest.importorskip("sklearn", reason="iris needs scikit-learn")
    flowers = np.array([[5.1, 3.5, 1.4, 0.2], [6.0, 2.7, 4.1, 1.2], [6.7, 3.0, 5.2, 2.3]])

    model = create("iris")
    answer = model.predict(flowers, [])

    assert answer.shape == (3, 3)
    np.testing.assert_allclose(answer.sum(axis=1), 1)
    assert answer.argmax(axis=1).tolist() == [0, 1, 2]
    assert model.class_names() == target_names(read_contract("iris"))


def test_iris_answers_alike_after_every_load() -> None:
    pytest.importorskip("sklearn", reason="iris needs scikit-learn")
    flowers = np.array([[6.0, 2.7, 5.0, 1.6], [5.9, 3.0, 5.1, 1.8]])

    first, second = (create("iris").predict(flowers, []) for _ in range(2))

    np.testing.assert_array_equal(first, second)


@pytest.mark.filterwarnings("ignore")  # TensorFlow's own
def test_deepmnist_reads_the_committed_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    pytest.importorskip("tensorflow", reason="deepmnist needs TensorFlow")
    pytest.importorskip("keras", reason="deepmnist needs Keras")
    rows = np.stack([read_digit(file) for file in DIGITS]).reshape(-1, 784) / 255

    model = create("deepmnist")
    answer = model.predict(rows, [])

    np.testing.assert_allclose(answer.sum(axis=1), 1, rtol=1e-5)
    assert answer.argmax(axis=1).tolist() == [int(file.name[0]) for file in DIGITS]
    assert model.class_names() == target_names(read_contract("deepmnist"))


def test_the_committed_digits_are_a_dozen_and_of_every_class() -> None:
    assert len(DIGITS) == 12
    assert {int(file.name[0]) for file in DIGITS} == set(range(10))
    assert (EXAMPLES / "deepmnist" / "digits" / "ATTRIBUTION.md").is_file()


@pytest.mark.parametrize("file", DIGITS, ids=lambda file: file.name)
def test_a_committed_digit_is_grey_and_28_by_28(file: Path) -> None:
    digit = read_digit(file)

    assert (digit.shape, digit.dtype) == ((28, 28), np.uint8)


def read_digit(file: Path) -> Any:
    images = pytest.importorskip("PIL.Image", reason="digits need Pillow")
    with images.open(file) as image:
        return np.asarray(image)


def test_seven_json_is_the_committed_seven() -> None:
    body = json.loads((EXAMPLES / "deepmnist" / "digits" / "seven.json").read_text("utf-8"))
    (seven,) = [file for file in DIGITS if file.name.startswith("7_")]

    pixels = np.array(body["data"]["ndarray"])

    assert pixels.shape == (1, 784)
    np.testing.assert_allclose(pixels.reshape(28, 28), read_digit(seven) / 255, atol=5e-5)


def test_the_trained_model_is_committed_and_small() -> None:
    size = (EXAMPLES / "deepmnist" / "deepmnist.keras").stat().st_size

    assert 100_000 < size <= 500_000


def test_no_data_set_is_committed() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "."], cwd=EXAMPLES, capture_output=True, text=True
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    names = [name for name in listed.stdout.split("\0") if name]

    large = [name for name in names if (EXAMPLES / name).stat().st_size > 500_000]

    assert names
    assert [name for name in names if "ubyte" in name or "/data/" in name] == []
    assert large == []
