"""The committed description of the protocol is that of contracts/, in a pool of its own."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from charter._proto import messages
from charter._proto.prediction_descriptor import FILES
from google.protobuf import descriptor_pool, json_format
from google.protobuf.descriptor_pb2 import FileDescriptorProto

ROOT = Path(__file__).parents[2]
# Field numbers and types of Seldon Core 1.17's prediction.proto: generated clients rely on them.
SELDON_MESSAGE = {
    "status": (1, "Status"),
    "meta": (2, "Meta"),
    "data": (3, "DefaultData"),
    "binData": (4, None),
    "strData": (5, None),
    "jsonData": (6, "Value"),
    "customData": (7, "Any"),
}


@pytest.mark.skipif(
    importlib.util.find_spec("grpc_tools") is None, reason="grpcio-tools is not installed"
)
def test_the_committed_description_is_what_protoc_makes_of_the_sources() -> None:
    command = [sys.executable, str(ROOT / "contracts" / "generate.py"), "--check"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_fields_have_the_numbers_of_seldon_core() -> None:
    fields = messages.SeldonMessage.DESCRIPTOR.fields

    found = {
        row.name: (row.number, row.message_type.name if row.message_type else None)
        for row in fields
    }

    assert found == SELDON_MESSAGE


def test_services_have_the_rpcs_of_seldon_core() -> None:
    found = {row.name: [rpc.name for rpc in row.methods] for row in messages.SERVICES}

    assert found == {
        "Generic": ["TransformInput", "TransformOutput", "Route", "Aggregate", "SendFeedback"],
        "Model": ["Predict", "SendFeedback", "Metadata"],
        "Router": ["Route", "SendFeedback"],
        "Transformer": ["TransformInput"],
        "OutputTransformer": ["TransformOutput"],
        "Combiner": ["Aggregate"],
        "Seldon": ["Predict", "SendFeedback", "ModelMetadata", "GraphMetadata"],
    }


@pytest.mark.parametrize("name", ["seldon.protos.SeldonMessage", "tensorflow.TensorProto"])
def test_the_symbols_stay_out_of_the_default_pool(name: str) -> None:
    # In a process of its own: another test may have imported TensorFlow, which registers its own.
    program = (
        "import charter._proto.messages\n"
        "from google.protobuf import descriptor_pool\n"
        f"descriptor_pool.Default().FindMessageTypeByName({name!r})\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)

    assert b"KeyError" in done.stderr


def test_another_definition_of_the_same_names_can_live_beside() -> None:
    pool = descriptor_pool.DescriptorPool()
    other = FileDescriptorProto(name="other.proto", package="tensorflow")
    other.message_type.add(name="TensorProto")

    pool.Add(other)

    assert pool.FindMessageTypeByName("tensorflow.TensorProto").fields == []
    assert messages.POOL.FindMessageTypeByName("tensorflow.TensorProto").fields


def test_every_message_of_the_protocol_has_a_class() -> None:
    names = {
        row.name for file in map(FileDescriptorProto.FromString, FILES) for row in file.message_type
    }

    assert {name for name in names if not hasattr(messages, name)} == set()


def test_the_mapping_to_json_works_on_the_private_classes() -> None:
    document = {"meta": {"tags": {"a": [1.0, None]}}, "data": {"ndarray": [["x", {"b": True}]]}}

    message = json_format.ParseDict(document, messages.SeldonMessage())

    assert json_format.MessageToDict(message) == document
