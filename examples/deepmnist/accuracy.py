"""Measure the served model on the 10,000 test digits of MNIST, over REST and over gRPC.

charter serve examples/deepmnist &
python examples/deepmnist/accuracy.py [--data DIR]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import ask
import grpc
import httpx
import mnist
import numpy as np
from rich.progress import track

BATCH = 64
LEAST_ACCURACY = 0.98


def main() -> int:
    """Print both accuracies; return 1 when one is below 0.98 or they differ."""
    options = _parse_options()
    try:
        images, labels = mnist.load("test", options.data)
        rows, labels = mnist.as_rows(images[: options.limit]), labels[: options.limit]
        accuracies = _measure(options, rows, labels)
    except (mnist.NoData, httpx.HTTPError, grpc.RpcError, RuntimeError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return _judge(*accuracies)


def _measure(options: argparse.Namespace, rows: ask.Array, labels: ask.Array) -> list[float]:
    with (
        ask.rest_client(options.host, options.http_port) as client,
        ask.grpc_channel(options.host, options.grpc_port) as channel,
    ):
        return [
            _accuracy("REST, ndarray", lambda batch: ask.over_rest(client, batch), rows, labels),
            _accuracy("gRPC, tensor", lambda batch: ask.over_grpc(channel, batch), rows, labels),
        ]


def _accuracy(
    title: str, ask_model: Callable[[ask.Array], ask.Array], rows: ask.Array, labels: ask.Array
) -> float:
    starts = range(0, len(rows), BATCH)
    bar = track(starts, f"{title:13}", transient=True, disable=not sys.stdout.isatty())
    started = time.perf_counter()
    answers = [ask_model(rows[start : start + BATCH]) for start in bar]
    elapsed_s = time.perf_counter() - started
    accuracy = float(np.mean(np.concatenate(answers).argmax(axis=1) == labels))
    print(
        f"{title:13}  accuracy {accuracy:.4f} on {len(rows):,} digits,"
        f" {len(starts) / elapsed_s:.0f} requests/s of {BATCH} digits"
    )
    return accuracy


def _judge(rest: float, rpc: float) -> int:
    if min(rest, rpc) < LEAST_ACCURACY:
        print(f"below {LEAST_ACCURACY}", file=sys.stderr)
        return 1
    if rest != rpc:
        print(f"REST and gRPC differ: {rest} and {rpc}", file=sys.stderr)
        return 1
    return 0


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--http-port", type=int, default=5000)
    parser.add_argument("--grpc-port", type=int, default=5001)
    parser.add_argument("--data", type=Path, help="folder with the four idx files of MNIST")
    parser.add_argument("--limit", type=int, help="use only the first so many digits")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
