"""The messages of the Seldon protocol: `seldon_core.proto.prediction_pb2`.

They are Charter's own classes, the ones that a raw method is given and may return.
"""

from charter._proto import foreign, messages
from charter._proto.messages import (
    DefaultData,
    Feedback,
    Meta,
    Metric,
    RequestResponse,
    SeldonGraphMetadata,
    SeldonMessage,
    SeldonMessageList,
    SeldonMessageMetadata,
    SeldonModelMetadata,
    SeldonModelMetadataRequest,
    Status,
    Tensor,
)

__all__ = [
    "DESCRIPTOR",
    "DefaultData",
    "Feedback",
    "Meta",
    "Metric",
    "RequestResponse",
    "SeldonGraphMetadata",
    "SeldonMessage",
    "SeldonMessageList",
    "SeldonMessageMetadata",
    "SeldonModelMetadata",
    "SeldonModelMetadataRequest",
    "Status",
    "Tensor",
]

DESCRIPTOR = messages.POOL.FindFileByName("prediction.proto")

# Models hand over what google.protobuf and TensorFlow make: `SeldonMessage(jsonData=Value(…))`.
foreign.accept()
