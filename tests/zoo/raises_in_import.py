"""A model whose module cannot be imported."""


def _read_weights() -> None:
    raise FileNotFoundError("no weights.bin")


_read_weights()
