"""Cases of CH1xx, but for those that need git."""

from doctor_cases import Case, predict

CASES = (
    Case("CH101", {"Model.py": "class Model:\n  def predict(self X):\n"}, "Model.py:2", {}),
    Case(
        "CH101",
        {**predict(head="import rows"), "rows.py": "def f(:\n"},
        "rows.py:1",
        {**predict(head="import rows"), "rows.py": "def f(): pass\n"},
    ),
    Case("CH101", {"Model.py": "if 1:\n\tx = 1\n        y = 2\n"}, "Model.py:3", {}),
    Case("CH102", {"train.py": "print 'old'\n"}, "train.py:1", {"train.py": "print('new')\n"}),
    Case(
        "CH103",
        {"Model.py": "class Model:\n    def predict(self, X): pass\n\ndef f():\n\tpass\n"},
        "Model.py:5",
        {"Model.py": "class Model:\n\tdef predict(self, X):\n\t\treturn X\n"},
    ),
    Case(
        "CH104",
        {**predict(head="import queue"), "queue.py": "SIZE = 1\n"},
        "queue.py",
        {**predict(head="import rows"), "rows.py": "SIZE = 1\n", "queue.py": "SIZE = 1\n"},
        says="Python has a module 'queue'",
    ),
    Case(
        "CH104",
        {**predict(head="import numpy"), "numpy.py": "x = 1\n"},
        "numpy.py",
        {**predict(head="import numpy")},
        says="numpy brings a module 'numpy'",
    ),
)
