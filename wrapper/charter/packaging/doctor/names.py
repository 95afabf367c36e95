"""Which distribution has which import name: the known cases where the two differ. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from packaging.utils import canonicalize_name

DISTRIBUTIONS: Mapping[str, tuple[str, ...]] = {
    "attr": ("attrs",),
    "bs4": ("beautifulsoup4", "bs4"),
    "community": ("python-louvain",),
    "Crypto": ("pycryptodome", "pycrypto"),
    "cv2": (
        *("opencv-python-headless", "opencv-python"),
        *("opencv-contrib-python-headless", "opencv-contrib-python"),
    ),
    "dateutil": ("python-dateutil",),
    "docx": ("python-docx",),
    "dotenv": ("python-dotenv",),
    "faiss": ("faiss-cpu", "faiss-gpu"),
    "fasttext": ("fasttext", "fasttext-wheel"),
    "fitz": ("pymupdf",),
    "git": ("gitpython",),
    "google.cloud.bigquery": ("google-cloud-bigquery",),
    "google.cloud.storage": ("google-cloud-storage",),
    "google.protobuf": ("protobuf",),
    "grpc": ("grpcio",),
    "imblearn": ("imbalanced-learn",),
    "jose": ("python-jose",),
    "jwt": ("pyjwt",),
    "keras": ("keras", "tensorflow", "tensorflow-cpu", "tensorflow-gpu"),
    "kubernetes": ("kubernetes",),
    "Levenshtein": ("levenshtein", "python-levenshtein"),
    "magic": ("python-magic",),
    "mpl_toolkits": ("matplotlib",),
    "MySQLdb": ("mysqlclient",),
    "nacl": ("pynacl",),
    "onnxruntime": ("onnxruntime", "onnxruntime-gpu", "onnxruntime-openvino"),
    "OpenSSL": ("pyopenssl",),
    "PIL": ("pillow", "pillow-simd"),
    "pkg_resources": ("setuptools",),
    "prometheus_client": ("prometheus-client",),
    "psycopg2": ("psycopg2-binary", "psycopg2"),
    "pythonjsonlogger": ("python-json-logger",),
    "pytorch_lightning": ("pytorch-lightning",),
    "requests_toolbelt": ("requests-toolbelt",),
    "ruamel": ("ruamel-yaml",),
    "sentence_transformers": ("sentence-transformers",),
    "serial": ("pyserial",),
    "skimage": ("scikit-image",),
    "sklearn": ("scikit-learn", "scikit-learn-intelex"),
    "skopt": ("scikit-optimize",),
    "slugify": ("python-slugify",),
    "socks": ("pysocks",),
    "tensorflow": (
        *("tensorflow", "tensorflow-cpu", "tensorflow-gpu"),
        *("tensorflow-intel", "tensorflow-macos", "tensorflow-rocm"),
    ),
    "tflite_runtime": ("tflite-runtime",),
    "umap": ("umap-learn",),
    "usb": ("pyusb",),
    "websocket": ("websocket-client",),
    "wx": ("wxpython",),
    "xgboost": ("xgboost", "xgboost-cpu"),
    "yaml": ("pyyaml",),
    "zmq": ("pyzmq",),
}
"""By import name: the distributions that bring it, the usual one first."""

NO_DISTRIBUTION: Mapping[str, str] = {
    "attr": "attrs",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "pil": "pillow",
    "pytorch": "torch",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "tf": "tensorflow",
    "yaml": "pyyaml",
}
"""What people write into requirements and is no such distribution, with the one that is meant."""

NEEDS: Mapping[str, tuple[str, ...]] = {
    "catboost": ("numpy", "pandas", "scipy", "matplotlib", "plotly", "six"),
    "keras": ("numpy", "absl-py", "rich", "h5py", "ml-dtypes", "packaging"),
    "lightgbm": ("numpy", "scipy"),
    "matplotlib": ("numpy", "pillow", "python-dateutil", "packaging"),
    "opencv-python": ("numpy",),
    "opencv-python-headless": ("numpy",),
    "onnxruntime": ("numpy", "protobuf", "packaging"),
    "pandas": ("numpy", "python-dateutil"),
    "scikit-image": ("numpy", "scipy", "pillow", "networkx", "imageio", "packaging"),
    "scikit-learn": ("numpy", "scipy", "joblib", "threadpoolctl"),
    "scipy": ("numpy",),
    "sentence-transformers": ("torch", "transformers", "scikit-learn", "huggingface-hub", "pillow"),
    "spacy": ("numpy", "thinc", "pydantic", "requests", "tqdm", "jinja2", "packaging"),
    "statsmodels": ("numpy", "scipy", "pandas", "patsy", "packaging"),
    "tensorflow": ("numpy", "keras", "h5py", "protobuf", "grpcio", "absl-py", "requests", "six"),
    "tensorflow-cpu": (
        "numpy",
        "keras",
        "h5py",
        "protobuf",
        "grpcio",
        "absl-py",
        "requests",
        "six",
    ),
    "torch": ("typing-extensions", "sympy", "networkx", "jinja2", "fsspec", "filelock"),
    "torchvision": ("torch", "numpy", "pillow"),
    "transformers": (
        *("numpy", "huggingface-hub", "pyyaml", "requests", "tokenizers", "safetensors", "tqdm"),
        "packaging",
    ),
    "xgboost": ("numpy", "scipy"),
}
"""What some distributions bring along, for those that are not installed here."""

SELDON = "seldon-core"
"""The distribution that Charter replaces."""
_NAMESPACES = ("google", "azure", "opentelemetry", "ruamel")


def canonical(name: str) -> str:
    """Return the name of a distribution in the one spelling that is compared."""
    return canonicalize_name(name)


def providers(module: str, installed: Mapping[str, list[str]]) -> tuple[str, ...]:
    """Return the distributions that may bring a module, the likeliest first.

    Args:
        module: its dotted name.
        installed: distributions by top-level import name, of those that are installed here.
    """
    parts = module.split(".")
    names = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    listed = next((DISTRIBUTIONS[name] for name in names if name in DISTRIBUTIONS), ())
    if parts[0] in _NAMESPACES and not listed:
        guesses = [canonical(name.replace(".", "-")) for name in names]
        return tuple(dict.fromkeys(guesses))
    found = [] if parts[0] in _NAMESPACES else installed.get(parts[0], [])
    return tuple(dict.fromkeys([*listed, *map(canonical, found), canonical(parts[0])]))
