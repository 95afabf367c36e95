from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from charter.component import loader
from charter.component.loader import Source
from charter.errors import StartError
from charter.logs import user_traceback

Write = Callable[[str, str], Path]
_numbers = itertools.count()

MODEL = "class {name}:\n    def predict(self, X):\n        return X\n"


@pytest.fixture(autouse=True)
def _imports_are_undone() -> Iterator[None]:
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    return write


def create(model: str, folder: Path, **parameters: Any) -> Any:
    return loader.create(loader.find(model, folder), parameters)


def refusal(model: str, folder: Path, **parameters: Any) -> str:
    with pytest.raises(StartError) as raised:
        create(model, folder, **parameters)
    return raised.value.message


def own(stem: str = "Model") -> str:
    """Return a module name that no other test has used."""
    return f"{stem}{next(_numbers)}"


def error_of(model: str, folder: Path) -> BaseException:
    """Return what loading raises in a thread, as a service loads."""
    with ThreadPoolExecutor(1) as pool:
        error = pool.submit(create, model, folder).exception()
    assert error is not None
    return error


@pytest.mark.parametrize(
    ("model", "module", "name"),
    [
        ("DeepMnist", "DeepMnist", "DeepMnist"),
        ("package.module:Class", "package.module", "Class"),
        ("module:thing", "module", "thing"),
        ("package.module.Class", "package.module", "Class"),
        ("a.Class", "a", "Class"),
        ("_private", "_private", "_private"),
        ("model_2:Model", "model_2", "Model"),
    ],
)
def test_a_name_says_module_and_class(tmp_path: Path, model: str, module: str, name: str) -> None:
    assert loader.find(model, tmp_path) == Source(module, name, tmp_path)


def test_a_file_is_a_module_whose_class_has_its_name(tmp_path: Path, write: Write) -> None:
    write("sub/DeepMnist.py", "")

    source = loader.find("sub/DeepMnist.py", tmp_path)

    assert source == Source("DeepMnist", "DeepMnist", tmp_path / "sub")


def test_a_file_may_be_given_with_its_whole_path(tmp_path: Path, write: Write) -> None:
    path = write("DeepMnist.py", "")

    source = loader.find(str(path), Path("/"))

    assert source == Source("DeepMnist", "DeepMnist", tmp_path)


@pytest.mark.parametrize("folder", ["model", "model/", "./model"])
def test_a_folder_says_in_its_environment_what_to_serve(
    tmp_path: Path, write: Write, folder: str
) -> None:
    write("model/.s2i/environment", "MODEL_NAME=DeepMnist\nAPI_TYPE=REST\n")

    source = loader.find(folder, tmp_path)

    environment = {"MODEL_NAME": "DeepMnist", "API_TYPE": "REST"}
    assert source == Source("DeepMnist", "DeepMnist", tmp_path / "model", environment)


def test_the_folder_of_now_is_served_as_a_dot(tmp_path: Path, write: Write) -> None:
    write(".s2i/environment", "MODEL_NAME=package.module:Class")

    source = loader.find(".", tmp_path)

    assert (source.module, source.name, source.folder) == ("package.module", "Class", tmp_path)


def test_a_folder_may_name_a_folder_whose_environment_wins(tmp_path: Path, write: Write) -> None:
    write(".s2i/environment", "MODEL_NAME=examples/deepmnist\nA=outer\nB=outer\n")
    write("examples/deepmnist/.s2i/environment", "MODEL_NAME=DeepMnist\nA=inner\n")

    source = loader.find(".", tmp_path)

    assert source.folder == tmp_path / "examples" / "deepmnist"
    assert (source.module, source.name) == ("DeepMnist", "DeepMnist")
    assert source.environment == {"MODEL_NAME": "DeepMnist", "A": "inner", "B": "outer"}


def test_a_folder_may_name_a_file(tmp_path: Path, write: Write) -> None:
    write(".s2i/environment", "MODEL_NAME=sub/DeepMnist.py")
    write("sub/DeepMnist.py", "")

    source = loader.find(".", tmp_path)

    assert source.folder == tmp_path / "sub"


def test_a_folder_with_one_file_that_looks_like_a_class_needs_no_environment(
    tmp_path: Path, write: Write
) -> None:
    write("model/DeepMnist.py", "")
    write("model/train.py", "")

    source = loader.find("model", tmp_path)

    assert source == Source("DeepMnist", "DeepMnist", tmp_path / "model")


@pytest.mark.parametrize("names", [[], ["train.py"], ["One.py", "Two.py"]])
def test_a_folder_that_does_not_say_what_to_serve_is_refused_with_the_remedy(
    tmp_path: Path, write: Write, names: list[str]
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    for name in names:
        write(f"model/{name}", "")

    message = refusal("model", tmp_path)

    assert message.startswith(f"{folder} does not say what to serve")
    assert str(folder / ".s2i" / "environment") in message
    assert "MODEL_NAME=" in message


def test_folders_that_lead_in_a_circle_are_refused(tmp_path: Path, write: Write) -> None:
    write("a/.s2i/environment", "MODEL_NAME=../b")
    write("b/.s2i/environment", "MODEL_NAME=../a")

    message = refusal("a", tmp_path)

    assert message.endswith("leads from folder to folder without end")


def test_a_file_that_is_not_there_is_refused_by_its_path(tmp_path: Path) -> None:
    message = refusal("sub/DeepMnist.py", tmp_path)

    assert message == f"no file {str(tmp_path / 'sub' / 'DeepMnist.py')!r}"


@pytest.mark.parametrize(
    "model", ["sub/folder", "no such", "module:", ":Class", "a/b:C", "", "Deep-Mnist", "..", "a..b"]
)
def test_what_can_be_no_name_is_refused_with_what_can(tmp_path: Path, model: str) -> None:
    folder = tmp_path / "empty" / "deep"
    folder.mkdir(parents=True)
    if model in ("", ".."):  # a folder, then; there is nothing in it
        assert "does not say what to serve" in refusal(model, folder)
        return

    assert refusal(model, folder) == (
        f"{model!r} is no folder, no file, no name like DeepMnist or package.module:Class"
    )


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("A=1\nB=2\n", {"A": "1", "B": "2"}),
        ("A=1", {"A": "1"}),
        ("A=b=c", {"A": "b=c"}),
        ("  A  =  1 2  ", {"A": "1 2"}),
        ("A='1'\nB=\"2\"", {"A": "'1'", "B": '"2"'}),
        ("A=$HOME/x", {"A": "$HOME/x"}),
        ("#A=1\nB=2", {"B": "2"}),
        (" # A=1", {"# A": "1"}),
        ("A=1 # no comment", {"A": "1 # no comment"}),
        ("no sign\n\nA=1", {"A": "1"}),
        ("export A=1", {"export A": "1"}),
        ("A=", {"A": ""}),
        ("A=1\nA=2", {"A": "2"}),
        ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("A=1\x0bB=2", {"A": "1\x0bB=2"}),
        ("A=1\u2028B=2", {"A": "1\u2028B=2"}),
        ("", {}),
    ],
)
def test_an_environment_file_is_read_as_s2i_reads_it(text: str, variables: dict[str, str]) -> None:
    assert loader.parse_environment(text) == variables


def test_an_environment_file_that_is_not_text_is_refused_by_its_path(
    tmp_path: Path, write: Write
) -> None:
    write("model/.s2i/environment", "").write_bytes(b"MODEL_NAME=\xff\n")

    assert str(Path("model", ".s2i", "environment")) in refusal("model", tmp_path)


def test_the_contract_lies_beside_the_model(tmp_path: Path, write: Write) -> None:
    contract = write("contract.json", "{}")

    assert loader.find("DeepMnist", tmp_path).contract == contract


def test_there_may_be_no_contract(tmp_path: Path) -> None:
    assert loader.find("DeepMnist", tmp_path).contract is None


def test_a_class_becomes_an_object_with_the_parameters(tmp_path: Path, write: Write) -> None:
    name = own()
    write(
        f"{name}.py",
        f"class {name}:\n    def __init__(self, rate=0, **more):\n        self.made = rate, more\n",
    )

    user = create(name, tmp_path, rate=0.1, extra=True)

    assert user.made == (0.1, {"extra": True})


def test_an_object_is_served_as_it_is(tmp_path: Path, write: Write) -> None:
    name = own()
    write(f"{name}.py", MODEL.format(name="Model") + "ready = Model()\n")

    user = create(f"{name}:ready", tmp_path)

    assert user is sys.modules[name].ready


@pytest.mark.parametrize("dotted", ["{package}.inner:Model", "{package}.inner.Model"])
def test_a_class_in_a_package_is_found(tmp_path: Path, write: Write, dotted: str) -> None:
    package = own("package")
    write(f"{package}/__init__.py", "")
    write(f"{package}/inner.py", MODEL.format(name="Model"))

    user = create(dotted.format(package=package), tmp_path)

    assert type(user).__module__ == f"{package}.inner"


def test_a_class_in_a_package_without_init_is_found(tmp_path: Path, write: Write) -> None:
    package = own("package")
    write(f"{package}/inner.py", MODEL.format(name="Model"))

    user = create(f"{package}.inner:Model", tmp_path)

    assert type(user).__name__ == "Model"


def test_a_class_of_the_standard_library_is_found_from_anywhere(tmp_path: Path) -> None:
    user = create("collections:OrderedDict", tmp_path, a=1)

    assert dict(user) == {"a": 1}


def test_the_module_finds_its_neighbours_and_hides_no_library(tmp_path: Path, write: Write) -> None:
    name, neighbour = own(), own("neighbour")
    write(f"{neighbour}.py", "VALUE = 5\n")
    write("json.py", "raise AssertionError('hides the library')\n")
    write(f"{name}.py", f"import json\nimport {neighbour}\n" + MODEL.format(name=name))

    user = create(name, tmp_path)

    assert type(user).__name__ == name
    assert sys.path.index(str(tmp_path)) == len(sys.path) - 1


def test_loading_twice_adds_the_folder_once(tmp_path: Path, write: Write) -> None:
    name = own()
    write(f"{name}.py", MODEL.format(name=name))

    create(name, tmp_path)
    create(name, tmp_path)

    assert sys.path.count(str(tmp_path)) == 1


def test_a_module_that_is_not_there_is_refused_with_the_files_that_are(
    tmp_path: Path, write: Write
) -> None:
    write("DeepMnist.py", "")
    write("train.py", "")

    message = refusal("DeepMnits", tmp_path)

    assert message == (
        f"no module 'DeepMnits' in {tmp_path} (its Python files: DeepMnist.py, train.py)"
    )


@pytest.mark.parametrize("model", ["absent.inner:Model", "absent.Model"])
def test_a_package_that_is_not_there_is_refused(tmp_path: Path, model: str) -> None:
    message = refusal(model, tmp_path)

    assert message.startswith("no module 'absent")
    assert message.endswith("(its Python files: none)")


def test_a_module_that_is_no_package_is_refused(tmp_path: Path, write: Write) -> None:
    name = own()
    write(f"{name}.py", "")

    assert f"{name}.inner" in refusal(f"{name}.inner:Model", tmp_path)


def test_a_class_that_is_not_there_is_refused_with_those_that_are(
    tmp_path: Path, write: Write
) -> None:
    name = own()
    write(f"{name}.py", "from pathlib import Path\n" + MODEL.format(name="Other"))

    message = refusal(name, tmp_path)

    assert message == (
        f"module {name!r} has no {name!r}: it has the classes Other; try {name}:Other"
    )


def test_a_module_without_any_class_is_refused(tmp_path: Path, write: Write) -> None:
    name = own()
    write(f"{name}.py", "")

    assert refusal(name, tmp_path) == f"module {name!r} has no {name!r}: it has no class"


@pytest.mark.parametrize("module", ["json", "numpy", "charter"])
def test_a_file_with_the_name_of_an_installed_module_is_refused(
    tmp_path: Path, write: Write, module: str
) -> None:
    path = write(f"{module}.py", MODEL.format(name="Model"))

    message = refusal(f"{module}:Model", tmp_path)

    assert message.startswith(f"module {module!r} was found at ")
    assert f"not at {path}: another module has this name; rename the file" in message


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({}, "missing a required argument: 'rate'"),
        ({"rate": 1, "other": 2}, "got an unexpected keyword argument 'other'"),
    ],
)
def test_parameters_that_do_not_fit_are_refused_with_the_signature(
    tmp_path: Path, write: Write, parameters: Mapping[str, Any], says: str
) -> None:
    name = own()
    write(f"{name}.py", f"class {name}:\n    def __init__(self, rate):\n        pass\n")

    assert refusal(name, tmp_path, **parameters) == f"{name}(rate): {says}"


def test_a_syntax_error_is_the_users_with_file_and_line(tmp_path: Path, write: Write) -> None:
    name = own()
    path = write(f"{name}.py", "class Model:\n    def predict(self X):\n        return X\n")

    error = error_of(name, tmp_path)

    text = user_traceback(error)
    assert isinstance(error, SyntaxError)
    assert f'File "{path}", line 2' in text
    assert "def predict(self X):" in text
    assert "charter" not in text


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("import no_such_library", ModuleNotFoundError),
        ("from json import no_such_name", ImportError),
        ("import no_such_library.inner", ModuleNotFoundError),
        ("1 / 0", ZeroDivisionError),
        ("raise AttributeError('a')", AttributeError),
    ],
)
def test_an_error_while_the_module_is_imported_keeps_its_own_traceback(
    tmp_path: Path, write: Write, line: str, error: type[Exception]
) -> None:
    name = own()
    path = write(f"{name}.py", f"\n{line}\n")

    raised = error_of(name, tmp_path)

    text = user_traceback(raised)
    assert type(raised) is error
    assert text.splitlines()[1] == f'  File "{path}", line 2, in <module>'
    assert line in text


def test_a_library_missing_inside_the_module_is_not_read_as_the_module_missing(
    tmp_path: Path, write: Write
) -> None:
    package = own("package")
    write(f"{package}/__init__.py", "")
    write(f"{package}/inner.py", f"import {package}.absent\n")

    with pytest.raises(ModuleNotFoundError) as raised:
        create(f"{package}.inner:Model", tmp_path)

    assert raised.value.name == f"{package}.absent"


def test_an_error_in_the_constructor_is_the_users(tmp_path: Path, write: Write) -> None:
    name = own()
    write(
        f"{name}.py",
        f"class {name}:\n    def __init__(self):\n        raise TypeError('of the user')\n",
    )

    with pytest.raises(TypeError, match="of the user"):
        create(name, tmp_path)
