"""The message classes and services of the Seldon protocol, made from their compiled description.

They live in a private pool: TensorFlow and the original seldon_core register the same names in
protobuf's default pool, and a process may import them beside Charter. So these classes are not
those of any `_pb2` module; messages of the two worlds exchange bytes.
"""

from __future__ import annotations

from google.protobuf import any_pb2, empty_pb2, struct_pb2
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from charter._proto.prediction_descriptor import FILES


def _pool() -> DescriptorPool:
    pool = DescriptorPool()
    for module in (any_pb2, empty_pb2, struct_pb2):
        pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
    for file in FILES:
        pool.AddSerializedFile(file)
    return pool


def _message(full_name: str) -> type[Message]:
    return GetMessageClass(POOL.FindMessageTypeByName(full_name))


POOL = _pool()
SERVICES = tuple(POOL.FindFileByName("prediction.proto").services_by_name.values())

SeldonMessage = _message("seldon.protos.SeldonMessage")
SeldonMessageList = _message("seldon.protos.SeldonMessageList")
DefaultData = _message("seldon.protos.DefaultData")
Tensor = _message("seldon.protos.Tensor")
Meta = _message("seldon.protos.Meta")
Metric = _message("seldon.protos.Metric")
Status = _message("seldon.protos.Status")
Feedback = _message("seldon.protos.Feedback")
RequestResponse = _message("seldon.protos.RequestResponse")
SeldonModelMetadataRequest = _message("seldon.protos.SeldonModelMetadataRequest")
SeldonMessageMetadata = _message("seldon.protos.SeldonMessageMetadata")
SeldonModelMetadata = _message("seldon.protos.SeldonModelMetadata")
SeldonGraphMetadata = _message("seldon.protos.SeldonGraphMetadata")
TensorProto = _message("tensorflow.TensorProto")
TensorShapeProto = _message("tensorflow.TensorShapeProto")
DataType = EnumTypeWrapper(POOL.FindEnumTypeByName("tensorflow.DataType"))
Any = _message("google.protobuf.Any")
Empty = _message("google.protobuf.Empty")
ListValue = _message("google.protobuf.ListValue")
Struct = _message("google.protobuf.Struct")
Value = _message("google.protobuf.Value")
