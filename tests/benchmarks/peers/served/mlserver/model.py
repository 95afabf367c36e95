"""The model as MLServer takes it."""

from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class Double(MLModel):
    """Double every number."""

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Answer with two times the input."""
        X = NumpyCodec.decode_input(payload.inputs[0])
        output = NumpyCodec.encode_output("y", X * 2)
        return InferenceResponse(id=payload.id, model_name=self.name, outputs=[output])
