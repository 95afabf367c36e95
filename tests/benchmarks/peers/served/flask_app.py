"""The model in Flask, as tutorials have it."""

import numpy
from flask import Flask, jsonify, request

app = Flask(__name__)


@app.post("/predict")
def predict():
    """Answer with two times the matrix."""
    X = numpy.array(request.get_json()["data"]["ndarray"])
    return jsonify({"data": {"ndarray": (X * 2).tolist()}})
