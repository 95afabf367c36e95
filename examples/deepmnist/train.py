"""Train the digit model on the 60,000 digits of MNIST and save it as deepmnist.keras.

python examples/deepmnist/train.py [--data DIR] [--epochs N]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import keras
import mnist
import tensorflow as tf

MODEL_FILE = Path(__file__).with_name("deepmnist.keras")
SEED = 1
BATCH = 128


def main() -> int:
    """Train, measure on the 10,000 test digits, save."""
    options = _parse_options()
    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    try:
        (train_X, train_y), (test_X, test_y) = (
            _prepare(*mnist.load(split, options.data)) for split in ("train", "test")
        )
    except mnist.NoData as error:
        print(error, file=sys.stderr)
        return 1
    started = time.monotonic()
    model = build_model()
    steps = options.epochs * -(-len(train_X) // BATCH)
    model.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps)),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(train_X, train_y, batch_size=BATCH, epochs=options.epochs, verbose=2)
    _, accuracy = model.evaluate(test_X, test_y, batch_size=1000, verbose=0)
    save(model)
    size_kb = MODEL_FILE.stat().st_size / 1000
    print(f"trained in {time.monotonic() - started:.0f} s, {model.count_params():,} parameters")
    print(f"test accuracy {accuracy:.4f}")
    print(f"saved {MODEL_FILE.name}, {size_kb:.0f} kB")
    return 0


def build_model() -> keras.Model:
    """Return the untrained network, from images `(n, 28, 28, 1)` to probabilities `(n, 10)`."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(64, 3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def save(model: keras.Model, path: Path = MODEL_FILE) -> None:
    """Write the network as a file that every Keras from 3.5 on reads, without optimizer state."""
    bare = build_model()
    bare.set_weights(model.get_weights())
    bare.save(path)
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(contents["config.json"])
    for layer in config["config"]["layers"]:
        layer["config"] = _without_defaults(layer["config"])
    contents["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)


def _without_defaults(layer: dict[str, Any]) -> dict[str, Any]:
    # A Keras refuses settings that only newer ones know, such as Dense's quantization_config:
    # they stand at null or false here, or tell how weights began, which trained ones do not ask.
    return {
        key: value
        for key, value in layer.items()
        if value not in (None, False) and not key.endswith("_initializer")
    }


def _prepare(images: mnist.Bytes, labels: mnist.Bytes) -> tuple[object, object]:
    return mnist.as_rows(images).reshape(-1, 28, 28, 1), labels


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with the four idx files of MNIST")
    parser.add_argument("--epochs", type=int, default=10)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
