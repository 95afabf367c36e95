from __future__ import annotations

import importlib
import importlib.util
import pickle
import subprocess
import sys
import types
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import PathFinder
from pathlib import Path

import httpx
import pytest
from charter import compat, testing

# Section 1 of the specification, and what else public models import.
NAMES = {
    "seldon_core": ["Storage", "__version__"],
    "seldon_core.env_utils": ["NONIMPLEMENTED_MSG", "get_model_name", "get_image_name"],
    "seldon_core.flask_utils": ["SeldonMicroserviceException"],
    "seldon_core.metrics": [
        *("create_counter", "create_gauge", "create_timer", "validate_metrics"),
        *(
            "SeldonMetrics",
            "DEFAULT_LABELS",
            "split_image_tag",
            "COUNTER",
            "GAUGE",
            "TIMER",
            "BINS",
        ),
    ],
    "seldon_core.microservice": ["PARAMETERS_ENV_NAME", "parse_parameters"],
    "seldon_core.proto": ["prediction_pb2", "prediction_pb2_grpc"],
    "seldon_core.proto.prediction_pb2": [
        *("SeldonMessage", "SeldonMessageList", "DefaultData", "Tensor", "Meta", "Metric"),
        *("Status", "Feedback", "RequestResponse", "SeldonModelMetadata", "DESCRIPTOR"),
        *("SeldonModelMetadataRequest", "SeldonMessageMetadata", "SeldonGraphMetadata"),
    ],
    "seldon_core.storage": ["Storage"],
    "seldon_core.user_model": [
        *("SeldonComponent", "SeldonResponse", "SeldonNotImplementedError"),
        *("client_custom_tags", "client_class_names", "client_feature_names"),
    ],
    "seldon_core.utils": [
        *("json_to_seldon_message", "seldon_message_to_json", "json_to_feedback"),
        *("feedback_to_json", "json_to_seldon_messages", "seldon_messages_to_json"),
        *("array_to_grpc_datadef", "array_to_rest_datadef", "array_to_list_value"),
        *("grpc_datadef_to_array", "get_data_from_proto", "get_meta_from_proto"),
        *("extract_request_parts", "extract_request_parts_json", "extract_feedback_request_parts"),
        *("construct_response", "construct_response_json", "getenv", "getenv_as_bool"),
        "json_to_seldon_model_metadata",
    ],
    "seldon_core.version": ["__version__"],
    "seldon_core.wrapper": [
        *("get_rest_microservice", "get_metrics_microservice", "get_grpc_server"),
        "SeldonModelGRPC",
    ],
}
SERVICES = ("Combiner", "Generic", "Model", "OutputTransformer", "Router", "Seldon", "Transformer")
NAMES["seldon_core.proto.prediction_pb2_grpc"] = [
    name
    for service in SERVICES
    for name in (f"{service}Stub", f"{service}Servicer", f"add_{service}Servicer_to_server")
]

MODEL = """
import pickle
from pathlib import Path

from seldon_core.user_model import SeldonComponent, SeldonResponse


class Doubler(SeldonComponent):
    def load(self):
        if SAVED.exists():
            self.factor = pickle.loads(SAVED.read_bytes()).factor

    def predict(self, X, names, meta=None):
        return SeldonResponse(X * self.factor, tags={"from": type(self).__mro__[1].__module__})


SAVED = Path(__file__).with_name("saved.pickle")
"""
ORIGINAL = "where = 'original'\n"


def said_by(program: str, *folders: Path) -> str:
    """Return what a program prints in a process of its own, or the last line of its failure."""
    start = f"import sys\nsys.path[:0] = {[str(folder) for folder in folders]!r}\n"
    done = subprocess.run(
        [sys.executable, "-c", start + program], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or done.stderr.strip().rpartition("\n")[2]


def original(folder: Path, **modules: str) -> Path:
    """Write an installed `seldon_core` of a few modules."""
    package = folder / "seldon_core"
    package.mkdir()
    for name, text in {"__init__": ORIGINAL, **modules}.items():
        (package / f"{name}.py").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("module", "name"), [(m, name) for m, row in NAMES.items() for name in row]
)
def test_a_name_can_be_imported(module: str, name: str) -> None:
    namespace: dict[str, object] = {}

    exec(f"from {module} import {name}", namespace)

    assert namespace[name] is getattr(importlib.import_module(module), name)


def test_every_module_of_the_table_is_tested() -> None:
    public = {name for name in compat.FILES if "._" not in name}

    # SeldonClient has tests of its own.
    assert public - {"seldon_core.seldon_client"} == set(NAMES)


def test_every_file_stands_in_the_table() -> None:
    files = {path.name for path in compat.NAMES.glob("*.py")}

    assert files | {"seldon_client.py"} == set(compat.FILES.values())


def test_classes_say_where_the_original_has_them() -> None:
    from seldon_core.flask_utils import SeldonMicroserviceException
    from seldon_core.user_model import SeldonComponent

    found = [SeldonComponent.__module__, SeldonMicroserviceException.__module__]
    assert found == ["seldon_core.user_model", "seldon_core.flask_utils"]


def test_installing_again_from_many_threads_installs_once() -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: compat.install(), range(64)))

    assert sum(isinstance(finder, compat.Finder) for finder in sys.meta_path) == 1
    after = next(n for n, finder in enumerate(sys.meta_path) if isinstance(finder, compat.Finder))
    assert sys.meta_path.index(PathFinder) < after  # what is installed is found first


def test_without_install_there_is_no_such_package() -> None:
    said = said_by("import charter, charter.compat, charter.testing\nimport seldon_core")

    assert said == "ModuleNotFoundError: No module named 'seldon_core'"


def test_installing_imports_nothing_heavy() -> None:
    heavy = ("numpy", "grpc", "google.protobuf", "httpx", "uvicorn", "seldon_core", "asyncio")
    program = (
        "from charter import compat\ncompat.install()\n"
        f"print(*(set({heavy!r}) & sys.modules.keys()))"
    )

    assert said_by(program) == ""


def test_an_installed_original_comes_first_with_all_its_modules(tmp_path: Path) -> None:
    folder = original(tmp_path, utils="where = 'original utils'\n")
    program = (
        "from charter import compat\ncompat.install()\n"
        "import seldon_core, seldon_core.utils\n"
        "print(seldon_core.where, seldon_core.utils.where, hasattr(seldon_core, 'Storage'))"
    )

    assert said_by(program, folder) == "original original utils False"


def test_an_installed_original_is_not_filled_up(tmp_path: Path) -> None:
    program = "from charter import compat\ncompat.install()\nimport seldon_core.user_model"

    said = said_by(program, original(tmp_path))

    assert said == "ModuleNotFoundError: No module named 'seldon_core.user_model'"


def test_an_original_that_is_imported_before_stays(tmp_path: Path) -> None:
    program = (
        "import seldon_core\nfrom charter import compat\ncompat.install()\n"
        "import seldon_core\nprint(seldon_core.where)"
    )

    assert said_by(program, original(tmp_path)) == "original"


def test_a_folder_with_the_name_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "seldon_core").mkdir()
    program = (
        "from charter import compat\ncompat.install()\n"
        "from seldon_core.user_model import SeldonComponent\nprint(SeldonComponent.__module__)"
    )

    assert said_by(program, tmp_path) == "seldon_core.user_model"


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("import seldon_core.batch_processor", "no module 'seldon_core.batch_processor'"),
        ("from seldon_core.fbs.Data import Data", "no module 'seldon_core.fbs'"),
        ("from seldon_core import SeldonClient", "cannot import name 'SeldonClient'"),
        ("from seldon_core import batch_processor", "cannot import name 'batch_processor'"),
        ("from seldon_core.proto import tensorflow", "cannot import name 'tensorflow'"),
        ("from seldon_core.flask_utils import get_request", "cannot import name 'get_request'"),
        ("from seldon_core.utils import setup_tracing", "cannot import name 'setup_tracing'"),
    ],
)
def test_what_is_not_there_says_so_and_what_is(statement: str, words: str) -> None:
    with pytest.raises(ImportError) as raised:
        exec(statement, {})

    said = str(raised.value)
    assert said.startswith(words)
    assert "Charter's stand-in here, which has " in said
    assert said.endswith(
        "if you need the original's, install seldon-core beside Charter: it comes first then"
    )


@pytest.mark.parametrize("name", ["seldon_core.batch_processor", "seldon_core.proto.tensorflow"])
def test_who_asks_whether_a_module_is_there_is_told_that_it_is_not(name: str) -> None:
    assert importlib.util.find_spec(name) is None
    assert importlib.util.find_spec("seldon_core.utils") is not None


def test_the_refusal_of_a_name_lists_the_public_ones() -> None:
    with pytest.raises(ImportError, match="which has ") as raised:
        exec("from seldon_core.flask_utils import get_request", {})

    names = str(raised.value).partition("which has ")[2].partition(";")[0]
    assert names.split(", ") == [
        "ANNOTATIONS_FILE",
        "ANNOTATION_GRPC_MAX_MSG_SIZE",
        "ANNOTATION_REST_TIMEOUT",
        "SeldonMicroserviceException",
    ]


def test_a_missing_attribute_is_an_attribute_error_as_of_any_module() -> None:
    utils = importlib.import_module("seldon_core.utils")

    assert not hasattr(utils, "setup_tracing")
    with pytest.raises(AttributeError, match=r"^module 'seldon_core.utils' has no attribute 'x'$"):
        utils.x  # noqa: B018 - the mistake that is meant


def test_whatever_else_looks_into_the_modules_is_not_disturbed() -> None:
    def function() -> None: ...

    importlib.import_module("seldon_core.utils")
    function.__module__ = None  # type: ignore[assignment]  # so that pickle asks every module

    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(function)


def test_star_imports_bring_what_models_use_of_them() -> None:
    namespace: dict[str, object] = {}

    exec("from seldon_core.utils import *\nfrom seldon_core.user_model import *", namespace)

    used = ("np", "json_format", "prediction_pb2", "SeldonComponent", "SeldonResponse", "logging")
    assert [name for name in used if name not in namespace] == []


def test_a_model_that_imports_the_names_is_served(tmp_path: Path) -> None:
    pickled = b"\x80\x04csaved_by\nDoubler\n)\x81}X\x06\x00\x00\x00factorK\x02sb."
    (tmp_path / "Doubler.py").write_text(MODEL)
    (tmp_path / "saved.pickle").write_bytes(pickled.replace(b"saved_by", b"Doubler"))

    with testing.serve(str(tmp_path / "Doubler.py")) as endpoints:
        reply = httpx.post(f"{endpoints.url}/predict", json={"data": {"ndarray": [[1, 2]]}})

    assert reply.json()["data"]["ndarray"] == [[2, 4]]
    assert reply.json()["meta"] == {"tags": {"from": "seldon_core.user_model"}}


def test_loading_a_model_installs_the_names(tmp_path: Path) -> None:
    (tmp_path / "Doubler.py").write_text(MODEL)
    program = (
        "from charter.component import loader\nfrom pathlib import Path\n"
        f"user = loader.create(loader.find('Doubler', Path({str(tmp_path)!r})), {{}})\n"
        "print(type(user).__mro__[1].__module__)"
    )

    assert said_by(program) == "seldon_core.user_model"


def test_an_object_pickled_under_the_original_loads(tmp_path: Path) -> None:
    # What `pickle.dumps` writes for a SeldonResponse where the original is installed.
    pickled = (
        b"\x80\x04cseldon_core.user_model\nSeldonResponse\n)\x81}X\x04\x00\x00\x00dataK\x01sb."
    )

    found = pickle.loads(pickled)

    assert (type(found).__module__, found.data) == ("seldon_core.user_model", 1)


def test_a_module_that_is_no_package_has_no_path() -> None:
    package = importlib.import_module("seldon_core")
    module = importlib.import_module("seldon_core.user_model")

    assert isinstance(package, types.ModuleType)
    assert list(package.__path__) == []
    assert not hasattr(module, "__path__")
    assert module.__file__ == str(compat.NAMES / "user_model.py")
