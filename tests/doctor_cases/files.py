"""Cases of CH6xx."""

from doctor_cases import ENVIRONMENT, Case, predict

# In parts, so that nothing takes this file for a leak.
PRIVATE = "-----BEGIN " + "PRIVATE KEY-----\nMIIE\n"
PUBLIC = "-----BEGIN CERTIFICATE-----\nMIIE\n"
TOKEN = "hf_" + "a" * 34
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
IGNORES = {".s2iignore": "# ours\n*.pem\nvenv\n", ".dockerignore": "**/*.pem\n.env*\n"}
SCRIPT = "#!/bin/sh\nexec charter image start\n"
LARGE = b"0" * 21_000_000
PROGRAM = {
    "Model.py": None,
    "weights.csv": None,
    "requirements.txt": None,
    ".s2i/environment": ENVIRONMENT.replace("=Model", "=go"),
}

CASES = (
    Case("CH601", {"forest.pkl": "x"}, "forest.pkl", {"forest.onnx": "x"}, says="by pickle"),
    Case("CH601", {"net.pth": "x"}, "net.pth", {"net.pth": "x", ".s2iignore": "*.pth\n"}),
    Case(
        "CH602",
        {"old/net.onnx": "x"},
        "old/net.onnx",
        {"old/net.onnx": "x", **predict(load="open('old/net.onnx')")},
    ),
    Case("CH603", {"net.onnx": POINTER}, "net.onnx", {"net.onnx": "x"}),
    Case("CH604", {"tls.pem": PRIVATE}, "tls.pem", {"tls.pem": PUBLIC}),
    Case("CH604", {"tls.pem": PRIVATE}, "tls.pem", {"tls.pem": PRIVATE, **IGNORES}),
    Case("CH604", {".env": "A=1\n"}, ".env", {".env.example": "A=\n", "environment.md": "x"}),
    Case("CH604", {"a/id_rsa": "x"}, "a/id_rsa", {"a/id_rsa.pub": "x"}),
    Case(
        "CH605",
        {"venv/pyvenv.cfg": "", "venv/lib/a.so": b"0" * 2_000_000},
        "venv",
        {"venv/pyvenv.cfg": "", "venv/lib/a.so": b"0" * 2_000_000, **IGNORES},
        says="2 MB",
    ),
    Case(
        "CH605",
        {".venv-3.13/pyvenv.cfg": "", ".venv-3.13/lib/a.so": b"0" * 2_000_000},
        ".venv-3.13",
        {"a/pyvenv.py": "", "a/lib/a.so": b"0" * 1000},
        says="2 MB",
    ),
    Case("CH605", {"data/rows.bin": LARGE}, "data", {"data/rows.bin": LARGE[:1000]}),
    Case("CH606", {"before-run": "#!/bin/sh\r\nls\r\n"}, "before-run:1", {"Model.md": "a\r\n"}),
    Case(
        "CH606",
        {**PROGRAM, "go": "#!/bin/sh\r\necho 1\r\n" + "#" * 400},
        "go:1",
        {**PROGRAM, "go": "#!/bin/sh\necho 1\n" + "#" * 400},
    ),
    Case("CH607", {"before-run": "#!/bin/sh\nls\n"}, "before-run", {".s2i/bin/run": SCRIPT}),
    Case("CH607", {".s2i/bin/run": SCRIPT[10:]}, ".s2i/bin/run:1", {".s2i/bin/run": SCRIPT}),
    Case(
        "CH609",
        {"net.pkl": b"cposix\nsystem\n(S'ls'\ntR."},
        "net.pkl",
        {"net.pkl": b"ccollections\nOrderedDict\n)R."},
        says="calls posix",
    ),
    Case(
        "CH608",
        predict(head=f"TOKEN = '{TOKEN}'"),
        "Model.py:1",
        predict(head="import os\nTOKEN = os.environ.get('HF_TOKEN')"),
    ),
)
