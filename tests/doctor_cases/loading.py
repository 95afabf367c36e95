"""Cases of CH410 to CH419."""

from doctor_cases import Case, predict

BESIDE = "Path(__file__).with_name"
PATHS = "from pathlib import Path\nimport os, tempfile"


def init(line: str) -> str:
    return f"def __init__(self):\n    {line}"


READS = predict(init(f"self.rows = open({BESIDE}('rows.bin')).read()"), PATHS)
JOINS = predict(
    head=f"{PATHS}\nHERE = os.path.dirname(os.path.abspath(__file__))",
    load="open(os.path.join(HERE, 'data', 'net.bin'))",
)

CASES = (
    Case(
        "CH410",
        predict(init("self.net = torch.load('net.pt')"), "import torch"),
        "Model.py:5",
        predict(head="import torch", load="self.net = torch.load('net.pt')"),
        says="torch.load",
    ),
    Case(
        "CH410",
        predict(
            init("self._read()\ndef _read(self):\n    self.f = read('f')"),
            "from joblib import load as read",
        ),
        "Model.py:7",
        predict(
            init("self.f = None\ndef _read(self):\n    self.f = read('f')"),
            "from joblib import load as read",
        ),
        says="joblib.load",
    ),
    Case(
        "CH410",
        predict(init("self.net = self.net.to('cuda:0')")),
        "Model.py:5",
        predict(init("self.net = self.net.to('cpu')")),
    ),
    Case(
        "CH410",
        {**READS, "rows.bin": b"0" * 11_000_000},
        "Model.py:6",
        {**READS, "rows.bin": b"0" * 1000},
        says="open of rows.bin (11 MB)",
    ),
    Case(
        "CH411",
        predict(head="import onnxruntime as ort\nNET = ort.InferenceSession('net.onnx')"),
        "Model.py:2",
        predict(head="import onnxruntime as o\n\ndef net():\n    return o.InferenceSession('n')"),
        says="onnxruntime.InferenceSession",
    ),
    Case(
        "CH411",
        {
            **predict(head="import rows"),
            "rows.py": "import threading\nthreading.Thread(target=print).start()\n",
        },
        "rows.py:2",
        {
            **predict(head="import rows"),
            "rows.py": "import threading\nif __name__ == '__main__':\n    threading.Thread()\n",
        },
    ),
    Case("CH412", predict(init("self.load()")), "Model.py:5", predict(init("self.loaded = False"))),
    Case(
        "CH413",
        predict(load="open('/home/me/net.bin')"),
        "Model.py:6",
        predict(load="open('/mnt/models/net.bin')"),
    ),
    Case(
        "CH413",
        predict(load="Path('~/net').expanduser().read_bytes()", head=PATHS),
        "Model.py:7",
        {},
    ),
    Case(
        "CH414",
        predict(load="open('/srv/net.bin')"),
        "Model.py:6",
        predict(load="open('/app/weights.csv'); open('/etc/hosts'); open('/tmp/x', 'w')"),
    ),
    Case(
        "CH415",
        predict(load="open('weights.csv')"),
        "Model.py:6",
        predict(head=PATHS, load=f"open({BESIDE}('weights.csv')); open('s3://bucket/weights.csv')"),
        says="Write Path(__file__).parent / 'weights.csv'.",
    ),
    Case(
        "CH416",
        predict(head=PATHS, load=f"open({BESIDE}('wieghts.csv'))"),
        "Model.py:7",
        predict(head=PATHS, load=f"open({BESIDE}('weights.csv'))"),
        says="wieghts.csv: no such file",
    ),
    Case(
        "CH416",
        JOINS,
        "Model.py:8",
        {**JOINS, "data/net.bin": ""},
        says="data/net.bin",
    ),
    Case(
        "CH416",
        predict(head="import joblib", load="joblib.load('gone.joblib')"),
        "Model.py:6",
        predict(head="import joblib", load="if self.path: joblib.load('gone.joblib')"),
    ),
    Case(
        "CH417",
        predict(head=PATHS, load=f"{BESIDE}('log.txt').write_text('x')"),
        "Model.py:7",
        predict(head=PATHS, load="Path('/tmp/log.txt').write_text('x'); open('weights.csv', 'rb')"),
        says="Path.write_text writes log.txt",
    ),
    Case(
        "CH417",
        predict(load="open('out.csv', 'a')"),
        "Model.py:6",
        predict(load="open('weights.csv', 'r')"),
    ),
    Case(
        "CH417",
        predict(head="import logging\nlogging.basicConfig(filename='model.log')"),
        "Model.py:2",
        predict(head="import logging\nlogging.basicConfig(level='INFO')"),
    ),
    Case(
        "CH417",
        {
            **predict(head="import rows", load="rows.keep()"),
            "rows.py": "def keep():\n    open('log.csv', 'w')\n",
        },
        "rows.py:2",
        {
            **predict(head="import rows", load="rows.read()"),
            "rows.py": "def read(): pass\ndef train():\n    open('/home/me/log.csv', 'w')\n",
        },
    ),
    Case(
        "CH418",
        predict(head="import signal", load="signal.signal(15, print)"),
        "Model.py:6",
        predict(head="import signal, atexit", load="atexit.register(print)"),
    ),
    Case("CH419", predict(load="input()"), "Model.py:6", predict(load="self.input()")),
)
