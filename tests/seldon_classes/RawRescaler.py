from typing import Dict, List, Union

import numpy as np
from google.protobuf import json_format
from seldon_core.proto import prediction_pb2
from seldon_core.user_model import SeldonComponent
from seldon_core.utils import (
    array_to_grpc_datadef,
    get_data_from_proto,
    json_to_seldon_message,
    seldon_message_to_json,
)


class RawRescaler(SeldonComponent):
    """Works on the messages themselves, the same way for REST and gRPC."""

    def __init__(self, low: float = 0.0, high: float = 1.0):
        self.low = low
        self.high = high

    def predict_raw(
        self, msg: Union[Dict, prediction_pb2.SeldonMessage]
    ) -> Union[Dict, prediction_pb2.SeldonMessage]:
        is_proto = isinstance(msg, prediction_pb2.SeldonMessage)
        request = msg if is_proto else json_to_seldon_message(msg)

        X = get_data_from_proto(request)
        scaled = (X - self.low) / (self.high - self.low)
        data = array_to_grpc_datadef("ndarray", scaled, request.data.names)

        response = prediction_pb2.SeldonMessage(data=data)
        response.meta.puid = request.meta.puid
        json_format.ParseDict({"tags": {"rows": len(scaled)}}, response.meta)
        metric = response.meta.metrics.add()
        metric.key = "rescaled_rows"
        metric.value = len(scaled)
        if is_proto:
            return response
        return seldon_message_to_json(response)

    def aggregate_raw(
        self, msgs: Union[Dict, List, prediction_pb2.SeldonMessageList]
    ) -> Union[Dict, prediction_pb2.SeldonMessage]:
        if isinstance(msgs, prediction_pb2.SeldonMessageList):
            return msgs.seldonMessages[-1]
        if isinstance(msgs, dict):
            msgs = msgs["seldonMessages"]
        return msgs[-1]

    def send_feedback_raw(
        self, feedback: prediction_pb2.Feedback
    ) -> prediction_pb2.SeldonMessage:
        truth = get_data_from_proto(feedback.truth)
        error = np.abs(get_data_from_proto(feedback.response) - truth).sum()
        return json_to_seldon_message({"jsonData": {"error": error, "reward": feedback.reward}})

    def health_status_raw(self) -> Dict:
        return {"strData": "rescaling %g to %g" % (self.low, self.high)}
