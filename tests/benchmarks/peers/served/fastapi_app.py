"""The model in FastAPI, its body a pydantic model."""

import numpy
from fastapi import FastAPI
from pydantic import BaseModel


class Data(BaseModel):
    """A matrix."""

    ndarray: list[list[float]]


class Message(BaseModel):
    """A request, and a reply."""

    data: Data


app = FastAPI()


@app.post("/predict")
async def predict(message: Message) -> Message:
    """Answer with two times the matrix."""
    X = numpy.array(message.data.ndarray)
    return Message(data=Data(ndarray=(X * 2).tolist()))
